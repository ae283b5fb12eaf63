import { report, type ReportKind } from '../../shared/records/report/kind.ts';
import { reportStore } from '../support/report-domain.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { createHandler as createPolicy } from '../../functions/policy/handler.ts';
import { createHandler as createSweep } from '../../functions/sweep/handler.ts';
import type { City } from '../../shared/config/city.ts';
import type { Command, Report } from '../support/report-domain.ts';
import type { Actor } from '../../shared/kernel/permissions.ts';
import type { Move } from '../../shared/records/report/policy.ts';
import { RecordStore } from '../../shared/store/records.ts';
import { formatNumber } from '../../shared/kernel/number.ts';
import { progress } from '../../shared/kernel/clocks/sla.ts';
import { city } from '../support/city.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { admin, after, leak, minutesAt, resident, start, Story, submit, system } from '../support/reports.ts';

let engine: Engine;
let store: RecordStore<ReportKind>;
let entropy = 9000;
const clock = { now: start };
const now = (): string => clock.now;

beforeEach(async () => {
  engine = await startEngine();
  store = reportStore(engine.client, engine.reports);
  clock.now = start;
  return () => {
    engine.stop();
  };
});
type Answer = {
  moves: Move[];
  adjusted: number;
  unchanged: number;
  refused: unknown[];
  cursor?: string;
};

/** Requests all pages, as the script does. */
async function walk(
  rules: City,
  apply: boolean,
  role = 'admin',
): Promise<Omit<Answer, 'cursor'> & { pages: number }> {
  const handler = createPolicy({ city: rules, store, now });
  const total = { moves: [] as Move[], adjusted: 0, unchanged: 0, refused: [] as unknown[], pages: 0 };
  let cursor: string | undefined;
  do {
    const event = {
      routeKey: 'POST /api/desk/policy',
      headers: { 'content-type': 'application/json' },
      requestContext: { authorizer: { jwt: { claims: { username: 'a', 'cognito:groups': `[${role}]` } } } },
      body: JSON.stringify({ apply, ...(cursor !== undefined && { cursor }) }),
    } as unknown as APIGatewayProxyEventV2;
    const { statusCode, body } = await handler(event, {} as Context);
    expect(statusCode, body).toBe(200);
    const page = JSON.parse(body ?? '') as Answer;
    total.moves.push(...page.moves);
    total.refused.push(...page.refused);
    total.adjusted += page.adjusted;
    total.unchanged += page.unchanged;
    total.pages += 1;
    cursor = page.cursor;
  } while (cursor !== undefined);
  return total;
}

async function open(category = 'city.order', rules: City = city): Promise<string> {
  const number = formatNumber('YT', '261120', (entropy += 1));
  const story = new Story(rules);
  story.give({ ...submit, number, description: '流动摊贩占了人行道', photos: [] }, resident, 0);
  story.give({ ...leak, category }, system('classify'), 0);
  await store.create(report, story.events, { keyHash: 'k', requestHash: 'r', tokenHash: 't' });
  return number;
}

async function give(number: string, command: Command, minutes: number, actor: Actor = admin): Promise<void> {
  const result = await store.execute(number, command, { now: after(minutes), actor, city });
  expect(result).toMatchObject({ ok: true });
}

async function reportOf(number: string): Promise<Report> {
  return (await store.load(number))?.record ?? expect.fail(`no ${number}`);
}

/** The city with another target to resolve street disorder, in working days. */
const within = (amount: number): City => ({
  ...city,
  targetOverrides: [
    ...city.targetOverrides,
    { category: 'city.order', targets: { resolve: { amount, unit: 'working-day' } } },
  ],
});
const withoutLadder: City = { ...city, supervision: { urgent: [], high: [], normal: [] } };

describe('changed rules', () => {
  it('apply to open, suspended and extended reports, which keep their used time', async () => {
    const [plain, suspended, extended] = [await open(), await open(), await open()];
    await give(suspended, { type: 'suspend', waitingFor: 'other', text: '等摊主撤走' }, 60);
    await give(extended, { type: 'extend', amount: 1, reason: '等摊主撤走' }, 60);
    await give(extended, { type: 'grant' }, 61);
    clock.now = after(24 * 60);
    const before = await Promise.all([plain, suspended, extended].map(reportOf));
    const { moves, unchanged, adjusted } = await walk(within(9), true);
    expect(moves.map(({ number }) => number).toSorted()).toEqual([plain, suspended, extended].toSorted());
    expect([unchanged, adjusted]).toEqual([0, 0]);
    for (const old of before) {
      const report = await reportOf(old.number);
      const [was, is] = [old.clocks.resolve ?? expect.fail(), report.clocks.resolve ?? expect.fail()];
      expect(progress(city, is, clock.now).used).toBe(progress(city, was, clock.now).used);
      expect(is.target).toEqual({ amount: 9, unit: 'working-day' });
      expect(is.pauses).toEqual(was.pauses);
      expect(is.extensions).toEqual(was.extensions);
      expect(moves).toContainEqual({
        number: old.number,
        department: old.department,
        clock: 'resolve',
        from: was.dueAt,
        to: is.dueAt,
      });
    }
    // The extension, a working day, is added to the new target.
    const [first, , third] = await Promise.all([plain, suspended, extended].map(reportOf));
    expect(Date.parse(third?.clocks.resolve?.dueAt ?? '')).toBeGreaterThan(
      Date.parse(first?.clocks.resolve?.dueAt ?? ''),
    );
    await give(suspended, { type: 'resume' }, 25 * 60);
    const resumed = await reportOf(suspended);
    const { left, used } = progress(city, resumed.clocks.resolve ?? expect.fail(), after(25 * 60));
    const whole = progress(city, first?.clocks.resolve ?? expect.fail(), after(25 * 60));
    expect(used + left).toBe(whole.used + whole.left);
  });

  it('have an exact preview, which writes nothing', async () => {
    const numbers = [await open(), await open(), await open('building.leak')];
    clock.now = after(30);
    const before = await Promise.all(numbers.map((number) => store.load(number)));
    const foretold = await walk(within(2), false);
    expect(await Promise.all(numbers.map((number) => store.load(number)))).toEqual(before);
    const done = await walk(within(2), true);
    expect(foretold).toEqual(done);
    expect(done).toMatchObject({ unchanged: 1, refused: [] });
    expect(done.moves).toHaveLength(2);
  });

  it('have no effect the second time, and unchanged rules have none', async () => {
    const number = await open();
    await open('building.leak');
    expect(await walk(city, true)).toMatchObject({ moves: [], adjusted: 0, unchanged: 2 });
    expect((await walk(within(2), true)).moves).toHaveLength(1);
    const { version } = await reportOf(number);
    clock.now = after(1);
    expect(await walk(within(2), true)).toMatchObject({ moves: [], adjusted: 0, unchanged: 2 });
    expect((await reportOf(number)).version).toBe(version);
  });

  it('with another unit drop an extension once', async () => {
    const number = await open();
    await give(number, { type: 'extend', amount: 2, reason: '等摊主撤走' }, 60);
    await give(number, { type: 'grant' }, 61);
    const hours: City = {
      ...city,
      targetOverrides: [
        ...city.targetOverrides,
        { category: 'city.order', targets: { resolve: { amount: 72, unit: 'hour' } } },
      ],
    };
    clock.now = after(70);
    await walk(hours, true);
    expect(minutesAt((await reportOf(number)).clocks.resolve?.dueAt ?? '')).toBe(72 * 60);
    clock.now = after(80);
    expect(await walk(hours, true)).toMatchObject({ moves: [], unchanged: 1 });
  });

  it('count each report once, although a moved report appears on a later page again', async () => {
    await Promise.all(Array.from({ length: 40 }, () => open()));
    clock.now = after(5);
    const { moves, unchanged, pages } = await walk(within(8), true);
    expect(pages).toBeGreaterThan(1);
    expect(new Set(moves.map(({ number }) => number)).size).toBe(40);
    expect([moves.length, unchanged]).toEqual([40, 0]);
  });

  it('can be applied only by an administrator', async () => {
    await expect(walk(city, false, 'manager')).rejects.toThrow('403');
  });
});

describe('alerts under changed rules', () => {
  it('return to the department and are not escalated when all escalation steps are removed', async () => {
    const number = await open('building.leak');
    const sweep = createSweep({ city, store, random: () => 0, now });
    for (const minutes of [35, 65, 95]) {
      clock.now = after(minutes);
      await sweep();
    }
    expect((await reportOf(number)).alert).toMatchObject({ kind: 'breach', area: 'qilu' });
    expect(await walk(withoutLadder, true)).toMatchObject({ moves: [], adjusted: 1 });
    const { alert, clocks } = await reportOf(number);
    expect(alert).toMatchObject({ kind: 'breach', clock: 'acknowledge' });
    expect(alert?.area).toBeUndefined();
    expect(Object.values(clocks).flatMap(({ climbs = [] }) => climbs)).toEqual([]);

    const calm = createSweep({ city: withoutLadder, store, random: () => 0, now });
    const escalated = async (): Promise<number> =>
      ((await store.load(number))?.events ?? []).filter(({ type }) => type === 'clock-escalated.v1').length;
    const before = await escalated();
    for (let day = 1; day < 30; day += 1) {
      clock.now = after(day * 24 * 60);
      await calm();
    }
    expect(await escalated()).toBe(before);
    expect((await reportOf(number)).alert?.area).toBeUndefined();
  });

  it('are removed from reports that are no longer late', async () => {
    const number = await open();
    clock.now = after(30 * 24 * 60);
    await createSweep({ city, store, random: () => 0, now })();
    expect((await reportOf(number)).alert?.kind).toBe('breach');
    const patient: City = {
      ...within(200),
      targets: {
        ...city.targets,
        normal: { ...city.targets.normal, acknowledge: { amount: 9000, unit: 'hour' } },
      },
      categories: city.categories.map(({ targets: _own, ...category }) => category),
    };
    const { moves } = await walk(patient, true);
    expect(moves.map(({ clock: name }) => name)).toEqual(['acknowledge', 'resolve']);
    expect((await reportOf(number)).alert).toBeUndefined();
  });
});

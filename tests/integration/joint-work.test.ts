import { registries } from '../support/registries.ts';
import { randomUUID } from 'node:crypto';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReportEvent } from '../../events/report.ts';
import type { Command, Report } from '../support/report-domain.ts';
import { partNumber } from '../../shared/kernel/number.ts';
import type { Actor } from '../../shared/kernel/permissions.ts';
import type { ReportStored as Stored } from '../support/report-domain.ts';
import { createHandler as createJoint } from '../../functions/joint/handler.ts';
import { createHandler as createNotify } from '../../functions/notify/handler.ts';
import type { QueueHandler } from '../../shared/queue/consume.ts';
import { startApi, type Api, type Call, type Reply } from '../support/api.ts';
import { city } from '../support/city.ts';
import { batch, parkingLot } from '../support/queue.ts';
import { admin, after, leak, resident, start, system } from '../support/reports.ts';

let api: Api;
let joint: QueueHandler;
const lot = parkingLot();
const clock = { now: start };
const done = { batchItemFailures: [] };

beforeAll(async () => {
  api = await startApi();
  joint = createJoint({ city, store: api.store, parking: lot.parking, now: () => clock.now });
});
afterAll(() => api.stop());
beforeEach(() => {
  lot.mock.resetHistory();
  clock.now = start;
});

const ask = { type: 'support', departments: ['police', 'fire'], request: '请协助疏散楼内住户' } as const;
const resolve = { type: 'resolve', text: '水管已换好', photos: [] } as const;
const zhou = { username: 'zhou-minjing', role: 'handler', departments: 'police' };
const wang = { username: 'wang-wuye', role: 'handler', departments: 'property-kangning' };

async function load(number: string): Promise<Stored> {
  return (await api.store.load(number)) ?? expect.fail(`no ${number}`);
}

async function reportOf(number: string): Promise<Report> {
  return (await load(number)).record;
}

async function give(number: string, command: Command, actor: Actor, minutes: number): Promise<void> {
  clock.now = after(minutes);
  const result = await api.store.execute(number, command, { now: clock.now, actor, city });
  expect(result).toMatchObject({ ok: true });
}

/** A report at property-kangning, with the tracking token of its submission. */
async function lead(
  area = 'tinglan-court',
): Promise<{ number: string; bearer: { authorization: string }; parts: string[] }> {
  const { body } = await api.call('POST /api/reports', {
    body: {
      description: '三号楼水管爆裂，楼道积水',
      location: { area },
      contact: { phone: '13800001111' },
    },
    headers: { 'idempotency-key': randomUUID() },
  });
  const number = String(body['number']);
  await give(number, leak, system('classify'), 0);
  return {
    number,
    bearer: { authorization: `Bearer ${String(body['trackingToken'])}` },
    parts: [partNumber(number, 1), partNumber(number, 2)],
  };
}

/** The messages that the relay sends to the joint queue. */
async function messagesOf(...numbers: string[]): Promise<ReportEvent[]> {
  const stored = await Promise.all(numbers.map((number) => api.store.load(number)));
  return stored.flatMap((each) => each?.events ?? []).filter(isForJointQueue);
}

/** Written independently of the product. A part's number ends in a fourth piece: `…-1`. */
function isForJointQueue({ type, number }: ReportEvent): boolean {
  const isOfPart = number.split('-').length === 4;
  const always = ['support-requested.v1', 'support-cancelled.v1'];
  const ofLead = ['personal-data-erased.v1'];
  const ofPart = [
    'report-triaged.v1',
    'report-assigned.v1',
    'assignment-acknowledged.v1',
    'report-resolved.v1',
    'report-withdrawn.v1',
    'report-rejected.v1',
  ];
  return [...always, ...(isOfPart ? ofPart : ofLead)].includes(type);
}

/** A lead whose parts have been opened. */
async function shared(area?: string): Promise<Awaited<ReturnType<typeof lead>>> {
  const asked = await lead(area);
  await give(asked.number, ask, admin, 1);
  expect(await joint(batch(...(await messagesOf(asked.number))))).toEqual(done);
  return asked;
}

/** Delivers all messages until there are no new ones. */
async function settle(...numbers: string[]): Promise<void> {
  for (let before = -1, count = 0; count !== before;) {
    before = count;
    expect(await joint(batch(...(await messagesOf(...numbers))))).toEqual(done);
    const versions = await Promise.all(
      numbers.map(async (number) => (await api.store.load(number))?.record.version ?? 0),
    );
    count = versions.reduce((sum, each) => sum + each, 0);
  }
}

describe('support', () => {
  it('opens each part once, when its message is delivered twice and concurrently', async () => {
    const { number, parts } = await lead();
    await give(number, ask, admin, 1);
    const [message] = await messagesOf(number);
    await Promise.all([joint(batch(message, message)), joint(batch(message))]);
    await joint(batch(message));
    for (const [index, part] of parts.entries()) {
      const { record: report, events } = await load(part);
      expect(events.map(({ type }) => type)).toEqual(['report-submitted.v1', 'report-assigned.v1']);
      expect(report).toMatchObject({
        department: ask.departments[index],
        category: 'building.leak',
        priority: 'urgent',
        parent: { number, request: ask.request },
      });
    }
    expect(lot.reasons()).toEqual([]);
  });

  it('stops the lead’s acknowledge clock when the first part is acknowledged', async () => {
    const { number, parts } = await shared();
    await give(parts[0] ?? '', { type: 'acknowledge' }, admin, 10);
    await settle(number, ...parts);
    const report = await reportOf(number);
    expect(report.clocks.acknowledge?.stoppedAt).toBe(after(10));
    expect(report.clocks.resolve?.stoppedAt).toBeUndefined();
    expect(report.support.map(({ state }) => state)).toEqual(['acknowledged', 'asked']);
    await give(number, { type: 'fire-timers' }, system('sweep'), 60);
    expect((await load(number)).events.filter(({ type }) => type === 'clock-breached.v1')).toEqual([]);
  });

  it('has the right state whatever the order, repetition and delay of its messages', async () => {
    const steps: [which: 'first' | 'second' | 'lead', command: Command][] = [
      ['first', { type: 'acknowledge' }],
      ['first', { type: 'transfer', department: 'water', reason: '市政管网' }],
      ['second', { type: 'acknowledge' }],
      ['first', { type: 'acknowledge' }],
      ['second', { type: 'return', reason: '不需消防' }],
      ['second', { type: 'assign', department: 'power' }],
      ['second', { type: 'start' }],
      ['lead', { type: 'transfer', department: 'housing-qilu', reason: '物业已撤场' }],
      ['first', { ...resolve, text: '阀门已关' }],
      ['second', { type: 'reject', reason: '配电正常，无需处理' }],
    ];
    const chaos = fc.record({
      stop: fc.integer({ min: 0, max: steps.length }),
      /** For each step, which of the existing messages arrive after it. */
      arrivals: fc.array(fc.array(fc.nat(30), { maxLength: 6 }), {
        minLength: steps.length,
        maxLength: steps.length,
      }),
      seed: fc.infiniteStream(fc.nat(1000)),
    });
    await fc.assert(
      fc.asyncProperty(chaos, async ({ stop, arrivals, seed }) => {
        const { number, parts } = await lead();
        const [first = '', second = ''] = parts;
        const numbers = [number, ...parts];
        await give(number, ask, admin, 1);
        await joint(batch(...(await messagesOf(number))));
        for (const [index, [which, command]] of steps.slice(0, stop).entries()) {
          await give({ lead: number, first, second }[which], command, admin, index + 2);
          const there = await messagesOf(...numbers);
          const arriving = (arrivals[index] ?? []).map((at) => there[at % there.length]);
          expect(await joint(batch(...arriving))).toEqual(done);
        }
        const all = await messagesOf(...numbers);
        const mixed = [...all, ...all]
          .map((event) => ({ event, at: seed.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ event }) => event);
        for (const message of mixed) expect(await joint(batch(message))).toEqual(done);
        await settle(...numbers);

        const report = await reportOf(number);
        for (const part of report.support) {
          const own = await reportOf(part.number);
          const state = own.endedAt
            ? own.resolution
              ? 'resolved'
              : 'ended'
            : own.acknowledgedAt
              ? 'acknowledged'
              : 'asked';
          expect(part).toMatchObject({ state, department: own.department });
          if (own.endedAt) expect(part.text).toBe(own.resolution?.text ?? own.endReason);
        }
        expect(report.support).toHaveLength(2);
        expect(lot.reasons()).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });

  it('is updated on the lead when a part goes to another department', async () => {
    const { number, parts } = await shared();
    const [part = ''] = parts;
    await give(part, { type: 'acknowledge' }, admin, 2);
    await settle(number, part);
    await give(part, { type: 'return', reason: '辖区不对' }, admin, 3);
    await give(part, { type: 'assign', department: 'traffic-police' }, admin, 4);
    await settle(number, part);
    expect((await reportOf(number)).support[0]).toMatchObject({
      department: 'traffic-police',
      state: 'asked',
    });
    const told = (await load(number)).events.filter(({ type }) => type === 'support-transferred.v1');
    expect(told.map(({ data }) => data)).toMatchObject([{ supporter: 'traffic-police', part }]);
  });
});

describe('a lead', () => {
  const command = (number: string, staff: Call['staff'], body: object): Promise<Reply> =>
    api.call(`POST /api/desk/reports/${number}/commands`, { ...(staff && { staff }), body });

  it('is not resolved before its parts have ended', async () => {
    const { number, parts } = await shared();
    const { version } = await reportOf(number);
    const refused = await command(number, wang, { ...resolve, version });
    expect(refused).toMatchObject({ status: 409, body: { code: 'support-open', parts } });
    for (const part of parts) await give(part, resolve, admin, 5);
    await settle(number, ...parts);
    const resolved = await command(number, wang, { ...resolve, version: (await reportOf(number)).version });
    expect(resolved).toMatchObject({ status: 200, body: { status: { code: 'resolved' } } });
    expect(resolved.body['support']).toMatchObject([
      { state: 'resolved', text: resolve.text, department: { id: 'police' } },
      { state: 'resolved', text: resolve.text, department: { id: 'fire' } },
    ]);
  });

  it('can be resolved with a reason, which withdraws its open parts', async () => {
    const { number, parts } = await shared();
    const [first = '', second = ''] = parts;
    await give(first, resolve, admin, 5);
    await settle(number, ...parts);
    const { version } = await reportOf(number);
    const reply = await command(number, wang, { ...resolve, version, override: '险情已排除，不必再等' });
    expect(reply.status).toBe(200);
    await settle(number, ...parts);
    expect((await reportOf(first)).state).toBe('resolved');
    expect(await reportOf(second)).toMatchObject({ state: 'withdrawn', endReason: '险情已排除，不必再等' });
    expect((await reportOf(number)).support.map(({ state }) => state)).toEqual(['resolved', 'cancelled']);
  });

  it.each([
    ['is withdrawn', { type: 'withdraw' }, resident],
    ['is rejected', { type: 'reject', reason: '重复反映' }, admin],
    ['is merged', { type: 'merge', into: 'YT-261120-00002E' }, admin],
  ] as const)('that %s withdraws its parts', async (_, end, actor) => {
    const { number, parts } = await shared();
    await give(number, end, actor, 3);
    await settle(number, ...parts);
    for (const part of parts) {
      const report = await reportOf(part);
      expect(report.state).toBe('withdrawn');
      expect(Object.values(report.clocks).every(({ stoppedAt }) => stoppedAt !== undefined)).toBe(true);
    }
    expect((await reportOf(number)).support.map(({ state }) => state)).toEqual(['cancelled', 'cancelled']);
  });

  it.each([
    { type: 'return', reason: '不属我部门' },
    { type: 'transfer', department: 'water', reason: '主管网爆裂' },
  ] as const)('that leaves its department does not change its parts: $type', async (move) => {
    const { number, parts } = await shared();
    await give(number, move, admin, 3);
    await settle(number, ...parts);
    for (const part of parts) expect((await reportOf(part)).state).toBe('assigned');
    expect((await reportOf(number)).support.map(({ state }) => state)).toEqual(['asked', 'asked']);
  });

  it('that ended before its parts were opened withdraws them, whatever the message order', async () => {
    const { number, parts } = await lead();
    await give(number, ask, admin, 1);
    await give(number, { type: 'withdraw' }, resident, 2);
    const [opening, ending] = await messagesOf(number);
    expect(await joint(batch(ending))).toEqual(done);
    expect(await api.store.load(parts[0] ?? '')).toBeUndefined();
    expect(await joint(batch(opening))).toEqual(done);
    for (const part of parts) expect((await reportOf(part)).state).toBe('withdrawn');
    expect(lot.reasons()).toEqual([]);
  });
});

describe('a part', () => {
  it('is visible to its department and to managers of its area only', async () => {
    const { parts } = await shared();
    const [part = ''] = parts;
    const see = async (staff: NonNullable<Call['staff']>): Promise<number> =>
      (await api.call(`GET /api/desk/reports/${part}`, { staff })).status;
    expect(await see(zhou)).toBe(200);
    expect(await see({ username: 'gao', role: 'manager', areas: 'qilu' })).toBe(200);
    expect(await see({ username: 'gas', role: 'handler', departments: 'gas' })).toBe(403);
    const list = await api.call('GET /api/desk/reports', { staff: zhou });
    expect(list.body['items']).toContainEqual(
      expect.objectContaining({ number: part, parent: part.slice(0, -2) }),
    );
  });

  it('sends no notices to residents', async () => {
    const { number, parts } = await shared();
    const [part = ''] = parts;
    await give(part, { type: 'start' }, admin, 2);
    await give(part, { type: 'suspend', waitingFor: 'other', text: '等吊车' }, admin, 3);
    await give(part, { type: 'note', text: '吊车已到', photos: [], audience: 'everyone' }, admin, 4);
    await give(part, { ...resolve, text: '现场已封控' }, admin, 5);
    await settle(number, part);
    const sns = mockClient(new SNSClient({ region: 'us-east-1' }));
    sns.on(PublishCommand).resolves({});
    const notify = createNotify({
      ...registries,
      city,
      store: api.store,
      ledger: api.ledger,
      contacts: api.kms.opener,
      sns: sns as never,
      topicArn: 'arn:notices',
      parking: lot.parking,
      now: () => clock.now,
    });
    expect(await notify(batch(...(await load(part)).events))).toEqual(done);
    const told = sns.commandCalls(PublishCommand).map((call) => call.args[0].input);
    expect(told.length).toBeGreaterThan(0);
    for (const { MessageAttributes, Message } of told) {
      expect(MessageAttributes?.['recipient']?.StringValue).toBe('department#police');
      expect(Message).not.toContain('13800001111');
    }
  });

  it('is not opened by any token, neither an empty one nor the lead’s', async () => {
    const { bearer, parts } = await shared();
    const [part = ''] = parts;
    for (const authorization of [undefined, '', 'Bearer', 'Bearer ', 'Bearer   ']) {
      const reply = await api.call(`GET /api/reports/${part}`, { headers: { authorization } });
      expect([reply.status, reply.body['code']]).toEqual([401, 'tracking-token-required']);
    }
    for (const authorization of [
      bearer.authorization,
      'Bearer undefined',
      'Bearer ""',
      `Bearer ${'A'.repeat(43)}`,
    ]) {
      for (const request of [`GET /api/reports/${part}`, `POST /api/reports/${part}/commands`]) {
        const reply = await api.call(request, { headers: { authorization }, body: { type: 'withdraw' } });
        expect([reply.status, reply.body['code']]).toEqual([404, 'report-not-found']);
      }
    }
    expect((await reportOf(part)).state).toBe('assigned');
  });

  it('is not listed publicly, and no report can be joined to it or merged into it', async () => {
    const { number, parts } = await shared('moxiang');
    const [part = ''] = parts;
    const near = await api.call('GET /api/reports', { query: { area: 'moxiang' } });
    expect((near.body['items'] as { number: string }[]).map((item) => item.number)).toEqual([number]);
    const joining = await api.call('POST /api/reports', {
      body: { description: '楼道积水', location: { area: 'tinglan-court' }, joins: part },
      headers: { 'idempotency-key': randomUUID() },
    });
    expect(joining).toMatchObject({
      status: 409,
      body: { code: 'part-of-another', errors: [{ path: 'joins' }] },
    });
    const other = await lead();
    const merging = await api.call(`POST /api/desk/reports/${other.number}/commands`, {
      staff: { username: 'admin', role: 'admin' },
      body: { type: 'merge', into: part, version: 3 },
    });
    expect(merging).toMatchObject({ status: 409, body: { code: 'part-of-another', parent: number } });
    expect((await reportOf(other.number)).state).toBe('assigned');
  });
});

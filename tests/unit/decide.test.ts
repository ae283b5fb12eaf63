import { describe, expect, it } from 'vitest';
import { seededRandom } from '../demo/random.ts';
import { decide, fold, mayDo, nextTimer, type Command, type Decision } from '../support/report-domain.ts';
import type { Actor } from '../../shared/kernel/permissions.ts';
import { dueAt } from '../../shared/records/report/clock-state.ts';
import { report } from '../../shared/records/report/kind.ts';
import { dummyPrivate, fromItem, toItem, type Item } from '../../shared/store/item.ts';
import { city } from '../support/city.ts';
import { admin, after, assigned, leak, resident, start, Story, submit, system } from '../support/reports.ts';

describe('a report', () => {
  it('runs from submission to rating', () => {
    const story = assigned();
    expect(story.report).toMatchObject({
      state: 'assigned',
      department: 'property-kangning',
      priority: 'urgent',
    });
    expect(story.give({ type: 'acknowledge' }, admin, 5)).toBeUndefined();
    expect(story.report.acknowledgedAt).toBe(after(5));
    expect(story.give({ type: 'start' }, admin, 10)).toBeUndefined();
    expect(story.report.state).toBe('in-progress');
    expect(story.give({ type: 'resolve', text: '已更换水管', photos: [] }, admin, 90)).toBeUndefined();
    expect(story.report).toMatchObject({ state: 'resolved', resolution: { text: '已更换水管' } });
    expect(nextTimer(story.report)).toBe(story.report.closeAt);
    expect(story.give({ type: 'rate', score: 5, comment: '很快' }, resident, 100)).toBeUndefined();
    expect(story.report).toMatchObject({ state: 'closed', rating: { score: 5, comment: '很快', round: 0 } });
    expect(story.types()).toEqual([
      'report-submitted',
      'report-classified',
      'report-assigned',
      'assignment-acknowledged',
      'work-started',
      'report-resolved',
      'report-rated',
    ]);
    expect(story.events.map((event) => event.sequence)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('goes to triage when the classifier is not confident', () => {
    const story = new Story();
    story.give(submit, resident, 0);
    story.give({ ...leak, confidence: 0.3 }, system('classify'), 0);
    expect(story.report).toMatchObject({ state: 'triage', department: 'grid-liuan' });
    expect(story.events.at(-1)?.data).toMatchObject({ department: 'grid-liuan', category: 'building.leak' });
    expect(story.give({ type: 'classify', category: 'utility.water' }, admin, 3)).toBeUndefined();
    expect(story.report).toMatchObject({ state: 'assigned', department: 'water', category: 'utility.water' });
  });

  it('goes to triage when returned, and its clock to resolve continues', () => {
    const story = assigned();
    story.give({ type: 'return', reason: '不属于本小区' }, admin, 10);
    expect(story.report).toMatchObject({ state: 'triage', department: 'grid-liuan' });
    expect(story.report.clocks.resolve?.startedAt).toBe(start);
    expect(story.report.clocks.acknowledge?.startedAt).toBe(after(10));
    story.give({ type: 'assign', department: 'water' }, admin, 20);
    expect(story.report.clocks.resolve?.startedAt).toBe(start);
  });

  it('is transferred with a new clock to acknowledge, and not to its own department', () => {
    const story = assigned();
    story.give({ type: 'acknowledge' }, admin, 1);
    expect(
      story.give({ type: 'transfer', department: 'property-kangning', reason: '重复' }, admin, 2),
    ).toEqual({
      kind: 'same-department',
      department: 'property-kangning',
    });
    expect(story.give({ type: 'transfer', department: 'nobody', reason: '转派' }, admin, 2)).toEqual({
      kind: 'unknown-department',
      department: 'nobody',
    });
    story.give({ type: 'transfer', department: 'water', reason: '主管网问题' }, admin, 3);
    expect(story.report).toMatchObject({ state: 'assigned', department: 'water' });
    expect(story.report.acknowledgedAt).toBeUndefined();
    expect(story.report.clocks.acknowledge).toMatchObject({ startedAt: after(3) });
    expect(story.report.clocks.acknowledge?.stoppedAt).toBeUndefined();
  });

  it('keeps its progress when only its category changes, without a new assignment', () => {
    const story = assigned();
    story.give({ type: 'acknowledge' }, admin, 1);
    story.give({ type: 'start' }, admin, 2);
    const once = story.events.length;
    story.give({ type: 'assign', department: 'property-kangning' }, admin, 3);
    story.give({ type: 'classify', category: 'building.leak' }, admin, 3);
    expect(story.events.length).toBe(once);
    const clock = story.report.clocks.acknowledge;
    story.give({ type: 'classify', category: 'building.structure' }, admin, 4);
    expect(story.report).toMatchObject({
      state: 'in-progress',
      acknowledgedAt: after(1),
      category: 'building.structure',
    });
    expect(story.report.clocks.acknowledge).toMatchObject({ startedAt: start, stoppedAt: clock?.stoppedAt });
  });

  it('keeps its start and warnings when its category gives a longer target', () => {
    const story = assigned();
    story.give({ type: 'acknowledge' }, admin, 1);
    story.give({ type: 'fire-timers' }, system('sweep'), 60 * 5);
    expect(story.types().filter((type) => type === 'clock-breached')).toHaveLength(1);
    const { breachedAt } = story.report.clocks.resolve ?? {};
    story.give({ type: 'classify', category: 'building.structure' }, admin, 60 * 6);
    expect(story.report.clocks.resolve).toMatchObject({
      startedAt: start,
      target: { amount: 72, unit: 'hour' },
      dueAt: after(60 * 72),
      breachedAt,
    });
    story.give({ type: 'fire-timers' }, system('sweep'), 60 * 100);
    expect(story.types().filter((type) => type === 'clock-breached')).toHaveLength(1);
  });

  it('starts the rework target when reopened, at the department that resolved it', () => {
    const story = assigned();
    story.give({ type: 'resolve', text: '修好了', photos: [] }, admin, 30);
    story.give({ type: 'rate', score: 1 }, resident, 40);
    expect(story.give({ type: 'reopen', reason: '还在漏' }, resident, 50)).toBeUndefined();
    const { report } = story;
    expect(report).toMatchObject({ state: 'assigned', department: 'property-kangning', round: 1 });
    expect(report.clocks.resolve?.startedAt).toBe(after(50));
    expect(report.clocks.resolve?.stoppedAt).toBeUndefined();
    expect(report.endedAt).toBeUndefined();
    story.give({ type: 'resolve', text: '换了新阀门', photos: [] }, admin, 60);
    expect(story.give({ type: 'rate', score: 4 }, resident, 70)).toBeUndefined();
    expect(story.report.rating).toMatchObject({ score: 4, round: 1 });
  });

  it('follows the report it was merged into', () => {
    const [one, other] = [assigned(), new Story()];
    other.give({ ...submit, number: 'YT-261120-00002E' }, resident, 5);
    expect(
      one.give(
        { type: 'join', number: other.report.number, followers: ['YT-261120-00003X'] },
        system('merge'),
        6,
      ),
    ).toBeUndefined();
    expect(other.give({ type: 'merge', into: one.report.number }, admin, 6)).toBeUndefined();
    expect(one.report.duplicates).toEqual([other.report.number, 'YT-261120-00003X']);
    expect(other.report).toMatchObject({ state: 'merged', mergedInto: one.report.number });
    expect(one.give({ type: 'merge', into: one.report.number }, admin, 7)).toEqual({
      kind: 'merge-with-itself',
    });
  });

  it.each([
    ['acknowledge', { type: 'acknowledge' }],
    ['start', { type: 'start' }],
    ['resolve', { type: 'resolve', text: '好了', photos: [] }],
  ] as const)('is not changed by a second %s', (_, command) => {
    const story = assigned();
    story.give(command, admin, 1);
    const once = story.events.length;
    expect(story.give(command, admin, 2)).toBeUndefined();
    expect(story.events.length).toBe(once);
  });

  it('is classified once by the classifier, however often the message is delivered', () => {
    const story = assigned();
    const once = story.events.length;
    expect(story.give({ ...leak, category: 'utility.water' }, system('classify'), 9)).toBeUndefined();
    expect(story.events.length).toBe(once);
  });

  it('refuses commands that its state does not allow, and names the allowed states', () => {
    const story = assigned();
    expect(story.give({ type: 'rate', score: 5 }, resident, 1)).toEqual({
      kind: 'wrong-state',
      command: 'rate',
      state: 'assigned',
      allowed: ['resolved', 'closed'],
    });
    story.give({ type: 'withdraw' }, resident, 2);
    expect(story.give({ type: 'start' }, admin, 3)?.kind).toBe('wrong-state');
    expect(
      story.give({ type: 'note', text: '补充', photos: [], audience: 'everyone' }, resident, 3)?.kind,
    ).toBe('wrong-state');
  });

  it('refuses a stale version', () => {
    const story = assigned();
    expect(story.give({ type: 'start' }, admin, 1, 2)).toEqual({ kind: 'stale-version', current: 3 });
    expect(story.give({ type: 'start' }, admin, 1, 4)?.kind).toBe('stale-version');
    expect(story.give({ type: 'start' }, admin, 1, 3)).toBeUndefined();
  });

  it('is not stale after background events', () => {
    const story = assigned();
    story.give({ type: 'record-photos', photos: [{ id: 'p1', status: 'ready' }] }, system('photos'), 1);
    story.give({ type: 'fire-timers' }, system('sweep'), 60 * 24);
    expect(story.report.version).toBeGreaterThan(3);
    expect(story.give({ type: 'start' }, admin, 60 * 25, 3)).toBeUndefined();
  });

  it('refuses a category or department that the city does not have', () => {
    const story = assigned();
    expect(story.give({ type: 'classify', category: 'no.such' }, admin, 1)).toEqual({
      kind: 'unknown-category',
      category: 'no.such',
    });
    expect(story.give({ type: 'assign', department: 'no-such' }, admin, 1)?.kind).toBe('unknown-department');
  });

  it('accepts notes up to a limit, and can still be resolved beyond it', () => {
    const story = assigned();
    let refusal;
    for (let i = 0; i < 500 && !refusal; i += 1)
      refusal = story.give({ type: 'note', text: `第${i}条`, photos: [], audience: 'everyone' }, resident, i);
    expect(refusal).toEqual({ kind: 'history-full' });
    expect(story.events.length).toBe(400);
    expect(story.give({ type: 'resolve', text: '好了', photos: [] }, admin, 600)).toBeUndefined();
  });

  it('stops growing long before an item is too large', () => {
    const { events } = assigned();
    const draws = seededRandom(1);
    // Random, so that compression gains almost nothing.
    const long = (): string =>
      Array.from({ length: 2000 }, () => String.fromCharCode(0x4e00 + draws.integer(0, 20_000))).join('');
    const stored = (): Item => {
      const record = fold(events);
      return toItem({ kind: report, record, events, private: dummyPrivate });
    };
    const give = (command: Command, actor: Actor, minutes: number): Decision => {
      const { record } = fromItem(report, stored());
      const decision = decide(record, command, {
        now: after(minutes),
        actor,
        city,
        expectedVersion: undefined,
      });
      if (decision.ok) events.push(...decision.events);
      return decision;
    };
    let decision: Decision | undefined;
    for (let i = 0; i < 400 && decision?.ok !== false; i += 1)
      decision = give({ type: 'note', text: long(), photos: [], audience: 'everyone' }, resident, i);
    expect(decision).toEqual({ ok: false, refusal: { kind: 'history-full' } });
    const { history, ...rest } = stored();
    expect(history?.B?.length).toBeGreaterThan(240_000);
    expect((history?.B?.length ?? 0) + JSON.stringify(rest).length).toBeLessThan(300_000);
    // It ends even so.
    expect(give({ type: 'resolve', text: long(), photos: [] }, admin, 400).ok).toBe(true);
  });

  it('shows the outcome of processing its photos', () => {
    const story = assigned();
    story.give(
      { type: 'record-photos', photos: [{ id: 'p1', status: 'ready', width: 800, height: 600 }] },
      system('photos'),
      1,
    );
    expect(story.report.photos).toEqual([
      {
        id: 'p1',
        contentType: 'image/jpeg',
        size: 1000,
        purpose: 'report',
        status: 'ready',
        width: 800,
        height: 600,
      },
    ]);
    const once = story.events.length;
    story.give({ type: 'record-photos', photos: [{ id: 'p1', status: 'unreadable' }] }, system('photos'), 2);
    expect(story.events.length).toBe(once);
  });
});

describe('its clocks', () => {
  it('warn once and breach once, with the delay', () => {
    const story = assigned();
    const clock = story.report.clocks.acknowledge;
    expect(clock).toMatchObject({ startedAt: start });
    const { warnAt = '', dueAt: due = '' } = clock ?? {};
    const minutes = (instant: string): number => (Date.parse(instant) - Date.parse(start)) / 60_000;
    story.give({ type: 'fire-timers' }, system('sweep'), minutes(warnAt) - 1);
    expect(story.types()).not.toContain('clock-warned');
    story.give({ type: 'fire-timers' }, system('sweep'), minutes(warnAt));
    story.give({ type: 'fire-timers' }, system('sweep'), minutes(warnAt) + 1);
    expect(story.types().filter((type) => type === 'clock-warned')).toHaveLength(1);
    story.give({ type: 'fire-timers' }, system('sweep'), minutes(due) + 2);
    story.give({ type: 'fire-timers' }, system('sweep'), minutes(due) + 3);
    const breaches = story.events.filter((event) => event.type === 'clock-breached.v1');
    expect(breaches.map((event) => event.data)).toEqual([
      {
        clock: 'acknowledge',
        department: 'property-kangning',
        category: 'building.leak',
        area: 'tinglan-court',
        dueAt: due,
        lateSeconds: 120,
        // Four working hours on: it broke at 09:32 of a Friday.
        remindAt: '2026-11-20T07:32:00.000Z',
      },
    ]);
  });

  it('do not warn after a breach', () => {
    const story = assigned();
    story.give({ type: 'fire-timers' }, system('sweep'), 60 * 24 * 30);
    const said = story.types().filter((type) => type.startsWith('clock-'));
    expect(said.filter((type) => type === 'clock-breached')).toHaveLength(2);
    expect(said).not.toContain('clock-warned');
    expect(dueAt(story.report)).toBeDefined();
  });

  it('stop when the report ends', () => {
    for (const end of [
      { type: 'withdraw' },
      { type: 'reject', reason: '不在范围' },
      { type: 'merge', into: 'YT-261120-00002E' },
      { type: 'resolve', text: '好了', photos: [] },
    ] as const) {
      const story = assigned();
      story.give(end, end.type === 'withdraw' ? resident : admin, 1);
      const once = story.events.length;
      story.give({ type: 'fire-timers' }, system('sweep'), 60 * 24 * 30);
      // What was settled closes by itself a week later; what is personal is kept for half a year.
      expect(story.types().slice(once)).toEqual(end.type === 'resolve' ? ['report-closed'] : []);
      expect(nextTimer(story.report)).toBe(story.report.eraseAt?.contact);
    }
  });
});

describe('permission', () => {
  const accessScope = { department: 'water', path: ['yunting', 'qilu', 'liuan', 'tinglan-court'] };
  const staff = (role: 'handler' | 'grid-worker' | 'manager', departments: string[], areas: string[]) =>
    ({ kind: 'staff', username: 'x', role, departments, areas }) as const;

  it.each([
    ['its own department', staff('handler', ['water'], []), 'resolve', true],
    ['another department', staff('handler', ['gas'], []), 'resolve', false],
    ['its own department', staff('handler', ['water'], []), 'reject', false],
    ['a manager of the street', staff('manager', [], ['qilu']), 'transfer', true],
    ['a manager of the street', staff('manager', [], ['qilu']), 'resolve', false],
    ['a manager of another street', staff('manager', [], ['wangyu']), 'transfer', false],
    ['a grid worker of the community', staff('grid-worker', [], ['liuan']), 'note', true],
    ['a grid worker of the community', staff('grid-worker', [], ['liuan']), 'classify', false],
    ['a grid worker whose desk has it', staff('grid-worker', ['water'], ['liuan']), 'classify', true],
    ['a resident', resident, 'rate', true],
    ['a resident', resident, 'resolve', false],
    ['a resident', resident, 'fire-timers', false],
    ['the sweep', system('sweep'), 'fire-timers', true],
    ['the sweep', system('sweep'), 'resolve', false],
  ] as const)('of %s: %#', (_, actor, command, allowed) => {
    expect(mayDo(actor, command, accessScope)).toBe(allowed);
  });

  it('is checked before the state', () => {
    const story = assigned();
    expect(story.give({ type: 'rate', score: 1 }, staff('handler', ['gas'], []), 1)).toEqual({
      kind: 'not-permitted',
      command: 'rate',
    });
  });
});

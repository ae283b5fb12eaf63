import { describe, expect, it } from 'vitest';
import type { ReportEvent } from '../../events/report.ts';
import { followUpCommands, isJointWork } from '../support/report-domain.ts';
import { formatNumber, isPart, parseNumber, partNumber } from '../../shared/kernel/number.ts';
import { admin, assigned, submit, resident, system, Story } from '../support/reports.ts';

const ask = { type: 'support', departments: ['police', 'fire'], request: '请协助查找走失儿童' } as const;
const parts = [partNumber(submit.number, 1), partNumber(submit.number, 2)];
const [first = ''] = parts;

const news = (
  partVersion: number,
  state: 'asked' | 'acknowledged' | 'resolved' | 'ended',
  department = 'police',
) => ({ type: 'record-support', part: first, partVersion, department, state, text: '已到场' }) as const;

const eventOf = (story: Story, wanted: ReportEvent['type']): ReportEvent =>
  story.events.find(({ type }) => type === wanted) ?? expect.fail(`no ${wanted}`);

describe('support', () => {
  it('is requested once per department, and not from the holder', () => {
    const story = assigned();
    story.give({ ...ask, departments: [...ask.departments, 'property-kangning', 'police'] }, admin, 1);
    story.give(ask, admin, 2);
    expect(story.report.support).toEqual([
      { number: parts[0], department: 'police', state: 'asked', version: 0 },
      { number: parts[1], department: 'fire', state: 'asked', version: 0 },
    ]);
    expect(story.give({ ...ask, departments: ['nobody'] }, admin, 3)?.kind).toBe('unknown-department');
  });

  it('can be requested with the assignment, in one decision', () => {
    const story = assigned();
    const once = story.events.length;
    const { type: _type, ...support } = ask;
    story.give({ type: 'assign', department: 'grid-qilu', category: 'safety.urgent', support }, admin, 1);
    expect(story.types().slice(once)).toEqual(['report-classified', 'report-assigned', 'support-requested']);
  });

  it('leaves the lead department responsible until one acknowledges', () => {
    const story = assigned();
    story.give(ask, admin, 1);
    expect(story.report.clocks.acknowledge?.stoppedAt).toBeUndefined();
    story.give(news(2, 'acknowledged'), system('joint'), 5);
    expect(story.report.clocks.acknowledge?.stoppedAt).toBeDefined();
    expect(story.report.acknowledgedAt).toBeUndefined();
  });

  it('blocks resolving, unless a reason is given', () => {
    const story = assigned();
    story.give(ask, admin, 1);
    const resolve = { type: 'resolve', text: '孩子已找到', photos: [] } as const;
    expect(story.give(resolve, admin, 2)).toEqual({ kind: 'support-open', parts });
    story.give(news(3, 'resolved'), system('joint'), 3);
    expect(story.give(resolve, admin, 4)).toEqual({ kind: 'support-open', parts: [parts[1]] });
    story.give({ ...resolve, override: '孩子已回家，消防不必再找' }, admin, 5);
    expect(story.report).toMatchObject({
      state: 'resolved',
      support: [{ state: 'resolved' }, { state: 'cancelled' }],
    });
  });

  it('records only newer states, in any order of delivery', () => {
    const story = assigned();
    story.give(ask, admin, 1);
    story.give(news(5, 'resolved'), system('joint'), 2);
    const once = story.events.length;
    story.give(news(3, 'acknowledged'), system('joint'), 3);
    story.give(news(2, 'asked', 'water'), system('joint'), 3);
    story.give(news(5, 'resolved'), system('joint'), 4);
    expect(story.events.length).toBe(once);
    expect(story.report.support[0]).toMatchObject({ state: 'resolved', department: 'police' });
  });

  it('records a transfer of the part', () => {
    const story = assigned();
    story.give(ask, admin, 1);
    story.give(news(4, 'acknowledged', 'water'), system('joint'), 2);
    expect(story.types().slice(-2)).toEqual(['support-transferred', 'support-acknowledged']);
    expect(story.report.support[0]).toMatchObject({ department: 'water', state: 'acknowledged' });
  });

  it('records skipped steps of a part too', () => {
    const story = assigned();
    story.give(ask, admin, 1);
    story.give(news(4, 'acknowledged'), system('joint'), 2);
    story.give(news(9, 'acknowledged', 'water'), system('joint'), 3);
    expect(story.report.support[0]).toMatchObject({ department: 'water', state: 'acknowledged' });

    const late = assigned();
    late.give(ask, admin, 1);
    late.give(news(6, 'resolved'), system('joint'), 2);
    expect(late.types().slice(-2)).toEqual(['support-acknowledged', 'support-answered']);
    expect(late.report.clocks.acknowledge?.stoppedAt).toBeDefined();
  });

  it('acknowledged in time counts for the lead department too', () => {
    const story = assigned();
    story.give(ask, admin, 1);
    story.give(news(2, 'acknowledged'), system('joint'), 5);
    story.give({ type: 'start' }, admin, 24 * 60);
    expect(story.events.find(({ type }) => type === 'assignment-acknowledged.v1')?.data).toMatchObject({
      withinTarget: true,
    });
  });

  it.each([
    [{ type: 'withdraw' }, resident],
    [{ type: 'reject', reason: '不在范围' }, admin],
    [{ type: 'merge', into: 'YT-261120-00002E' }, admin],
  ] as const)('ends with the report: $type', (end, actor) => {
    const story = assigned();
    story.give(ask, admin, 1);
    story.give(end, actor, 2);
    expect(story.types().slice(-2)[0]).toBe('support-cancelled');
    expect(story.report.support.every(({ state }) => state === 'cancelled')).toBe(true);
    expect(
      followUpCommands(eventOf(story, 'support-cancelled.v1'), story.report).map(({ number, command }) => [
        number,
        command.type,
      ]),
    ).toEqual(parts.map((part) => [part, 'end-support']));
    expect(story.give(news(9, 'acknowledged'), system('joint'), 3)).toBeUndefined();
    expect(story.report.support[0]?.state).toBe('cancelled');
  });

  it.each([
    { type: 'return', reason: '不属我部门' },
    { type: 'transfer', department: 'water', reason: '主管网' },
  ] as const)('goes on when the report goes to another lead: $type', (command) => {
    const story = assigned();
    story.give(ask, admin, 1);
    story.give(command, admin, 2);
    expect(story.report.support.map(({ state }) => state)).toEqual(['asked', 'asked']);
  });
});

describe('a part', () => {
  const lead = assigned();
  lead.give(ask, admin, 1);
  const [followUp] = followUpCommands(eventOf(lead, 'support-requested.v1'), lead.report);
  const opened = (): Story => {
    const story = new Story();
    story.give(followUp?.command ?? expect.fail(), system('joint'), 2);
    return story;
  };

  it('is a report of its own, with its own department and clocks', () => {
    const { report } = opened();
    expect(report).toMatchObject({
      number: first,
      state: 'assigned',
      department: 'police',
      category: 'building.leak',
      priority: 'urgent',
      parent: { number: submit.number, request: ask.request },
    });
    expect(report.clocks.resolve?.startedAt).toBe(report.submittedAt);
  });

  it('is opened once', () => {
    const story = opened();
    const once = story.events.length;
    story.give(followUp?.command ?? expect.fail(), system('joint'), 3);
    expect(story.events.length).toBe(once);
  });

  it('cannot be shared, merged or reopened, only its parent can', () => {
    const story = opened();
    const refused = { kind: 'part-of-another', parent: submit.number };
    expect(story.give(ask, admin, 3)).toEqual(refused);
    const join = { type: 'join', number: 'YT-261120-00002E', followers: [] } as const;
    expect(story.give(join, system('merge'), 3)).toEqual(refused);
    story.give({ type: 'resolve', text: '已到场', photos: [] }, admin, 4);
    expect(story.give({ type: 'reopen', reason: '再去' }, admin, 5)?.kind).toBe('part-of-another');
    const resolved = eventOf(story, 'report-resolved.v1');
    expect(isJointWork(resolved)).toBe(true);
    expect(followUpCommands(resolved, story.report)).toMatchObject([
      { number: submit.number, command: { type: 'record-support', state: 'resolved', text: '已到场' } },
    ]);
  });

  it('that is cancelled has a reason', () => {
    const story = opened();
    story.give({ type: 'reject', reason: '不属我单位职责' }, admin, 4);
    expect(followUpCommands(story.events.at(-1) ?? expect.fail(), story.report)).toMatchObject([
      { command: { type: 'record-support', state: 'ended', text: '不属我单位职责' } },
    ]);
  });

  it('tells its parent when it is returned, and who dispatches it now', () => {
    const story = opened();
    story.give({ type: 'return', reason: '不属我部门' }, admin, 3);
    const triaged = eventOf(story, 'report-triaged.v1');
    expect(isJointWork(triaged)).toBe(true);
    expect(followUpCommands(triaged, story.report)).toMatchObject([
      { command: { type: 'record-support', state: 'asked', department: story.report.department } },
    ]);
  });

  it('has a number that contains its parent’s, and can be typed', () => {
    expect(isPart(first)).toBe(true);
    expect(isPart(submit.number)).toBe(false);
    const number = formatNumber('YT', '261120', 7);
    expect(parseNumber(`${number.toLowerCase().replaceAll('-', ' ')} 1`)).toBe(partNumber(number, 1));
    expect(parseNumber(`${number}-0`)).toBeUndefined();
    expect(parseNumber(`${number}1`)).toBeUndefined();
  });
});

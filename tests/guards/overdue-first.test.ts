import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { city } from '../support/city.ts';
import { admin, after } from '../support/reports.ts';
import { cases, inMinutes, joined, mine, played, rules, theirs, told, type Step } from './overdue-cases.ts';
import { asked, clerk, commandTypes, storyOf, type AskedName } from './given-commands.ts';
import { decided, folded, type Report, type ReportEvent } from './subject.ts';

const expected = JSON.parse(readFileSync(new URL('./overdue-expected.json', import.meta.url), 'utf8')) as {
  cases: Record<string, unknown>;
  joins: Record<string, Record<string, unknown>>;
};

describe('what a change keeps, and which timers fire', () => {
  it('covers every case', () => {
    expect(Object.keys(cases).sort()).toEqual(Object.keys(expected.cases).sort());
  });
  it.each(Object.entries(cases))('%s', (name, [steps, skip]) => {
    expect(told(steps, skip)).toEqual(expected.cases[name]);
  });
});

describe('the deadline of a report that joins', () => {
  it('covers every pair', () => {
    expect(Object.keys(expected.joins)).toEqual(Object.keys(mine));
    for (const row of Object.values(expected.joins)) expect(Object.keys(row)).toEqual(Object.keys(theirs));
  });
  const pairs = Object.keys(mine).flatMap((to) => Object.keys(theirs).map((from) => [to, from] as const));
  it.each(pairs)('%s, joined by one whose clock is: %s', (to, from) => {
    expect(joined(to, from)).toEqual(expected.joins[to]?.[from]);
  });
});

const [own, first, second, third] = [
  'YT-261120-000017',
  'YT-261120-00002E',
  'YT-261120-00003F',
  'YT-261120-00005H',
];
const earlier = theirs['earlier'];
const promise = {
  startedAt: -60,
  target: { amount: 2, unit: 'hour' },
  warnAt: 30,
  dueAt: 60,
  climbs: [
    { level: 'community', area: 'liuan', at: 90 },
    { level: 'street', area: 'qilu', at: 120 },
    { level: 'district', area: 'yunting', at: 300 },
  ],
};

/** Who is there already, who joins with which followers, and what is added. */
const followers: [name: string, there: string[], number: string, followers: string[], added: unknown[]][] = [
  ['nobody follows', [], first, [], [{ number: first, clock: promise }]],
  [
    'two follow',
    [],
    first,
    [second, third],
    [{ number: first, clock: promise }, { number: second }, { number: third }],
  ],
  [
    'the report itself followed',
    [],
    first,
    [own, second],
    [{ number: first, clock: promise }, { number: second }],
  ],
  [
    'one is there already',
    [second],
    first,
    [second, third],
    [{ number: first, clock: promise }, { number: third }],
  ],
  ['it is there already, its follower is not: no promise', [first], first, [second], [{ number: second }]],
  ['all are there already', [first, second], first, [second], []],
];

describe('the followers of a report that joins', () => {
  it.each(followers)('%s', (_name, there, number, others, added) => {
    const report = { ...storyOf('in-progress').report, duplicates: there };
    const decision = decided(
      report,
      { type: 'join', number, followers: others, clock: earlier },
      { now: after(20), actor: clerk, city },
    );
    expect(decision.ok && inMinutes(decision.events.map(({ data }) => data))).toEqual(added);
  });
});

function sample(type: string, sequence: number, change: object = {}): ReportEvent {
  const url = new URL(`../../events/samples/report/${type}.json`, import.meta.url);
  const event = JSON.parse(readFileSync(url, 'utf8')) as ReportEvent;
  return {
    ...event,
    number: own,
    sequence,
    id: `${own}#${sequence}`,
    data: { ...event.data, ...change },
  } as ReportEvent;
}

describe('histories that current decisions cannot produce', () => {
  it.each(['priority-changed.v1', 'policy-applied.v1', 'extension-granted.v1', 'report-resumed.v1'])(
    '%s moves no clock that is not there',
    (type) => {
      expect(folded([...storyOf('submitted').events, sample(type, 2)]).clocks).toEqual({});
    },
  );

  it('reopening during work resets the work', () => {
    const { events, report } = storyOf('in-progress');
    expect([report.state, report.startedAt]).toEqual(['in-progress', after(3)]);
    const again = folded([...events, sample('report-assigned.v1', 6, { reason: 'reopened' })]);
    expect([again.state, again.startedAt, again.acknowledgedAt]).toEqual(['assigned', undefined, undefined]);
    const kept = folded([...events, sample('report-assigned.v1', 6, { reason: 'assigned' })]);
    expect([kept.state, kept.startedAt, kept.acknowledgedAt]).toEqual(['in-progress', after(3), after(3)]);
  });

  it('a reminder without an alert changes only the version', () => {
    const { events, report } = storyOf('in-progress');
    const { version, storedBytes, updatedAt, ...rest } = folded([...events, sample('alert-reminded.v1', 6)]);
    expect([version, storedBytes > report.storedBytes, updatedAt]).toEqual([
      6,
      true,
      '2026-11-20T09:00:00.000Z',
    ]);
    const { version: _version, storedBytes: _storedBytes, updatedAt: _updatedAt, ...before } = report;
    expect(rest).toEqual(before);
  });
});

/** The events that a command adds. */
type Added = string[];

/** At minute 29 nothing is overdue; at 60 the first clock is; at 180 both are; at 180 all was recorded at 179. */
const table: Record<AskedName, [at29: Added, at60: Added, at180: Added, saidBefore: Added]> = {
  'submit by resident': [[], [], [], []],
  'open-support by system': [[], [], [], []],
  'note by resident': [['note-added'], ['note-added'], ['note-added'], ['note-added']],
  'note by resident, the answer waited for': [
    ['note-added', 'report-resumed'],
    ['note-added', 'report-resumed'],
    ['note-added', 'report-resumed'],
    ['note-added', 'report-resumed'],
  ],
  'note by staff': [['note-added'], ['note-added'], ['note-added'], ['note-added']],
  'withdraw by resident': [
    ['report-withdrawn'],
    ['breached: acknowledge', 'report-withdrawn'],
    ['breached: acknowledge', 'breached: resolve', 'report-withdrawn'],
    ['report-withdrawn'],
  ],
  'rate by resident': [['report-rated'], ['report-rated'], ['report-rated'], ['report-rated']],
  'reopen by resident': [
    ['report-reopened', 'report-assigned'],
    ['report-reopened', 'report-assigned'],
    ['report-reopened', 'report-assigned'],
    ['report-reopened', 'report-assigned'],
  ],
  'reopen by staff': [
    ['report-reopened', 'report-assigned'],
    ['report-reopened', 'report-assigned'],
    ['report-reopened', 'report-assigned'],
    ['report-reopened', 'report-assigned'],
  ],
  'renew-link by resident': [['link-renewed'], ['link-renewed'], ['link-renewed'], ['link-renewed']],
  'erase by resident': [
    ['personal-data-erased'],
    ['personal-data-erased'],
    ['personal-data-erased'],
    ['personal-data-erased'],
  ],
  'erase by staff': [
    ['personal-data-erased'],
    ['personal-data-erased'],
    ['personal-data-erased'],
    ['personal-data-erased'],
  ],
  'erase by system': [
    ['personal-data-erased'],
    ['personal-data-erased'],
    ['personal-data-erased'],
    ['personal-data-erased'],
  ],
  'acknowledge by staff': [
    ['assignment-acknowledged'],
    ['breached: acknowledge', 'assignment-acknowledged'],
    ['breached: acknowledge', 'breached: resolve', 'assignment-acknowledged'],
    ['assignment-acknowledged'],
  ],
  'start by staff': [
    ['assignment-acknowledged', 'work-started'],
    ['breached: acknowledge', 'assignment-acknowledged', 'work-started'],
    ['breached: acknowledge', 'breached: resolve', 'assignment-acknowledged', 'work-started'],
    ['assignment-acknowledged', 'work-started'],
  ],
  'return by staff': [
    ['assignment-returned', 'report-triaged'],
    ['breached: acknowledge', 'assignment-returned', 'report-triaged'],
    ['breached: acknowledge', 'breached: resolve', 'assignment-returned', 'report-triaged'],
    ['assignment-returned', 'report-triaged'],
  ],
  'transfer by staff': [
    ['assignment-transferred', 'report-assigned'],
    ['breached: acknowledge', 'assignment-transferred', 'report-assigned'],
    ['breached: acknowledge', 'breached: resolve', 'assignment-transferred', 'report-assigned'],
    ['assignment-transferred', 'report-assigned'],
  ],
  'resolve by staff': [
    ['assignment-acknowledged', 'report-resolved'],
    ['breached: acknowledge', 'assignment-acknowledged', 'report-resolved'],
    ['breached: acknowledge', 'breached: resolve', 'assignment-acknowledged', 'report-resolved'],
    ['assignment-acknowledged', 'report-resolved'],
  ],
  'classify by staff': [
    ['report-classified', 'report-assigned'],
    ['breached: acknowledge', 'report-classified', 'report-assigned'],
    ['breached: acknowledge', 'breached: resolve', 'report-classified', 'report-assigned'],
    ['report-classified', 'report-assigned'],
  ],
  'classify by system': [
    ['report-classified', 'report-assigned'],
    ['report-classified', 'report-assigned'],
    ['report-classified', 'report-assigned'],
    [],
  ],
  'assign by staff': [
    ['report-assigned'],
    ['breached: acknowledge', 'report-assigned'],
    ['breached: acknowledge', 'breached: resolve', 'report-assigned'],
    ['report-assigned'],
  ],
  'reject by staff': [
    ['report-rejected'],
    ['breached: acknowledge', 'report-rejected'],
    ['breached: acknowledge', 'breached: resolve', 'report-rejected'],
    ['report-rejected'],
  ],
  'merge by staff': [
    ['report-merged'],
    ['breached: acknowledge', 'report-merged'],
    ['breached: acknowledge', 'breached: resolve', 'report-merged'],
    ['report-merged'],
  ],
  'merge by system': [
    ['report-merged'],
    ['breached: acknowledge', 'report-merged'],
    ['breached: acknowledge', 'breached: resolve', 'report-merged'],
    ['report-merged'],
  ],
  'reveal by staff': [['contact-revealed'], ['contact-revealed'], ['contact-revealed'], ['contact-revealed']],
  'reveal by system': [
    ['contact-revealed'],
    ['contact-revealed'],
    ['contact-revealed'],
    ['contact-revealed'],
  ],
  'revoke-link by staff': [['link-revoked'], ['link-revoked'], ['link-revoked'], ['link-revoked']],
  'supervise by staff': [
    ['report-supervised'],
    ['report-supervised'],
    ['report-supervised'],
    ['report-supervised'],
  ],
  'take-alert by staff': [['alert-taken'], ['alert-taken'], ['alert-taken'], ['alert-taken']],
  'suspend by staff': [
    ['assignment-acknowledged', 'report-suspended'],
    ['breached: acknowledge', 'assignment-acknowledged', 'report-suspended'],
    ['breached: acknowledge', 'breached: resolve', 'assignment-acknowledged', 'report-suspended'],
    ['assignment-acknowledged', 'report-suspended'],
  ],
  'resume by staff': [['report-resumed'], ['report-resumed'], ['report-resumed'], ['report-resumed']],
  'extend by staff': [
    ['extension-requested'],
    ['breached: acknowledge', 'extension-requested'],
    ['refused: clock-over'],
    ['refused: clock-over'],
  ],
  'grant by staff': [
    ['extension-granted'],
    ['breached: acknowledge', 'extension-granted'],
    ['refused: clock-over'],
    ['refused: clock-over'],
  ],
  'decline by staff': [
    ['extension-declined'],
    ['breached: acknowledge', 'extension-declined'],
    ['breached: acknowledge', 'breached: resolve', 'extension-declined'],
    ['extension-declined'],
  ],
  'prioritise by staff': [
    ['priority-changed'],
    ['breached: acknowledge', 'priority-changed'],
    ['breached: acknowledge', 'breached: resolve', 'priority-changed'],
    ['priority-changed'],
  ],
  'apply-policy by staff': [
    ['policy-applied'],
    ['breached: acknowledge', 'policy-applied'],
    ['breached: acknowledge', 'breached: resolve', 'policy-applied'],
    ['policy-applied'],
  ],
  'support by staff': [
    ['support-requested'],
    ['breached: acknowledge', 'support-requested'],
    ['breached: acknowledge', 'breached: resolve', 'support-requested'],
    ['support-requested'],
  ],
  'close by staff': [['report-closed'], ['report-closed'], ['report-closed'], ['report-closed']],
  'follow-up by staff': [
    ['follow-up-recorded'],
    ['follow-up-recorded'],
    ['follow-up-recorded'],
    ['follow-up-recorded'],
  ],
  'follow-up by staff, to be done again': [
    ['follow-up-recorded', 'report-reopened', 'report-assigned'],
    ['follow-up-recorded', 'report-reopened', 'report-assigned'],
    ['follow-up-recorded', 'report-reopened', 'report-assigned'],
    ['follow-up-recorded', 'report-reopened', 'report-assigned'],
  ],
  'blur-photo by staff': [['photo-blurred'], ['photo-blurred'], ['photo-blurred'], ['photo-blurred']],
  'record-photos by system': [
    ['photos-processed'],
    ['photos-processed'],
    ['photos-processed'],
    ['photos-processed'],
  ],
  'record-photos by system, of a blurred photo': [
    ['photos-processed'],
    ['photos-processed'],
    ['photos-processed'],
    ['photos-processed'],
  ],
  'join by system': [['duplicate-joined'], ['duplicate-joined'], ['duplicate-joined'], ['duplicate-joined']],
  'record-support by system': [
    ['support-acknowledged'],
    ['support-acknowledged'],
    ['support-acknowledged'],
    ['support-acknowledged'],
  ],
  'end-support by system': [
    ['report-withdrawn'],
    ['breached: acknowledge', 'report-withdrawn'],
    ['breached: acknowledge', 'breached: resolve', 'report-withdrawn'],
    ['report-withdrawn'],
  ],
  'fire-timers by system': [
    [],
    ['breached: acknowledge', 'climbed: acknowledge'],
    [
      'breached: acknowledge',
      'climbed: acknowledge',
      'climbed: acknowledge',
      'breached: resolve',
      'climbed: resolve',
      'climbed: resolve',
    ],
    ['climbed: resolve'],
  ],
};

/** Its clocks are stopped, or only the second runs. */
const others: [name: string, steps: Step[], minutes: number, command: AskedName, added: Added][] = [
  ['in progress, early', started(3), 119, 'transfer by staff', ['assignment-transferred', 'report-assigned']],
  [
    'in progress, at the due time',
    started(3),
    120,
    'transfer by staff',
    ['breached: resolve', 'assignment-transferred', 'report-assigned'],
  ],
  ['in progress, resolve', started(3), 121, 'resolve by staff', ['breached: resolve', 'report-resolved']],
  ['in progress, supervise', started(3), 121, 'supervise by staff', ['report-supervised']],
  ['taken up late, and nobody said so', started(45), 50, 'suspend by staff', ['report-suspended']],
  [
    'suspended, and transferred much later',
    [...started(3), [5, admin, { type: 'suspend', waitingFor: 'other', text: '等配件' }]],
    900,
    'transfer by staff',
    ['report-resumed', 'assignment-transferred', 'report-assigned'],
  ],
  [
    'the second promise falls due before the first',
    [...started(3), [110, admin, { type: 'assign', department: 'water' }]],
    180,
    'start by staff',
    ['breached: acknowledge', 'breached: resolve', 'assignment-acknowledged', 'work-started'],
  ],
  [
    'the second promise falls due before the first, timers',
    [...started(3), [110, admin, { type: 'assign', department: 'water' }]],
    171,
    'fire-timers by system',
    ['breached: resolve', 'climbed: resolve', 'breached: acknowledge'],
  ],
  [
    'suspended for something else, the resident writes',
    [...started(3), [5, admin, { type: 'suspend', waitingFor: 'other', text: '等配件' }]],
    50,
    'note by resident',
    ['note-added'],
  ],
  ['refused, and nothing is said', started(3), 180, 'extend by staff', ['refused: clock-over']],
];

function started(minutes: number): Step[] {
  const { submit, leak } = { submit: asked['submit by resident'], leak: asked['classify by system'] };
  return [
    [0, submit.actor, submit.command],
    [0, leak.actor, leak.command],
    [minutes, admin, { type: 'start' }],
  ];
}

function added(report: Report, name: AskedName, minutes: number): Added {
  const { actor, command } = asked[name];
  const decision = decided(report, command, { now: after(minutes), actor, city: rules.slower });
  if (!decision.ok) return [`refused: ${decision.refusal.kind}`];
  return decision.events.map((event) => {
    const type = event.type.replace('.v1', '');
    const words = type.replace('clock-breached', 'breached:').replace('clock-escalated', 'climbed:');
    return 'clock' in event.data && typeof event.data.clock === 'string'
      ? `${words} ${event.data.clock}`
      : words;
  });
}

describe('an unrecorded breach is recorded first', () => {
  it('is tested for every command and form of it', () => {
    expect(Object.keys(table).sort()).toEqual(Object.values(commandTypes).flat().sort());
  });

  it.each(Object.entries(table) as [AskedName, (typeof table)[AskedName]][])(
    '%s',
    (name, [at29, at60, at180, saidBefore]) => {
      const { situation } = asked[name];
      const report = (): Report => storyOf(situation).report;
      expect(added(report(), name, 29)).toEqual(at29);
      expect(added(report(), name, 60)).toEqual(at60);
      expect(added(report(), name, 180)).toEqual(at180);
      const story = storyOf(situation);
      story.give({ type: 'fire-timers' }, clerk, 179);
      expect(added(story.report, name, 180)).toEqual(saidBefore);
    },
  );

  it.each(others)('%s', (_name, steps, minutes, command, expectedEvents) => {
    expect(added(folded(played(steps)), command, minutes)).toEqual(expectedEvents);
  });

  it('is recorded completely, with the actor of the command', () => {
    const decision = decided(
      storyOf('assigned').report,
      { type: 'start' },
      { now: after(125), actor: admin, city },
    );
    expect(decision.ok && inMinutes(decision.events.slice(0, 2))).toEqual([
      {
        id: 'YT-261120-000017#4',
        type: 'clock-breached.v1',
        number: 'YT-261120-000017',
        sequence: 4,
        occurredAt: 125,
        actor: { kind: 'staff', username: 'admin', role: 'admin' },
        data: {
          department: 'property-kangning',
          area: 'tinglan-court',
          category: 'building.leak',
          clock: 'acknowledge',
          dueAt: 30,
          lateSeconds: 5700,
          remindAt: 485,
        },
      },
      {
        id: 'YT-261120-000017#5',
        type: 'clock-breached.v1',
        number: 'YT-261120-000017',
        sequence: 5,
        occurredAt: 125,
        actor: { kind: 'staff', username: 'admin', role: 'admin' },
        data: {
          department: 'property-kangning',
          area: 'tinglan-court',
          category: 'building.leak',
          clock: 'resolve',
          dueAt: 120,
          lateSeconds: 300,
          remindAt: 485,
        },
      },
    ]);
  });
});

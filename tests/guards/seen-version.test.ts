import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eventTypes } from '../support/report-domain.ts';
import { city } from '../support/city.ts';
import { admin, after, resident } from '../support/reports.ts';
import {
  asked,
  clerk,
  history,
  openPart,
  storyOf,
  type AskedName,
  type Situation,
} from './given-commands.ts';
import { decided, folded, type Actor, type Command, type Report, type ReportEvent } from './subject.ts';

/**
 * Whether an event changes the basis of decisions: `interrupts` refuses actors who have not seen it, `background` does
 * not.
 */
const table: Record<string, 'interrupts' | 'background'> = {
  'report-submitted.v1': 'interrupts',
  'report-classified.v1': 'interrupts',
  'report-triaged.v1': 'interrupts',
  'report-assigned.v1': 'interrupts',
  'assignment-acknowledged.v1': 'interrupts',
  'work-started.v1': 'interrupts',
  'assignment-returned.v1': 'interrupts',
  'assignment-transferred.v1': 'interrupts',
  'report-resolved.v1': 'interrupts',
  'note-added.v1': 'interrupts',
  'photos-processed.v1': 'background',
  'photo-blurred.v1': 'background',
  'report-rated.v1': 'interrupts',
  'report-reopened.v1': 'interrupts',
  'report-withdrawn.v1': 'interrupts',
  'report-rejected.v1': 'interrupts',
  'report-merged.v1': 'interrupts',
  'duplicate-joined.v1': 'background',
  'contact-revealed.v1': 'background',
  'link-renewed.v1': 'background',
  'link-revoked.v1': 'background',
  'personal-data-erased.v1': 'interrupts',
  'report-supervised.v1': 'interrupts',
  'alert-taken.v1': 'background',
  'clock-warned.v1': 'background',
  'clock-breached.v1': 'background',
  'clock-escalated.v1': 'background',
  'alert-reminded.v1': 'background',
  'report-suspended.v1': 'interrupts',
  'report-resumed.v1': 'interrupts',
  'extension-requested.v1': 'interrupts',
  'extension-granted.v1': 'interrupts',
  'extension-declined.v1': 'interrupts',
  'priority-changed.v1': 'interrupts',
  'policy-applied.v1': 'interrupts',
  'report-closed.v1': 'interrupts',
  'follow-up-recorded.v1': 'interrupts',
  'support-requested.v1': 'interrupts',
  'support-acknowledged.v1': 'background',
  'support-transferred.v1': 'interrupts',
  'support-answered.v1': 'interrupts',
  'support-cancelled.v1': 'interrupts',
};

/** The sample of a type as the next event of a history. */
function sample(type: string, sequence: number): ReportEvent {
  const text = readFileSync(new URL(`../../events/samples/report/${type}.json`, import.meta.url), 'utf8');
  const number = 'YT-261120-000017';
  return { ...(JSON.parse(text) as ReportEvent), number, sequence, id: `${number}#${sequence}` };
}

/** Allowed in every state, to everyone who asks here. */
const reveal: Command = { type: 'reveal', reason: '上门前联系' };

function ask(
  report: Report | undefined,
  command: Command,
  expectedVersion?: number,
  actor: Actor = admin,
  now = after(29),
): string {
  const decision = decided(report, command, { now, actor, city, expectedVersion });
  if (!decision.ok) return decision.refusal.kind;
  return decision.events.map(({ type }) => type).join(', ') || 'nothing';
}

describe('an actor who has not seen the latest event', () => {
  it('is tested for every event type', () => {
    expect(Object.keys(table).sort()).toEqual([...eventTypes].sort());
    expect(Object.keys(table)).toHaveLength(42);
  });

  const later = Object.entries(table).filter(([type]) => type !== 'report-submitted.v1');
  it.each(later)('%s: %s', (type, effect) => {
    const events = [...history('assigned'), sample(type, 4)];
    const report = folded(events);
    expect(report.version).toBe(4);
    expect(report.touched).toBe(effect === 'interrupts' ? 4 : 3);
    const decision = decided(
      report,
      { type: 'supervise', text: '请今天内办结' },
      {
        now: after(29),
        actor: admin,
        city,
        expectedVersion: 3,
      },
    );
    if (effect === 'interrupts')
      expect(decision).toEqual({ ok: false, refusal: { kind: 'stale-version', current: 4 } });
    else expect(decision.ok || decision.refusal.kind).not.toBe('stale-version');
  });

  it.each(later)('%s, seen: is not stale, whatever background events follow', (type, effect) => {
    const first = sample(type, 4);
    const report = folded([...history('assigned'), first, sample('contact-revealed.v1', 5)]);
    expect(report.touched).toBe(effect === 'interrupts' ? 4 : 3);
    const erased = type === 'personal-data-erased.v1';
    expect(ask(report, reveal, 4)).toBe(erased ? 'data-erased' : 'contact-revealed.v1');
    expect(ask(report, reveal, 5)).toBe(erased ? 'data-erased' : 'contact-revealed.v1');
    expect(ask(report, reveal, 3)).toBe(effect === 'interrupts' ? 'stale-version' : 'contact-revealed.v1');
    expect(ask(report, reveal, 2)).toBe('stale-version');
  });

  it('report-submitted.v1: makes earlier versions stale', () => {
    const report = storyOf('submitted').report;
    expect([report.version, report.touched]).toEqual([1, 1]);
    expect(ask(report, reveal, 0)).toBe('stale-version');
    expect(ask(report, reveal, 1)).toBe('contact-revealed.v1');
  });

  it.each([
    ['no version', undefined, 'contact-revealed.v1'],
    ['the version before', 2, 'stale-version'],
    ['the version that is', 3, 'contact-revealed.v1'],
    ['a version to come', 4, 'stale-version'],
    ['a version far ahead', 1000, 'stale-version'],
    ['version 0', 0, 'stale-version'],
    ['a negative version', -1, 'stale-version'],
  ])('with %s', (_name, version, expected) => {
    expect(ask(storyOf('assigned').report, reveal, version)).toBe(expected);
  });
});

const text = { text: '2026-11-20T01:29:00.000Z' };
const everything = { ...text, contact: text.text, photos: text.text };
const reject: Command = { type: 'reject', reason: '不在本区' };
const close: Command = { type: 'close' };
const support: Command = { type: 'support', departments: ['power'], request: '请协助' };
const reopen: Command = { type: 'reopen', reason: '还在漏' };
const merge: Command = { type: 'merge', into: 'YT-261120-00002E' };
const rate: Command = { type: 'rate', score: 5 };
const full = { version: 400, touched: 400 };
const overfull = { version: 500, touched: 500 };

/** In each situation two refusals or more apply; the first in this order is returned. */
const gates: [
  pair: string,
  situation: Situation | undefined,
  change: Partial<Report>,
  command: Command,
  actor: Actor,
  version: number | undefined,
  expected: string,
][] = [
  ['not-found before not-permitted', undefined, {}, reject, resident, undefined, 'not-found'],
  ['not-found before stale-version', undefined, {}, reject, admin, 7, 'not-found'],
  ['not-permitted before done', 'closed', {}, close, resident, undefined, 'not-permitted'],
  ['not-permitted before stale-version', 'assigned', {}, reject, resident, 1, 'not-permitted'],
  ['not-permitted before wrong-state', 'closed', {}, reject, resident, undefined, 'not-permitted'],
  ['not-permitted before history-full', 'assigned', overfull, reject, resident, undefined, 'not-permitted'],
  ['not-permitted before part-of-another', 'part', {}, support, resident, undefined, 'not-permitted'],
  [
    'not-permitted before data-erased',
    'closed',
    { erased: text },
    { type: 'follow-up', outcome: 'reopen', text: '还在漏' },
    resident,
    undefined,
    'not-permitted',
  ],
  [
    'not-permitted before same-department',
    'assigned',
    {},
    { type: 'transfer', department: 'property-kangning', reason: '归物业' },
    clerk,
    undefined,
    'not-permitted',
  ],
  ['done before stale-version', 'closed', {}, close, admin, 1, 'nothing'],
  ['done before wrong-state', 'in-progress', {}, { type: 'start' }, admin, undefined, 'nothing'],
  [
    'done before wrong-state: withdrawn twice',
    'part',
    { state: 'withdrawn', endedAt: after(5) },
    { type: 'end-support', reason: '不需要了' },
    clerk,
    undefined,
    'nothing',
  ],
  ['done before history-full', 'closed', overfull, close, admin, undefined, 'nothing'],
  [
    'done before part-of-another',
    'part',
    {},
    { type: 'support', departments: ['water'], request: '请协助' },
    admin,
    undefined,
    'nothing',
  ],
  ['done before data-erased', 'closed', { erased: everything }, close, admin, undefined, 'nothing'],
  ['done before clock-over', 'assigned', {}, { type: 'grant' }, admin, undefined, 'nothing'],
  [
    'done before rating-final',
    'closed',
    { rating: { score: 5, at: after(6), round: 0 } },
    rate,
    resident,
    undefined,
    'nothing',
  ],
  ['stale-version before wrong-state', 'closed', {}, reject, admin, 1, 'stale-version'],
  ['stale-version before history-full', 'assigned', overfull, reject, admin, 1, 'stale-version'],
  ['stale-version before part-of-another', 'part', {}, merge, admin, 1, 'stale-version'],
  ['stale-version before data-erased', 'resolved', { erased: text }, close, admin, 1, 'stale-version'],
  [
    'stale-version before merge-with-itself',
    'assigned',
    {},
    { type: 'merge', into: 'YT-261120-000017' },
    admin,
    1,
    'stale-version',
  ],
  ['wrong-state before history-full', 'closed', overfull, reject, admin, undefined, 'wrong-state'],
  ['wrong-state before part-of-another', 'part', {}, reopen, admin, undefined, 'wrong-state'],
  [
    'wrong-state before data-erased',
    'closed',
    { state: 'rejected', erased: text },
    close,
    admin,
    undefined,
    'wrong-state',
  ],
  [
    'wrong-state before unknown-department',
    'closed',
    {},
    { type: 'transfer', department: 'nobody', reason: '归别人' },
    admin,
    undefined,
    'wrong-state',
  ],
  ['history-full before part-of-another', 'part', full, support, admin, undefined, 'history-full'],
  [
    'history-full before data-erased',
    'resolved',
    { ...overfull, erased: text },
    close,
    admin,
    undefined,
    'history-full',
  ],
  [
    'history-full before unknown-department',
    'assigned',
    full,
    { type: 'transfer', department: 'nobody', reason: '归别人' },
    admin,
    undefined,
    'history-full',
  ],
  [
    'history-full before merge-with-itself',
    'assigned',
    overfull,
    { type: 'merge', into: 'YT-261120-000017' },
    admin,
    undefined,
    'history-full',
  ],
  [
    'part-of-another before data-erased',
    'part-resolved',
    { erased: text },
    reopen,
    admin,
    undefined,
    'part-of-another',
  ],
  [
    'part-of-another before merge-with-itself',
    'part',
    {},
    { type: 'merge', into: 'YT-261120-000017-1' },
    admin,
    undefined,
    'part-of-another',
  ],
  [
    'part-of-another before unknown-department: support',
    'part',
    {},
    { type: 'support', departments: ['nobody'], request: '请协助' },
    admin,
    undefined,
    'part-of-another',
  ],
  [
    'part-of-another before unknown-department: assign with support',
    'part',
    {},
    { type: 'assign', department: 'nobody', support: { departments: ['power'], request: '请协助' } },
    admin,
    undefined,
    'part-of-another',
  ],
  [
    'data-erased before rating-final',
    'closed',
    { erased: text, rating: { score: 1, at: after(6), round: 0 } },
    rate,
    resident,
    undefined,
    'data-erased',
  ],
  [
    'unknown-department before unknown-category',
    'assigned',
    {},
    { type: 'assign', department: 'nobody', category: 'nothing' },
    admin,
    undefined,
    'unknown-department',
  ],
  [
    'clock-over before extension-too-long',
    'in-progress',
    { clocks: {} },
    { type: 'extend', amount: 9999, reason: '等配件' },
    admin,
    undefined,
    'clock-over',
  ],
  [
    'done before unknown-category: submit again',
    'assigned',
    {},
    {
      type: 'submit',
      number: 'YT-261120-000017',
      description: '漏水',
      category: 'nothing',
      location: { area: 'tinglan-court', path: ['yunting'] },
      photos: [],
      locale: 'zh',
      source: 'resident',
    },
    clerk,
    undefined,
    'nothing',
  ],
  ['done before not-permitted: a part opened again', 'part', {}, openPart, resident, undefined, 'nothing'],
  [
    'not-permitted before unknown-department: a part',
    undefined,
    {},
    { ...openPart, department: 'nobody' } as Command,
    resident,
    undefined,
    'not-permitted',
  ],
  [
    'unknown-department: a part',
    undefined,
    {},
    { ...openPart, department: 'nobody' } as Command,
    clerk,
    undefined,
    'unknown-department',
  ],
];

/** Each refusal when no other applies. */
const alone: [
  situation: Situation,
  change: Partial<Report>,
  command: Command,
  actor: Actor,
  refusal: unknown,
][] = [
  [
    'closed',
    {},
    reject,
    admin,
    {
      kind: 'wrong-state',
      command: 'reject',
      state: 'closed',
      allowed: ['submitted', 'triage', 'assigned', 'in-progress', 'suspended'],
    },
  ],
  ['assigned', {}, reject, resident, { kind: 'not-permitted', command: 'reject' }],
  ['assigned', full, { type: 'start' }, admin, { kind: 'history-full' }],
  ['part', {}, support, admin, { kind: 'part-of-another', parent: 'YT-261120-000017' }],
  ['part', {}, merge, admin, { kind: 'part-of-another', parent: 'YT-261120-000017' }],
  [
    'part',
    {},
    { type: 'join', number: 'YT-261120-00002E', followers: [] },
    clerk,
    { kind: 'part-of-another', parent: 'YT-261120-000017' },
  ],
  [
    'part',
    {},
    { type: 'revoke-link', reason: '链接外传' },
    admin,
    { kind: 'part-of-another', parent: 'YT-261120-000017' },
  ],
  ['part-resolved', {}, reopen, admin, { kind: 'part-of-another', parent: 'YT-261120-000017' }],
  [
    'part',
    {},
    { type: 'assign', department: 'power', support: { departments: ['gas'], request: '请协助' } },
    admin,
    { kind: 'part-of-another', parent: 'YT-261120-000017' },
  ],
  [
    'assigned',
    {},
    { type: 'transfer', department: 'nobody', reason: '归别人' },
    admin,
    { kind: 'unknown-department', department: 'nobody' },
  ],
  [
    'assigned',
    {},
    { type: 'support', departments: ['water', 'nobody'], request: '请协助' },
    admin,
    { kind: 'unknown-department', department: 'nobody' },
  ],
  [
    'assigned',
    {},
    { type: 'assign', department: 'water', support: { departments: ['nobody'], request: '请协助' } },
    admin,
    { kind: 'unknown-department', department: 'nobody' },
  ],
  [
    'assigned',
    {},
    { type: 'classify', category: 'nothing' },
    admin,
    { kind: 'unknown-category', category: 'nothing' },
  ],
  [
    'assigned',
    {},
    { type: 'assign', department: 'water', category: 'nothing' },
    admin,
    { kind: 'unknown-category', category: 'nothing' },
  ],
  [
    'assigned',
    {},
    { type: 'transfer', department: 'property-kangning', reason: '归物业' },
    admin,
    { kind: 'same-department', department: 'property-kangning' },
  ],
  [
    'assigned',
    { department: 'grid-liuan' },
    { type: 'return', reason: '不归我们管' },
    admin,
    { kind: 'same-department', department: 'grid-liuan' },
  ],
  ['assigned', {}, { type: 'merge', into: 'YT-261120-000017' }, admin, { kind: 'merge-with-itself' }],
  [
    'assigned',
    {},
    { type: 'join', number: 'YT-261120-000017', followers: ['YT-261120-00002E'] },
    clerk,
    { kind: 'merge-with-itself' },
  ],
  [
    'supported',
    {},
    { type: 'resolve', text: '已修好', photos: [] },
    admin,
    { kind: 'support-open', parts: ['YT-261120-000017-1'] },
  ],
  [
    'assigned',
    {},
    { type: 'extend', amount: 5, reason: '等配件' },
    admin,
    { kind: 'extension-too-long', left: 4 },
  ],
  ['closed', { rating: { score: 1, at: after(6), round: 0 } }, rate, resident, { kind: 'rating-final' }],
  [
    'assigned',
    {},
    { type: 'blur-photo', photo: 'p1', regions: [{ x: 0, y: 0, width: 1, height: 1 }] },
    admin,
    { kind: 'unknown-photo', photo: 'p1' },
  ],
  [
    'photo-ready',
    {},
    { type: 'blur-photo', photo: 'p9', regions: [{ x: 0, y: 0, width: 1, height: 1 }] },
    admin,
    { kind: 'unknown-photo', photo: 'p9' },
  ],
];

const erasedTime = '2026-11-20T01:29:00.000Z';
const [note, rateAgain] = [{ type: 'note', text: '还在漏', photos: [], audience: 'everyone' } as const, rate];
const followUp: Command = { type: 'follow-up', outcome: 'satisfied', text: '已满意' };

/** What has been erased, and whether a command can do without it. */
const erasures: [
  command: Command,
  actor: Actor,
  situation: Situation,
  contact: string,
  text: string,
  photos: string,
][] = [
  [reveal, admin, 'closed', 'data-erased', 'contact-revealed.v1', 'contact-revealed.v1'],
  [note, resident, 'resolved', 'note-added.v1', 'data-erased', 'note-added.v1'],
  [rateAgain, resident, 'closed', 'report-rated.v1', 'data-erased', 'report-rated.v1'],
  [
    reopen,
    resident,
    'closed',
    'report-reopened.v1, report-assigned.v1',
    'data-erased',
    'report-reopened.v1, report-assigned.v1',
  ],
  [close, admin, 'resolved', 'report-closed.v1', 'data-erased', 'report-closed.v1'],
  [followUp, admin, 'unhappy', 'follow-up-recorded.v1', 'data-erased', 'follow-up-recorded.v1'],
  [
    { type: 'revoke-link', reason: '链接外传' },
    admin,
    'closed',
    'link-revoked.v1',
    'link-revoked.v1',
    'link-revoked.v1',
  ],
  [{ type: 'renew-link' }, resident, 'closed', 'link-renewed.v1', 'link-renewed.v1', 'link-renewed.v1'],
  [{ type: 'take-alert' }, admin, 'unhappy', 'alert-taken.v1', 'alert-taken.v1', 'alert-taken.v1'],
  [
    { type: 'join', number: 'YT-261120-00002E', followers: [] },
    clerk,
    'closed',
    'duplicate-joined.v1',
    'duplicate-joined.v1',
    'duplicate-joined.v1',
  ],
  [
    { type: 'erase' },
    resident,
    'closed',
    'personal-data-erased.v1',
    'personal-data-erased.v1',
    'personal-data-erased.v1',
  ],
];

describe('the order of refusals', () => {
  it.each(gates)('%s', (_pair, situation, change, command, actor, version, expected) => {
    const report = situation && { ...storyOf(situation).report, ...change };
    expect(ask(report, command, version, actor)).toBe(expected);
  });

  it.each(alone)('%s: each refusal alone, with its details', (situation, change, command, actor, refusal) => {
    const report = { ...storyOf(situation).report, ...change };
    expect(decided(report, command, { now: after(29), actor, city })).toEqual({ ok: false, refusal });
  });

  it.each(erasures)('%o after an erasure', (command, actor, situation, contact, words, photos) => {
    const report = storyOf(situation).report;
    expect(ask({ ...report, erased: { contact: erasedTime } }, command, undefined, actor)).toBe(contact);
    expect(ask({ ...report, erased: { text: erasedTime } }, command, undefined, actor)).toBe(words);
    expect(ask({ ...report, erased: { photos: erasedTime } }, command, undefined, actor)).toBe(photos);
  });
});

describe('the time of an event', () => {
  it.each([
    ['before the last event', '2026-11-20T00:00:00.000Z', '2026-11-20T01:03:00.000Z'],
    ['a millisecond before it', '2026-11-20T01:02:59.999Z', '2026-11-20T01:03:00.000Z'],
    ['at it', '2026-11-20T01:03:00.000Z', '2026-11-20T01:03:00.000Z'],
    ['after it', '2026-11-20T01:03:00.001Z', '2026-11-20T01:03:00.001Z'],
  ])('%s', (_name, now, expected) => {
    const report = storyOf('in-progress').report;
    expect(report.updatedAt).toBe('2026-11-20T01:03:00.000Z');
    const decision = decided(
      report,
      { type: 'resolve', text: '已修好', photos: [] },
      { now, actor: admin, city },
    );
    const [event] = decision.ok ? decision.events : [];
    expect(event?.occurredAt).toBe(expected);
    expect(event?.type === 'report-resolved.v1' && event.data.closeAt).toBe(
      expected.replace('2026-11-20', '2026-11-27'),
    );
  });

  it('fires no timer that is due after the earlier event', () => {
    const report = { ...storyOf('assigned').report, updatedAt: after(45) };
    expect(ask(report, { type: 'fire-timers' }, undefined, clerk, after(1))).toBe('clock-breached.v1');
  });
});

/** The result of the same command given again at once. */
const twice: Record<AskedName, string> = {
  'submit by resident': 'nothing',
  'open-support by system': 'nothing',
  'note by resident': 'note-added',
  'note by resident, the answer waited for': 'note-added',
  'note by staff': 'note-added',
  'withdraw by resident': 'nothing',
  'rate by resident': 'nothing',
  'reopen by resident': 'wrong-state',
  'reopen by staff': 'wrong-state',
  'renew-link by resident': 'link-renewed',
  'erase by resident': 'nothing',
  'erase by staff': 'nothing',
  'erase by system': 'nothing',
  'acknowledge by staff': 'nothing',
  'start by staff': 'nothing',
  'return by staff': 'wrong-state',
  'transfer by staff': 'same-department',
  'resolve by staff': 'nothing',
  'classify by staff': 'nothing',
  'classify by system': 'nothing',
  'assign by staff': 'nothing',
  'reject by staff': 'wrong-state',
  'merge by staff': 'nothing',
  'merge by system': 'nothing',
  'reveal by staff': 'contact-revealed',
  'reveal by system': 'contact-revealed',
  'revoke-link by staff': 'link-revoked',
  'supervise by staff': 'report-supervised',
  'take-alert by staff': 'nothing',
  'suspend by staff': 'nothing',
  'resume by staff': 'nothing',
  'extend by staff': 'nothing',
  'grant by staff': 'nothing',
  'decline by staff': 'nothing',
  'prioritise by staff': 'nothing',
  'apply-policy by staff': 'nothing',
  'support by staff': 'nothing',
  'close by staff': 'nothing',
  'follow-up by staff': 'nothing',
  'follow-up by staff, to be done again': 'wrong-state',
  'blur-photo by staff': 'nothing',
  'record-photos by system': 'nothing',
  'record-photos by system, of a blurred photo': 'nothing',
  'join by system': 'nothing',
  'record-support by system': 'nothing',
  'end-support by system': 'nothing',
  'fire-timers by system': 'nothing',
};

/** Commands whose effect is there already, whatever caused it. */
const already: [situation: Situation, change: Partial<Report>, command: Command][] = [
  ['assigned', {}, { type: 'grant' }],
  ['assigned', {}, { type: 'decline', reason: '不需要' }],
  ['in-progress', {}, { type: 'start' }],
  ['in-progress', {}, { type: 'acknowledge' }],
  ['in-progress', {}, { type: 'resume' }],
  ['assigned', {}, { type: 'resume' }],
  ['resolved', {}, { type: 'apply-policy' }],
  ['submitted', {}, { type: 'apply-policy' }],
  ['closed', {}, { type: 'follow-up', outcome: 'satisfied', text: '已满意' }],
  ['assigned', {}, { type: 'take-alert' }],
  ['assigned', {}, { type: 'assign', department: 'property-kangning' }],
  ['assigned', {}, { type: 'classify', category: 'building.leak' }],
  ['supported', {}, { type: 'support', departments: ['water', 'property-kangning'], request: '请协助' }],
];

describe('the second of two identical messages', () => {
  it.each(Object.entries(twice) as [AskedName, string][])('%s: %s', (name, expected) => {
    const { actor, situation, command } = asked[name];
    const story = storyOf(situation);
    expect(story.give(command, actor, 29)).toBe(undefined);
    expect(ask(story.report, command, undefined, actor).replaceAll('.v1', '')).toBe(expected);
  });

  it.each(already)('%s %o %o: adds no events', (situation, change, command) => {
    const report = { ...storyOf(situation).report, ...change };
    expect(ask(report, command)).toBe('nothing');
    // However full its history is, and whatever its asker has seen.
    expect(ask({ ...report, version: 500, storedBytes: 340_000 }, command, 1)).toBe('nothing');
  });

  const news: Command = { ...asked['record-support by system'].command, state: 'resolved', text: '已关阀' };
  it.each<[string, Situation, Partial<Report>, Command]>([
    [
      'news of a part that came late',
      'supported',
      { support: [{ number: 'YT-261120-000017-1', department: 'water', state: 'acknowledged', version: 4 }] },
      news,
    ],
    [
      'news of a part that was heard',
      'supported',
      { support: [{ number: 'YT-261120-000017-1', department: 'water', state: 'acknowledged', version: 3 }] },
      news,
    ],
    [
      'news of a part that is not needed',
      'supported',
      { support: [{ number: 'YT-261120-000017-1', department: 'water', state: 'cancelled', version: 0 }] },
      news,
    ],
    ['news of no part', 'assigned', {}, news],
    ['all joined before', 'assigned', { duplicates: ['YT-261120-00002E'] }, asked['join by system'].command],
    ['nothing is due', 'assigned', { clocks: {} }, { type: 'fire-timers' }],
  ])('%s: nothing', (_name, situation, change, command) => {
    const report = { ...storyOf(situation).report, ...change };
    expect(ask(report, command, undefined, clerk)).toBe('nothing');
    expect(ask({ ...report, version: 500, storedBytes: 340_000 }, command, 1, clerk)).toBe('nothing');
  });
});

import { describe, expect, it } from 'vitest';
import { admin, leak, resident, submit, system } from '../support/reports.ts';
import { productCommandTypes } from './listed.ts';
import {
  historyOf,
  lead,
  now,
  openSupport,
  other,
  outcomeOf,
  part,
  type SituationName,
} from './situations.ts';
import type { Actor, Command, ReportEvent } from './subject.ts';

const joint = system('joint');
const merging = system('merge');
const photos = system('photos');
const sweep = system('sweep');
const later = 'YT-261120-00004G';
const region = { x: 0.25, y: 0.1, width: 0.2, height: 0.3 };
const blur = (width: number, ...more: (typeof region)[]): Command => ({
  type: 'blur-photo',
  photo: 'p1',
  regions: [{ ...region, width }, ...more],
});
const photo = (id: string) => ({ id, contentType: 'image/jpeg', size: 1000 });
const processed = (id: string, blurred?: number): Command => ({
  type: 'record-photos',
  photos: [{ id, status: 'ready', ...(blurred !== undefined && { blurred }) }],
});
type News = Extract<Command, { type: 'record-support' }>;
const news = (partVersion: number, state: News['state'], department = 'power', of = part): News => ({
  type: 'record-support',
  part: of,
  partVersion,
  department,
  state,
  text: '配电箱已复位',
});
const support = (...departments: string[]): Command => ({ type: 'support', departments, request: '请到场' });
const assign = (
  department: string,
  category?: string,
  ...departments: string[]
): Extract<Command, { type: 'assign' }> => ({
  type: 'assign',
  department,
  ...(category !== undefined && { category }),
  ...(departments.length > 0 && { support: { departments, request: '请到场' } }),
});
const suspend = (waitingFor: 'resident' | 'other', text: string): Command => ({
  type: 'suspend',
  waitingFor,
  text,
});
const extend = (amount: number, reason: string): Command => ({ type: 'extend', amount, reason });
const rate = (score: number, comment?: string): Command => ({
  type: 'rate',
  score,
  ...(comment !== undefined && { comment }),
});
const resolve = (text: string): Command => ({ type: 'resolve', text, photos: [photo('r1')] });
const followUp = (outcome: 'satisfied' | 'unreachable' | 'reopen', text = '电话回访'): Command => ({
  type: 'follow-up',
  outcome,
  text,
});
const prioritise = (priority: 'urgent' | 'high' | 'normal', reason = '有老人'): Command => ({
  type: 'prioritise',
  priority,
  reason,
});
const join = (number: string, ...followers: string[]): Command => ({ type: 'join', number, followers });

/**
 * A command given twice; the first adds events. `done`: the second adds none, whatever version its sender has seen.
 * `unchanged`: it adds none, but its sender has to have seen the latest. `again`: it adds events of the same types.
 * Anything else is the kind of the refusal.
 */
type Twice = readonly [situation: SituationName, command: Command, actor: Actor, second: string];
const twice: Twice[] = [
  ['no report', submit, resident, 'done'],
  ['no report', openSupport, joint, 'done'],
  ['submitted', leak, system('classify'), 'done'],
  ['submitted', { ...leak, confidence: 0.1 }, system('classify'), 'done'],
  ['assigned', { type: 'classify', category: 'utility.water' }, admin, 'done'],
  ['triage', { type: 'classify', category: 'building.leak' }, admin, 'done'],
  ['suspended at work, waiting for something else', assign('property-kangning'), admin, 'done'],
  ['triage', assign('property-kangning', 'building.leak'), admin, 'done'],
  ['assigned', assign('water'), admin, 'done'],
  ['in progress', assign('water', 'utility.water', 'fire', 'power'), admin, 'done'],
  ['assigned', { type: 'acknowledge' }, admin, 'done'],
  ['assigned', { type: 'start' }, admin, 'done'],
  ['in progress', { type: 'return', reason: '不归我们管' }, admin, 'wrong-state'],
  ['in progress', { type: 'transfer', department: 'water', reason: '市政管道' }, admin, 'same-department'],
  ['in progress', suspend('resident', '请补充楼层'), admin, 'done'],
  ['in progress', suspend('other', '等配件到货'), admin, 'done'],
  ['suspended, waiting for the resident', { type: 'resume' }, admin, 'done'],
  ['suspended at work, waiting for something else', { type: 'resume' }, admin, 'done'],
  ['in progress', extend(1, '配件要等'), admin, 'done'],
  ['assigned, with more time asked for', { type: 'grant' }, admin, 'done'],
  ['assigned, with more time asked for', { type: 'decline', reason: '不必' }, admin, 'done'],
  ['in progress', prioritise('high'), admin, 'done'],
  ['in progress', prioritise('urgent'), admin, 'done'],
  ['part, assigned', { type: 'apply-policy' }, admin, 'unchanged'],
  ['in progress', support('fire'), admin, 'done'],
  ['in progress', support('fire', 'power'), admin, 'done'],
  ['in progress', resolve('已换阀门'), admin, 'done'],
  ['in progress', { type: 'reject', reason: '重复上报' }, admin, 'wrong-state'],
  ['in progress', { type: 'merge', into: other }, admin, 'done'],
  ['in progress', { type: 'merge', into: other }, merging, 'done'],
  ['in progress', { type: 'note', text: '在路上', photos: [], audience: 'everyone' }, admin, 'again'],
  ['in progress', { type: 'note', text: '在路上', photos: [photo('n1')], audience: 'staff' }, admin, 'again'],
  ['resolved', { type: 'note', text: '谢谢', photos: [], audience: 'everyone' }, resident, 'again'],
  ['in progress', { type: 'reveal', reason: '上门前联系' }, admin, 'again'],
  ['in progress', { type: 'revoke-link', reason: '链接被转发' }, admin, 'again'],
  ['in progress', { type: 'renew-link' }, resident, 'again'],
  ['in progress, with a photo ready and blurred', blur(0.5), admin, 'done'],
  ['in progress', { type: 'erase' }, resident, 'done'],
  ['resolved', { type: 'erase' }, resident, 'done'],
  ['withdrawn', { type: 'erase' }, joint, 'done'],
  ['in progress', { type: 'supervise', text: '请今天内办结' }, admin, 'again'],
  ['in progress, overdue and known to be', { type: 'take-alert' }, admin, 'done'],
  ['in progress', { type: 'withdraw' }, resident, 'done'],
  ['submitted', { type: 'withdraw', reason: '已自行解决' }, resident, 'done'],
  ['resolved', rate(5), resident, 'done'],
  ['resolved', rate(1, '还在漏'), resident, 'done'],
  ['closed, rated low', rate(4), resident, 'done'],
  ['resolved', { type: 'reopen', reason: '还在漏' }, resident, 'wrong-state'],
  ['closed by staff', { type: 'reopen', reason: '还在漏' }, admin, 'wrong-state'],
  ['resolved', { type: 'close' }, admin, 'done'],
  ['resolved', { type: 'close', reason: '电话确认' }, admin, 'done'],
  ['closed, rated low', followUp('satisfied'), admin, 'done'],
  ['closed, rated low', followUp('unreachable'), admin, 'done'],
  ['closed, rated low', followUp('reopen'), admin, 'wrong-state'],
  ['in progress', processed('p1'), photos, 'done'],
  ['in progress, with a photo ready and blurred', processed('p1', 7), photos, 'done'],
  ['in progress', join(other), merging, 'done'],
  ['in progress', join(other, later), merging, 'done'],
  ['assigned, with support asked for', news(4, 'resolved'), joint, 'done'],
  ['assigned, with support asked for', news(4, 'ended'), joint, 'done'],
  ['assigned, with support asked for', news(4, 'asked', 'water'), joint, 'done'],
  ['part, assigned', { type: 'end-support', reason: '不必再等' }, joint, 'done'],
  ['assigned, overdue', { type: 'fire-timers' }, sweep, 'done'],
  ['submitted', { type: 'fire-timers' }, sweep, 'done'],
];

/**
 * A command after another, or after the situation alone. The answer is `done` or `unchanged` as above, the types of the added events, or
 * `refused: ` and why.
 */
type Miss = readonly [
  name: string,
  situation: SituationName,
  first: readonly [Command, Actor] | undefined,
  second: readonly [Command, Actor, minutes?: number],
  answer: string,
];
const misses: Miss[] = [
  // suspend: the text counts.
  [
    'suspend with another text',
    'in progress',
    [suspend('other', '等配件到货'), admin],
    [suspend('other', '等天气好转'), admin],
    'refused: wrong-state',
  ],
  [
    'suspend with the same text for somebody else',
    'in progress',
    [suspend('other', '等配件到货'), admin],
    [suspend('resident', '等配件到货'), admin],
    'done',
  ],
  [
    'suspend with the text of an earlier suspension',
    'suspended, waiting for the resident',
    [{ type: 'resume' }, admin],
    [suspend('resident', '等配件到货'), admin],
    'report-suspended',
  ],
  // resume: only what is held by a department is going on.
  ['resume in triage', 'triage', undefined, [{ type: 'resume' }, admin], 'refused: wrong-state'],
  ['resume what is resolved', 'resolved', undefined, [{ type: 'resume' }, admin], 'refused: wrong-state'],
  // acknowledge, start
  ['acknowledge after starting', 'in progress', undefined, [{ type: 'acknowledge' }, admin], 'done'],
  [
    'acknowledge after it went to another department',
    'assigned, acknowledged',
    [{ type: 'transfer', department: 'water', reason: '市政管道' }, admin],
    [{ type: 'acknowledge' }, admin],
    'assignment-acknowledged',
  ],
  [
    'acknowledge after reopening',
    'assigned again after reopening',
    undefined,
    [{ type: 'acknowledge' }, admin],
    'assignment-acknowledged',
  ],
  [
    'acknowledge after another category with the same department',
    'assigned, acknowledged',
    [assign('property-kangning', 'building.lighting'), admin],
    [{ type: 'acknowledge' }, admin],
    'done',
  ],
  ['acknowledge what is resolved', 'resolved', undefined, [{ type: 'acknowledge' }, admin], 'done'],
  [
    'start after it went to another department',
    'in progress',
    [{ type: 'transfer', department: 'water', reason: '市政管道' }, admin],
    [{ type: 'start' }, admin],
    'assignment-acknowledged + work-started',
  ],
  [
    'start what stands still',
    'suspended at work, waiting for something else',
    undefined,
    [{ type: 'start' }, admin],
    'refused: wrong-state',
  ],
  // extend: the amount and the reason count.
  [
    'extend by another amount',
    'in progress',
    [extend(1, '配件要等'), admin],
    [extend(2, '配件要等'), admin],
    'extension-requested',
  ],
  [
    'extend for another reason',
    'in progress',
    [extend(1, '配件要等'), admin],
    [extend(1, '人手不够'), admin],
    'extension-requested',
  ],
  [
    'extend as before, after it was granted',
    'assigned, with more time asked for',
    [{ type: 'grant' }, admin],
    [extend(1, '配件要等'), admin],
    'refused: extension-too-long',
  ],
  [
    'extend as before, after it was declined',
    'assigned, with more time asked for',
    [{ type: 'decline', reason: '不必' }, admin],
    [extend(1, '配件要等'), admin],
    'extension-requested',
  ],
  [
    'grant after another request',
    'in progress',
    [extend(2, '配件要等'), admin],
    [{ type: 'grant' }, admin],
    'extension-granted',
  ],
  [
    'decline after granting',
    'assigned, with more time asked for',
    [{ type: 'grant' }, admin],
    [{ type: 'decline', reason: '不必' }, admin],
    'done',
  ],
  [
    'grant after declining',
    'assigned, with more time asked for',
    [{ type: 'decline', reason: '不必' }, admin],
    [{ type: 'grant' }, admin],
    'done',
  ],
  [
    'decline after another request',
    'in progress',
    [extend(2, '配件要等'), admin],
    [{ type: 'decline', reason: '不必' }, admin],
    'extension-declined',
  ],
  // prioritise: the priority counts, and that a person set it.
  [
    'prioritise with another priority',
    'in progress, with the priority set',
    undefined,
    [prioritise('high'), admin],
    'priority-changed',
  ],
  [
    'prioritise the same for another reason',
    'in progress',
    [prioritise('high'), admin],
    [prioritise('high', '已断水'), admin],
    'done',
  ],
  [
    'prioritise as the category has it, when nobody set it',
    'in progress',
    undefined,
    [prioritise('urgent'), admin],
    'priority-changed',
  ],
  // apply-policy
  ['apply-policy to what is resolved', 'resolved', undefined, [{ type: 'apply-policy' }, admin], 'done'],
  ['apply-policy to what is withdrawn', 'withdrawn', undefined, [{ type: 'apply-policy' }, admin], 'done'],
  [
    'apply-policy to what ended before any department had it',
    'rejected before any department had it',
    undefined,
    [{ type: 'apply-policy' }, admin],
    'done',
  ],
  [
    'apply-policy before any department has it',
    'submitted',
    undefined,
    [{ type: 'apply-policy' }, admin],
    'done',
  ],
  [
    'apply-policy under the same rules',
    'in progress',
    undefined,
    [{ type: 'apply-policy' }, admin],
    'unchanged',
  ],
  [
    'apply-policy under the same rules, overdue and nobody said so',
    'assigned, overdue',
    undefined,
    [{ type: 'apply-policy' }, admin],
    'unchanged',
  ],
  // support: every department has to be asked already.
  [
    'support of one new department among those asked',
    'in progress',
    [support('fire', 'power'), admin],
    [support('fire', 'water', 'power'), admin],
    'support-requested',
  ],
  [
    'support of one of those asked, with another request',
    'in progress',
    [support('fire', 'power'), admin],
    [{ type: 'support', departments: ['power'], request: '请断电' }, admin],
    'done',
  ],
  [
    'support of the department that has the report',
    'in progress',
    undefined,
    [support('property-kangning'), admin],
    'done',
  ],
  [
    'support of a department that has answered',
    'assigned, with support asked for',
    [news(5, 'resolved'), joint],
    [support('power'), admin],
    'support-requested',
  ],
  [
    'support of a department that has taken it up',
    'assigned, with support asked for',
    undefined,
    [support('power'), admin],
    'done',
  ],
  [
    'support of those asked, after it was returned',
    'assigned, with support asked for',
    [{ type: 'return', reason: '不归我们管' }, admin],
    [support('power', 'grid-liuan'), admin],
    'done',
  ],
  [
    'support of those asked, after it was withdrawn',
    'withdrawn with support asked for',
    undefined,
    [support('power'), admin],
    'refused: wrong-state',
  ],
  [
    'support of its own department on a part',
    'part, in progress',
    undefined,
    [support('power'), admin],
    'done',
  ],
  // close, follow-up
  ['close what is rejected', 'rejected', undefined, [{ type: 'close' }, admin], 'refused: wrong-state'],
  [
    'close for another reason',
    'closed by staff',
    undefined,
    [{ type: 'close', reason: '另一个理由' }, admin],
    'done',
  ],
  ['close what is rated', 'closed, rated low', undefined, [{ type: 'close' }, admin], 'done'],
  [
    'follow-up with another outcome',
    'closed, rated low',
    [followUp('unreachable'), admin],
    [followUp('reopen'), admin],
    'done',
  ],
  [
    'follow-up with other words',
    'closed, rated low',
    [followUp('satisfied'), admin],
    [followUp('satisfied', '又打了一次'), admin],
    'done',
  ],
  [
    'follow-up after a better rating',
    'closed, rated low',
    [rate(5), resident],
    [followUp('satisfied'), admin],
    'done',
  ],
  [
    'follow-up after another low rating',
    'closed, rated low',
    [rate(2), resident],
    [followUp('satisfied'), admin],
    'follow-up-recorded',
  ],
  [
    'follow-up before a rating',
    'resolved',
    undefined,
    [followUp('satisfied'), admin],
    'refused: wrong-state',
  ],
  [
    'follow-up after the contact was erased',
    'closed, rated low',
    [{ type: 'erase' }, resident],
    [followUp('satisfied'), admin],
    'done',
  ],
  // end-support
  [
    'end-support for another reason',
    'part, withdrawn',
    undefined,
    [{ type: 'end-support', reason: '另一个理由' }, joint],
    'done',
  ],
  [
    'end-support of what is resolved',
    'part, resolved',
    undefined,
    [{ type: 'end-support', reason: '不必再等' }, joint],
    'done',
  ],
  [
    'end-support of what was returned',
    'part, triage',
    undefined,
    [{ type: 'end-support', reason: '不必再等' }, joint],
    'report-withdrawn',
  ],
  // record-support: only a higher version of a part that is waited for.
  [
    'record-support of a higher version',
    'assigned, with support asked for',
    undefined,
    [news(4, 'resolved'), joint],
    'support-answered',
  ],
  [
    'record-support of an equal version',
    'assigned, with support asked for',
    undefined,
    [news(3, 'resolved'), joint],
    'done',
  ],
  [
    'record-support of a lower version',
    'assigned, with support asked for',
    undefined,
    [news(2, 'resolved'), joint],
    'done',
  ],
  [
    'record-support of a higher version with no news',
    'assigned, with support asked for',
    undefined,
    [news(4, 'acknowledged'), joint],
    'unchanged',
  ],
  [
    'record-support of another part',
    'assigned, with support asked for',
    undefined,
    [news(1, 'acknowledged', 'grid-liuan', `${lead}-2`), joint],
    'support-acknowledged',
  ],
  [
    'record-support of an unknown part',
    'assigned, with support asked for',
    undefined,
    [news(9, 'resolved', 'fire', `${lead}-3`), joint],
    'done',
  ],
  [
    'record-support of a cancelled part',
    'withdrawn with support asked for',
    undefined,
    [news(9, 'resolved'), joint],
    'done',
  ],
  [
    'record-support of a part that was resolved and is done again',
    'assigned, with support asked for',
    [news(4, 'resolved'), joint],
    [news(6, 'ended'), joint],
    'support-answered',
  ],
  [
    'record-support of a part that another department does',
    'assigned, with support asked for',
    [news(4, 'acknowledged', 'water'), joint],
    [news(5, 'acknowledged', 'power'), joint],
    'support-transferred + support-acknowledged',
  ],
  // classify: the system once; a person by category and the department that it leads to.
  [
    'classify by the system, otherwise',
    'submitted',
    [leak, system('classify')],
    [{ ...leak, category: 'utility.water' }, system('classify')],
    'done',
  ],
  [
    'classify by the system, after a person',
    'submitted',
    [{ type: 'classify', category: 'utility.water' }, admin],
    [leak, system('classify')],
    'done',
  ],
  [
    'classify by the system, after nobody did in time',
    'submitted',
    [{ type: 'fire-timers' }, sweep],
    [leak, system('classify')],
    'done',
  ],
  [
    'classify by the system what is withdrawn',
    'submitted',
    [{ type: 'withdraw' }, resident],
    [leak, system('classify')],
    'done',
  ],
  [
    'classify as the same',
    'in progress',
    undefined,
    [{ type: 'classify', category: 'building.leak' }, admin],
    'done',
  ],
  [
    'classify as another',
    'in progress',
    undefined,
    [{ type: 'classify', category: 'building.lighting' }, admin],
    'report-classified + report-assigned',
  ],
  [
    'classify as the same, where another department has it',
    'in progress',
    [assign('water'), admin],
    [{ type: 'classify', category: 'building.leak' }, admin],
    'report-classified + report-assigned',
  ],
  [
    'classify as the same what stands still',
    'suspended, waiting for the resident',
    undefined,
    [{ type: 'classify', category: 'building.leak' }, admin],
    'report-resumed + report-classified + report-assigned',
  ],
  [
    'classify as the same what is resolved',
    'resolved',
    undefined,
    [{ type: 'classify', category: 'building.leak' }, admin],
    'refused: wrong-state',
  ],
  // assign: the department, the category and every supporting department count.
  [
    'assign to the one that has it, with its category',
    'in progress',
    undefined,
    [assign('property-kangning', 'building.leak'), admin],
    'done',
  ],
  [
    'assign with another category',
    'in progress',
    undefined,
    [assign('property-kangning', 'building.lighting'), admin],
    'report-classified + report-assigned',
  ],
  [
    'assign to another',
    'in progress',
    undefined,
    [assign('water', 'building.leak'), admin],
    'report-assigned',
  ],
  [
    'assign with a new supporting department',
    'assigned, with support asked for',
    undefined,
    [assign('property-kangning', 'building.leak', 'power', 'fire'), admin],
    'report-assigned + support-requested',
  ],
  [
    'assign with supporting departments that are asked',
    'assigned, with support asked for',
    undefined,
    [assign('property-kangning', 'building.leak', 'power', 'grid-liuan'), admin],
    'done',
  ],
  [
    'assign with a supporting department that has answered',
    'assigned, with support asked for',
    [news(5, 'resolved'), joint],
    [assign('property-kangning', 'building.leak', 'power'), admin],
    'report-assigned + support-requested',
  ],
  // take-alert
  [
    'take-alert after the next one',
    'in progress, overdue and known to be',
    [{ type: 'take-alert' }, admin],
    [{ type: 'fire-timers' }, sweep],
    'clock-escalated + clock-escalated',
  ],
  ['take-alert with no alert', 'in progress', undefined, [{ type: 'take-alert' }, admin], 'done'],
  // join: everyone has to follow already.
  [
    'join with one new follower',
    'in progress, with a follower',
    undefined,
    [join(other, later), merging],
    'duplicate-joined',
  ],
  [
    'join of another',
    'in progress, with a follower',
    undefined,
    [join(later, other), merging],
    'duplicate-joined',
  ],
  ['join of one that follows', 'in progress', [join(later, other), merging], [join(other), merging], 'done'],
  [
    'join again after it was withdrawn',
    'in progress, with a follower',
    [{ type: 'withdraw' }, resident],
    [join(other), merging],
    'done',
  ],
  [
    'join of another after it was withdrawn',
    'in progress, with a follower',
    [{ type: 'withdraw' }, resident],
    [join(later), merging],
    'refused: wrong-state',
  ],
  // merge, withdraw, reject
  [
    'merge into another',
    'merged',
    undefined,
    [{ type: 'merge', into: later }, admin],
    'refused: wrong-state',
  ],
  [
    'withdraw for another reason',
    'withdrawn',
    undefined,
    [{ type: 'withdraw', reason: '另一个理由' }, resident],
    'done',
  ],
  [
    'withdraw what is rejected',
    'rejected',
    undefined,
    [{ type: 'withdraw' }, resident],
    'refused: wrong-state',
  ],
  [
    'withdraw what is resolved',
    'resolved',
    undefined,
    [{ type: 'withdraw' }, resident],
    'refused: wrong-state',
  ],
  // resolve: the text counts.
  [
    'resolve with another text',
    'in progress',
    [resolve('已换阀门'), admin],
    [resolve('已换水管'), admin],
    'refused: wrong-state',
  ],
  [
    'resolve with the same text and other photos',
    'in progress',
    [resolve('已换阀门'), admin],
    [{ type: 'resolve', text: '已换阀门', photos: [photo('r2')] }, admin],
    'done',
  ],
  [
    'resolve with the same text, after it was rated',
    'closed, rated low',
    undefined,
    [resolve('已更换水管'), admin],
    'refused: wrong-state',
  ],
  [
    'resolve with the same text, after reopening',
    'assigned again after reopening',
    undefined,
    [{ type: 'resolve', text: '已更换水管', photos: [] }, admin],
    'assignment-acknowledged + report-resolved',
  ],
  // rate: the score, the comment and the round count.
  [
    'rate with another score',
    'resolved',
    [rate(4, '谢谢'), resident],
    [rate(5, '谢谢'), resident],
    'report-rated',
  ],
  [
    'rate with another comment',
    'resolved',
    [rate(4, '谢谢'), resident],
    [rate(4, '多谢'), resident],
    'report-rated',
  ],
  ['rate with no comment', 'resolved', [rate(4, '谢谢'), resident], [rate(4), resident], 'report-rated'],
  [
    'rate the same, when it is final',
    'closed, rated low',
    undefined,
    [rate(1, '还有点渗'), resident, 3000],
    'done',
  ],
  [
    'rate otherwise, when it is final',
    'closed, rated low',
    undefined,
    [rate(2), resident, 3000],
    'refused: rating-final',
  ],
  [
    'rate the same, after another resolution',
    'closed, rated low',
    [{ type: 'reopen', reason: '还在漏' }, resident],
    [rate(1, '还有点渗'), resident],
    'refused: wrong-state',
  ],
  // record-photos: one of them has to be waited for.
  [
    'record-photos of one that is done and one that is not',
    'resolved',
    [{ type: 'note', text: '再发一张', photos: [photo('n1')], audience: 'everyone' }, resident],
    [
      {
        type: 'record-photos',
        photos: [
          { id: 'p1', status: 'ready' },
          { id: 'n1', status: 'ready' },
        ],
      },
      photos,
    ],
    'photos-processed',
  ],
  [
    'record-photos of another photo',
    'in progress',
    [{ type: 'note', text: '再发一张', photos: [photo('n1')], audience: 'everyone' }, resident],
    [processed('n1'), photos],
    'photos-processed',
  ],
  ['record-photos of an unknown photo', 'in progress', undefined, [processed('p9'), photos], 'done'],
  [
    'record-photos otherwise, of one that is done',
    'in progress',
    [processed('p1'), photos],
    [{ type: 'record-photos', photos: [{ id: 'p1', status: 'unreadable' }] }, photos],
    'done',
  ],
  [
    'record-photos blurred as was asked',
    'in progress, with a photo ready and blurred',
    undefined,
    [processed('p1', 7), photos],
    'photos-processed',
  ],
  [
    'record-photos blurred as was asked before',
    'in progress, with a photo ready and blurred',
    [blur(0.5), admin],
    [processed('p1', 7), photos],
    'done',
  ],
  [
    'record-photos blurred as was asked last',
    'in progress, with a photo ready and blurred',
    [blur(0.5), admin],
    [processed('p1', 8), photos],
    'photos-processed',
  ],
  // blur-photo: the photo and the regions count.
  [
    'blur-photo with the same regions',
    'in progress, with a photo ready and blurred',
    undefined,
    [blur(0.2), admin],
    'done',
  ],
  [
    'blur-photo with another region',
    'in progress, with a photo ready and blurred',
    undefined,
    [blur(0.21), admin],
    'photo-blurred',
  ],
  [
    'blur-photo with one region more',
    'in progress, with a photo ready and blurred',
    undefined,
    [blur(0.2, { x: 0, y: 0, width: 0.1, height: 0.1 }), admin],
    'photo-blurred',
  ],
  [
    'blur-photo with the regions of an earlier time',
    'in progress, with a photo ready and blurred',
    [blur(0.5), admin],
    [blur(0.2), admin],
    'photo-blurred',
  ],
  [
    'blur-photo of another photo with the same regions',
    'in progress, with a photo ready and blurred',
    [{ type: 'note', text: '再发一张', photos: [photo('n1')], audience: 'everyone' }, resident],
    [{ type: 'blur-photo', photo: 'n1', regions: [region] }, admin],
    'refused: unknown-photo',
  ],
  [
    'blur-photo of a photo that is not ready',
    'in progress',
    undefined,
    [blur(0.2), admin],
    'refused: unknown-photo',
  ],
  // erase: of an open report the contact, once; of an ended one what is left.
  [
    'erase after everything was erased',
    'resolved, everything erased',
    undefined,
    [{ type: 'erase' }, admin],
    'done',
  ],
  [
    'erase by staff what the resident asked for',
    'in progress, its contact erased',
    undefined,
    [{ type: 'erase' }, admin],
    'done',
  ],
  [
    'erase the rest, after it ended',
    'in progress, its contact erased',
    [resolve('已换阀门'), admin],
    [{ type: 'erase' }, resident],
    'personal-data-erased',
  ],
  [
    'erase of what the timers have left',
    'withdrawn',
    [{ type: 'erase' }, resident],
    [{ type: 'fire-timers' }, sweep, 3_000_000],
    'done',
  ],
  // fire-timers
  [
    'fire-timers before anything is due',
    'in progress',
    undefined,
    [{ type: 'fire-timers' }, sweep, 26],
    'done',
  ],
  [
    'fire-timers just before a warning',
    'in progress',
    undefined,
    [{ type: 'fire-timers' }, sweep, 89],
    'done',
  ],
  [
    'fire-timers at a warning',
    'in progress',
    undefined,
    [{ type: 'fire-timers' }, sweep, 90],
    'clock-warned',
  ],
  [
    'fire-timers of what nobody sorted, in time',
    'submitted',
    undefined,
    [{ type: 'fire-timers' }, sweep, 9],
    'done',
  ],
  [
    'fire-timers of what nobody sorted',
    'submitted',
    undefined,
    [{ type: 'fire-timers' }, sweep, 10],
    'report-triaged',
  ],
  // submit, open-support
  [
    'submit of the same number with other words',
    'in progress',
    undefined,
    [{ ...submit, description: '另一件事' }, resident],
    'done',
  ],
  [
    'open-support of the same number for another department',
    'part, in progress',
    undefined,
    [{ ...openSupport, department: 'water' }, joint],
    'done',
  ],
];

/** The answer in words; with no events, the answer to a sender who has seen nothing tells `done` from `unchanged`. */
function answerOf(history: readonly ReportEvent[], command: Command, actor: Actor, minutes: number): string {
  const outcome = outcomeOf(history, command, actor, minutes);
  if (typeof outcome === 'string') return `refused: ${outcome}`;
  if (outcome.length > 0) return outcome.map(({ type }) => type.replace('.v1', '')).join(' + ');
  const unseen = outcomeOf(history, command, actor, minutes, 0);
  if (unseen === 'stale-version') return 'unchanged';
  return unseen.length === 0 ? 'done' : 'neither';
}

/** The history with what a command adds to it, which has to be something. */
function afterwards(
  history: readonly ReportEvent[],
  command: Command,
  actor: Actor,
): readonly [history: ReportEvent[], added: ReportEvent[]] {
  const outcome = outcomeOf(history, command, actor, now);
  if (typeof outcome === 'string') throw new Error(`the first is refused: ${outcome}`);
  if (outcome.length === 0) throw new Error('the first adds nothing');
  return [[...history, ...outcome], outcome];
}

describe('a command given twice', () => {
  it('has a row for every command', () => {
    const commands = [...new Set(twice.map(([, { type }]) => type as string))];
    expect(commands.toSorted()).toEqual([...productCommandTypes].sort());
  });

  it.each(twice.map(([situation, command, actor, second]) => ({ situation, command, actor, second })))(
    'where the report is $situation, $command.type: $second',
    ({ situation, command, actor, second }) => {
      const [history, added] = afterwards(historyOf(situation), command, actor);
      const answer = answerOf(history, command, actor, now + 1);
      const same = added.map(({ type }) => type.replace('.v1', '')).join(' + ');
      expect(answer === same ? 'again' : answer.replace('refused: ', '')).toBe(second);
    },
  );

  it.each(
    misses.map(([name, situation, first, second, answer]) => ({ name, situation, first, second, answer })),
  )('$name: $answer', ({ situation, first, second, answer }) => {
    const before = historyOf(situation);
    const [history] = first ? afterwards(before, first[0], first[1]) : [before];
    const [command, actor, minutes = now + 1] = second;
    expect(answerOf(history, command, actor, minutes)).toBe(answer);
  });
});

import type { EventData, EventType } from '../support/report-domain.ts';
import type { ReportEvent } from './subject.ts';

/** Events under test, and histories to put them in. All of it is written by hand. */
export type EventCase = {
  name: string;
  type: EventType;
  actor: ReportEvent['actor'];
  data: EventData<EventType>;
};

export const lead = 'YT-261120-000017';
export const part = 'YT-261120-000017-1';
export const underTestAt = '2026-11-20T02:10:00.000Z';

const resident = { kind: 'resident' } as const;
const handler = { kind: 'staff', username: 'wang-wuye', role: 'handler' } as const;
const manager = { kind: 'staff', username: 'gao-jiedao', role: 'manager' } as const;
const worker = { kind: 'staff', username: 'lin-wangge', role: 'grid-worker' } as const;
const system = (name: string) => ({ kind: 'system', name }) as const;

const about = { department: 'property-kangning', area: 'tinglan-court', category: 'building.leak' };
const nowhere = { area: 'tinglan-court', category: 'building.leak' };
const location = {
  area: 'tinglan-court',
  path: ['yunting', 'qilu', 'liuan', 'tinglan-court'],
  address: '3栋2单元',
};
const clocks = {
  acknowledge: {
    startedAt: '2026-11-20T01:00:00.000Z',
    target: { amount: 30, unit: 'minute' },
    warnAt: '2026-11-20T01:22:30.000Z',
    dueAt: '2026-11-20T01:30:00.000Z',
  },
  resolve: {
    startedAt: '2026-11-20T01:00:00.000Z',
    target: { amount: 2, unit: 'hour' },
    warnAt: '2026-11-20T02:30:00.000Z',
    dueAt: '2026-11-20T17:05:00.000Z',
  },
} as const;
const eraseAt = {
  contact: '2027-05-19T01:09:00.000Z',
  text: '2029-11-19T01:09:00.000Z',
  photos: '2027-11-20T01:09:00.000Z',
};
const jpeg = (id: string) => ({ id, contentType: 'image/jpeg', size: 1000 });
const [part1, part2] = ['YT-261120-000017-1', 'YT-261120-000017-2'];

function row<T extends EventType>(
  type: T,
  variant: string,
  actor: ReportEvent['actor'],
  data: EventData<T>,
): EventCase {
  return { name: variant === '' ? type : `${type}: ${variant}`, type, actor, data };
}

const submitted: EventData<'report-submitted.v1'> = {
  description: '楼道水管爆了，一直在漏水 🚰',
  location,
  photos: [jpeg('p1'), jpeg('p2')],
  locale: 'zh',
  source: 'resident',
  area: 'tinglan-court',
};
const classified: EventData<'report-classified.v1'> = {
  category: 'building.leak',
  priority: 'urgent',
  confidence: 0.9,
  by: 'classifier',
  alternatives: [{ category: 'utility.water', confidence: 0.2 }],
};
const assigned: EventData<'report-assigned.v1'> = {
  ...about,
  reason: 'routed',
  priority: 'urgent',
  description: '楼道水管爆了，一直在漏水 🚰',
  location,
  photos: ['p1', 'p2'],
  submittedAt: '2026-11-20T01:00:00.000Z',
  round: 0,
  clocks,
};
const resolved: EventData<'report-resolved.v1'> = {
  ...about,
  text: '已更换破裂水管并试压',
  photos: [],
  round: 0,
  withinTarget: false,
  secondsTaken: 7800,
  closeAt: '2026-11-27T03:10:00.000Z',
};
const rated: EventData<'report-rated.v1'> = { ...about, score: 2, round: 0, followUp: true };
const news = { ...about, part: part1, partVersion: 3, supporter: 'power' };
const breached: EventData<'clock-breached.v1'> = {
  ...about,
  clock: 'resolve',
  dueAt: '2026-11-20T03:00:00.000Z',
  lateSeconds: 300,
  remindAt: '2026-11-20T07:30:00.000Z',
};
const climbed: EventData<'clock-escalated.v1'> = {
  ...about,
  clock: 'resolve',
  dueAt: '2026-11-20T03:00:00.000Z',
  level: 'community',
  to: 'liuan',
  lateSeconds: 1800,
};

/** Every event type, with its variants that cause other notices. */
export const eventCases: EventCase[] = [
  row('report-submitted.v1', 'by a resident', resident, submitted),
  row('report-submitted.v1', 'by staff, with a category', handler, {
    ...submitted,
    source: 'staff',
    locale: 'en',
    category: 'building.leak',
  }),
  row('report-classified.v1', 'by the classifier', system('classify'), classified),
  row('report-classified.v1', 'by staff', worker, {
    ...classified,
    category: 'utility.water',
    by: 'staff',
    confidence: 1,
  }),
  row('report-classified.v1', 'as a category the city no longer has', system('classify'), {
    ...classified,
    category: 'gone.category',
  }),
  row('report-triaged.v1', 'unsure', system('classify'), {
    department: 'grid-liuan',
    area: 'tinglan-court',
    reason: 'unsure',
    clocks,
  }),
  row('report-triaged.v1', 'returned', handler, {
    ...about,
    department: 'grid-liuan',
    reason: 'returned',
    clocks,
  }),
  row('report-assigned.v1', 'routed', system('classify'), assigned),
  row('report-assigned.v1', 'assigned', worker, {
    ...assigned,
    department: 'water',
    category: 'utility.water',
    reason: 'assigned',
  }),
  row('report-assigned.v1', 'reclassified', worker, { ...assigned, reason: 'reclassified' }),
  row('report-assigned.v1', 'transferred', handler, {
    ...assigned,
    department: 'water',
    reason: 'transferred',
  }),
  row('report-assigned.v1', 'reopened', resident, { ...assigned, reason: 'reopened', round: 1 }),
  row('report-assigned.v1', 'support', system('joint'), {
    ...assigned,
    department: 'power',
    reason: 'support',
  }),
  row('report-assigned.v1', 'to a department the city no longer has', worker, {
    ...assigned,
    department: 'gone-department',
    reason: 'assigned',
  }),
  row('assignment-acknowledged.v1', 'in time', handler, { ...about, withinTarget: true }),
  row('assignment-acknowledged.v1', 'late', handler, { ...about, withinTarget: false }),
  row('work-started.v1', '', handler, about),
  row('assignment-returned.v1', '', handler, { ...about, reason: '不属于本小区' }),
  row('assignment-transferred.v1', '', manager, { ...about, to: 'water', reason: '市政管道' }),
  row('report-resolved.v1', 'without photos', handler, resolved),
  row('report-resolved.v1', 'with photos', handler, { ...resolved, photos: [jpeg('r1'), jpeg('r2')] }),
  row('report-resolved.v1', 'without waiting for support', handler, {
    ...resolved,
    override: '供电公司不必再来',
    eraseAt,
  }),
  row('note-added.v1', 'by the resident for everyone', resident, {
    text: '请下午两点后上门',
    photos: [],
    audience: 'everyone',
  }),
  row('note-added.v1', 'by the resident for everyone, with photos', resident, {
    text: '又漏了',
    photos: [jpeg('n1'), jpeg('n2')],
    audience: 'everyone',
  }),
  row('note-added.v1', 'by the resident for staff', resident, {
    text: '只给工作人员',
    photos: [],
    audience: 'staff',
  }),
  row('note-added.v1', 'by staff for everyone', handler, {
    text: '师傅已在路上',
    photos: [],
    audience: 'everyone',
  }),
  row('note-added.v1', 'by staff for everyone, with photos', handler, {
    text: '现场照片',
    photos: [jpeg('n1')],
    audience: 'everyone',
  }),
  row('note-added.v1', 'by staff for staff', handler, {
    text: '住户情绪激动',
    photos: [],
    audience: 'staff',
  }),
  row('note-added.v1', 'by staff for staff, with photos', handler, {
    text: '门牌照片',
    photos: [jpeg('n1')],
    audience: 'staff',
  }),
  row('photos-processed.v1', 'all ready', system('photos'), {
    photos: [
      { id: 'p1', status: 'ready', width: 1600, height: 1200 },
      { id: 'p2', status: 'ready', width: 800, height: 600 },
    ],
  }),
  row('photos-processed.v1', 'one of two unreadable', system('photos'), {
    photos: [
      { id: 'p1', status: 'ready', width: 1600, height: 1200 },
      { id: 'p2', status: 'unreadable' },
    ],
  }),
  row('photos-processed.v1', 'both unreadable', system('photos'), {
    photos: [
      { id: 'p1', status: 'unreadable' },
      { id: 'p2', status: 'unreadable' },
    ],
  }),
  row('photos-processed.v1', 'a blurred one is ready', system('photos'), {
    photos: [{ id: 'p1', status: 'ready', blurred: 5 }],
  }),
  row('photo-blurred.v1', '', handler, {
    photo: 'p1',
    regions: [{ x: 0.25, y: 0.1, width: 0.2, height: 0.3 }],
  }),
  row('report-rated.v1', 'very dissatisfied, with a call to make', resident, { ...rated, score: 1 }),
  row('report-rated.v1', 'dissatisfied, with a comment and a call to make', resident, {
    ...rated,
    comment: '还有点渗',
  }),
  row('report-rated.v1', 'dissatisfied, with no call to make', resident, { ...rated, followUp: false }),
  row('report-rated.v1', 'fairly satisfied', resident, { ...about, score: 3, round: 0 }),
  row('report-rated.v1', 'satisfied, with a comment', resident, {
    ...about,
    score: 4,
    round: 1,
    comment: '谢谢',
    replaces: 2,
  }),
  row('report-rated.v1', 'very satisfied', resident, { ...about, score: 5, round: 0 }),
  row('report-reopened.v1', '', resident, { ...about, reason: '接口仍在滴水', round: 1 }),
  row('report-withdrawn.v1', 'with a reason', resident, { ...about, reason: '已自行解决' }),
  row('report-withdrawn.v1', 'without a reason', resident, { ...about, eraseAt }),
  row('report-withdrawn.v1', 'with a reason, before any department had it', resident, {
    ...nowhere,
    reason: '已自行解决',
  }),
  row('report-withdrawn.v1', 'without a reason, before any department had it', resident, {
    area: 'tinglan-court',
  }),
  row('report-withdrawn.v1', 'because support is not needed', system('joint'), {
    ...about,
    reason: '不必再等',
  }),
  row('report-rejected.v1', 'by a department', worker, { ...about, reason: '不在本区范围', eraseAt }),
  row('report-rejected.v1', 'before any department had it', manager, {
    ...nowhere,
    reason: '不在本区范围',
  }),
  row('report-merged.v1', 'by a department', worker, { ...about, into: 'YT-261120-00002E' }),
  row('report-merged.v1', 'before any department had it', system('merge'), {
    ...nowhere,
    into: 'YT-261120-00002E',
    eraseAt,
  }),
  row('duplicate-joined.v1', 'without a clock', system('merge'), { number: 'YT-261120-00003F' }),
  row('duplicate-joined.v1', 'with its clock', system('merge'), {
    number: 'YT-261120-00003F',
    clock: { ...clocks.resolve, dueAt: '2026-11-20T02:50:00.000Z' },
  }),
  row('contact-revealed.v1', '', handler, { reason: '上门前联系' }),
  row('link-renewed.v1', '', resident, {}),
  row('link-revoked.v1', '', manager, { reason: '链接被发到了群里' }),
  row('personal-data-erased.v1', 'the contact, on request', resident, {
    parts: ['contact'],
    cause: 'request',
    photos: [],
  }),
  row('personal-data-erased.v1', 'everything, on request', manager, {
    parts: ['contact', 'text', 'photos'],
    cause: 'request',
    photos: ['p1', 'p2'],
  }),
  row('personal-data-erased.v1', 'the contact and photos, kept long enough', system('sweep'), {
    parts: ['contact', 'photos'],
    cause: 'retention',
    photos: ['p1', 'p2'],
  }),
  row('personal-data-erased.v1', 'the words, kept long enough', system('sweep'), {
    parts: ['text'],
    cause: 'retention',
    photos: [],
  }),
  row('report-supervised.v1', '', manager, { ...about, text: '请今天内办结' }),
  row('alert-taken.v1', '', manager, about),
  row('clock-warned.v1', 'acknowledge', system('sweep'), {
    ...about,
    clock: 'acknowledge',
    dueAt: '2026-11-20T01:30:00.000Z',
  }),
  row('clock-warned.v1', 'resolve', system('sweep'), {
    ...about,
    clock: 'resolve',
    dueAt: '2026-11-20T03:00:00.000Z',
  }),
  row('clock-breached.v1', 'acknowledge', system('sweep'), {
    ...about,
    clock: 'acknowledge',
    dueAt: '2026-11-20T01:30:00.000Z',
    lateSeconds: 60,
  }),
  row('clock-breached.v1', 'resolve', system('sweep'), breached),
  row('clock-escalated.v1', 'acknowledge, to the community', system('sweep'), {
    ...climbed,
    clock: 'acknowledge',
    dueAt: '2026-11-20T01:30:00.000Z',
  }),
  row('clock-escalated.v1', 'resolve, to the street', system('sweep'), {
    ...climbed,
    level: 'street',
    to: 'qilu',
    lateSeconds: 7800,
  }),
  row('clock-escalated.v1', 'resolve, to the district after whole hours', system('sweep'), {
    ...climbed,
    level: 'district',
    to: 'yunting',
    lateSeconds: 14_400,
  }),
  row('alert-reminded.v1', 'acknowledge', system('sweep'), {
    ...about,
    clock: 'acknowledge',
    dueAt: '2026-11-20T01:30:00.000Z',
  }),
  row('alert-reminded.v1', 'resolve', system('sweep'), {
    ...about,
    clock: 'resolve',
    dueAt: '2026-11-20T03:00:00.000Z',
    remindAt: '2026-11-23T04:00:00.000Z',
  }),
  row('report-suspended.v1', 'waiting for the resident', handler, {
    ...about,
    waitingFor: 'resident',
    text: '请补充具体楼层',
    resumeAt: '2026-11-27T09:30:00.000Z',
  }),
  row('report-suspended.v1', 'waiting for something else', handler, {
    ...about,
    waitingFor: 'other',
    text: '等厂家配件到货',
    resumeAt: '2026-11-27T09:30:00.000Z',
  }),
  row('report-resumed.v1', '', handler, { ...about, clocks: { resolve: clocks.resolve } }),
  row('extension-requested.v1', '', handler, { ...about, amount: 2, reason: '配件要等厂家到货' }),
  row('extension-granted.v1', '', manager, { ...about, amount: 2, clocks: { resolve: clocks.resolve } }),
  row('extension-declined.v1', '', manager, { ...about, reason: '可先装临时照明' }),
  row('priority-changed.v1', 'urgent', manager, { ...about, priority: 'urgent', reason: '已经停电', clocks }),
  row('priority-changed.v1', 'high', manager, { ...about, priority: 'high', reason: '有老人摔倒', clocks }),
  row('priority-changed.v1', 'normal', manager, { ...about, priority: 'normal', reason: '已断水', clocks }),
  row('policy-applied.v1', '', manager, { ...about, priority: 'normal', clocks }),
  row('report-closed.v1', 'by itself', system('sweep'), about),
  row('report-closed.v1', 'by staff, with a reason', manager, { ...about, reason: '住户电话确认' }),
  row('follow-up-recorded.v1', 'satisfied', worker, { ...about, outcome: 'satisfied', text: '说修好了' }),
  row('follow-up-recorded.v1', 'unreachable', worker, {
    ...about,
    outcome: 'unreachable',
    text: '三次无人接听',
  }),
  row('follow-up-recorded.v1', 'reopen', worker, { ...about, outcome: 'reopen', text: '灯仍不稳' }),
  row('support-requested.v1', 'of two departments', handler, {
    ...about,
    request: '请查配电箱',
    parts: [
      { number: part1, department: 'power' },
      { number: part2, department: 'grid-liuan' },
    ],
  }),
  row('support-requested.v1', 'of one department', handler, {
    ...about,
    request: '请查水表',
    parts: [{ number: part1, department: 'water' }],
  }),
  row('support-acknowledged.v1', '', system('joint'), news),
  row('support-transferred.v1', '', system('joint'), { ...news, supporter: 'grid-puwan' }),
  row('support-answered.v1', 'resolved', system('joint'), {
    ...news,
    outcome: 'resolved',
    text: '配电箱已复位',
  }),
  row('support-answered.v1', 'ended', system('joint'), { ...news, outcome: 'ended', text: '不属于我司' }),
  row('support-cancelled.v1', '', handler, { ...about, parts: [part2], reason: '不必再等' }),
];

type Step = { type: EventType; actor?: ReportEvent['actor']; data: EventData<EventType> };

function step<T extends EventType>(type: T, data: EventData<T>, actor?: ReportEvent['actor']): Step {
  return { type, data, ...(actor && { actor }) };
}

const begun: Step[] = [
  step('report-submitted.v1', submitted, resident),
  step('report-classified.v1', classified),
  step('report-assigned.v1', assigned),
];
const asked = step('support-requested.v1', {
  ...about,
  request: '请查配电箱',
  parts: [
    { number: part1, department: 'power' },
    { number: part2, department: 'grid-liuan' },
  ],
});
const joined = (number: string): Step => step('duplicate-joined.v1', { number });
const late = [step('clock-breached.v1', breached), step('clock-escalated.v1', climbed)];

/** What a report went through before the event under test and after it. */
export const contexts = {
  /** A department has it; otherwise nothing special. */
  alone: { number: lead, before: [...begun, asked], after: [] },
  /** Two other reports were merged into it. */
  followed: {
    number: lead,
    before: [...begun, asked, joined('YT-261120-00002E'), joined('YT-261120-00004G')],
    after: [],
  },
  /** It is a supporting department's part of another report. */
  part: {
    number: part,
    before: [
      step(
        'report-submitted.v1',
        { ...submitted, photos: [], source: 'staff', parent: { number: lead, request: '请查配电箱' } },
        system('joint'),
      ),
      step('report-assigned.v1', { ...assigned, department: 'power', reason: 'support' }),
    ],
    after: [],
  },
  /** Nobody has sent it to a department. */
  unsent: { number: lead, before: begun.slice(0, 1), after: [] },
  /** Its place is the whole district: no community is responsible for it. */
  districtwide: {
    number: lead,
    before: [
      step(
        'report-submitted.v1',
        { ...submitted, location: { area: 'yunting', path: ['yunting'] }, area: 'yunting' },
        resident,
      ),
      ...begun.slice(1),
    ],
    after: [],
  },
  /** Its clock is paused. */
  suspended: {
    number: lead,
    before: [
      ...begun,
      asked,
      step('report-suspended.v1', {
        ...about,
        waitingFor: 'other',
        text: '等配件',
        resumeAt: '2026-11-27T09:30:00.000Z',
      }),
    ],
    after: [],
  },
  /** Its clock ran out and its alert went to the community. */
  climbed: { number: lead, before: [...begun, asked, ...late], after: [] },
  /** It was resolved after the event under test. */
  'resolved since': {
    number: lead,
    before: [...begun, asked, joined('YT-261120-00002E')],
    after: [step('report-resolved.v1', resolved)],
  },
  /** It was withdrawn after the event under test. */
  'withdrawn since': {
    number: lead,
    before: [...begun, asked, joined('YT-261120-00002E')],
    after: [step('report-withdrawn.v1', { ...about, reason: '已自行解决' }, resident)],
  },
  /** Its reporter was called after the event under test. */
  'called since': {
    number: lead,
    before: [...begun, asked, step('report-resolved.v1', resolved)],
    after: [step('follow-up-recorded.v1', { ...about, outcome: 'satisfied', text: '说修好了' }, worker)],
  },
} satisfies Record<string, { number: string; before: Step[]; after: Step[] }>;
export type ContextName = keyof typeof contexts;

function eventOf(number: string, sequence: number, occurredAt: string, { type, actor, data }: Step) {
  return {
    id: `${number}#${sequence}`,
    type,
    number,
    sequence,
    occurredAt,
    actor: actor ?? system('sweep'),
    data,
  } as ReportEvent;
}

/** The history of a context with the event under test in it. The event has sequence 20 wherever it stands. */
export function historyWith(
  { type, actor, data }: EventCase,
  name: ContextName,
): { event: ReportEvent; events: ReportEvent[] } {
  const { number, before, after } = contexts[name];
  const event = eventOf(number, 20, underTestAt, { type, actor, data });
  const earlier = before.map((each, index) => eventOf(number, index + 1, '2026-11-20T02:00:00.000Z', each));
  const later = after.map((each, index) => eventOf(number, index + 21, '2026-11-20T02:20:00.000Z', each));
  // A report is submitted once: the submission under test replaces the first one.
  if (type === 'report-submitted.v1') {
    const first = { ...event, data: { ...before[0]?.data, ...data } } as ReportEvent;
    return { event: first, events: [first, ...earlier.slice(1), ...later] };
  }
  return { event, events: [...earlier, event, ...later] };
}

import { admin, after, leak, resident, Story, submit, system } from '../support/reports.ts';
import { city } from '../support/city.ts';
import { decided, folded, type Actor, type Command, type Report, type ReportEvent } from './subject.ts';

/** Reports in every state, each made by commands. Everything in them is over before `now`. */
export const now = 25;
export const lead = submit.number;
export const part = `${lead}-1`;
export const other = 'YT-261120-00002E';

type Step = readonly [command: Command, actor: Actor, minutes: number];

export const openSupport: Extract<Command, { type: 'open-support' }> = {
  type: 'open-support',
  number: part,
  parent: { number: lead, request: '请查配电箱' },
  department: 'power',
  description: submit.description,
  location: submit.location,
  category: 'building.leak',
  priority: 'high',
  locale: 'zh',
};

const unsure: Step = [{ ...leak, confidence: 0.3 }, system('classify'), 0];
const sent: Step = [leak, system('classify'), 0];
const received: Step = [submit, resident, 0];
const opened: Step = [openSupport, system('joint'), 0];
const acknowledged: Step = [{ type: 'acknowledge' }, admin, 5];
const started: Step = [{ type: 'start' }, admin, 6];
const suspended = (waitingFor: 'resident' | 'other'): Step => [
  { type: 'suspend', waitingFor, text: '等配件到货' },
  admin,
  8,
];
const returned: Step = [{ type: 'return', reason: '不属于本部门' }, admin, 8];
const resolved: Step = [{ type: 'resolve', text: '已更换水管', photos: [] }, admin, 10];
const rated = (score: number): Step => [{ type: 'rate', score, comment: '还有点渗' }, resident, 12];
const closed: Step = [{ type: 'close', reason: '住户电话确认' }, admin, 12];
const reopened: Step = [{ type: 'reopen', reason: '接口仍在滴水' }, resident, 14];
const rejected: Step = [{ type: 'reject', reason: '不在本区范围' }, admin, 8];
const merged: Step = [{ type: 'merge', into: other }, admin, 8];
const withdrawn: Step = [{ type: 'withdraw', reason: '已自行解决' }, resident, 8];
const ended: Step = [{ type: 'end-support', reason: '不必再等' }, system('joint'), 8];
const ready: Step = [
  { type: 'record-photos', photos: [{ id: 'p1', status: 'ready', width: 1600, height: 1200 }] },
  system('photos'),
  2,
];
const asked: Step = [
  { type: 'support', departments: ['power', 'grid-liuan'], request: '请查配电箱' },
  admin,
  7,
];
const longer: Step = [{ type: 'extend', amount: 1, reason: '配件要等' }, admin, 7];
const joined: Step = [{ type: 'join', number: other, followers: [] }, system('merge'), 7];
const eraseAsked: Step = [{ type: 'erase' }, resident, 15];
const fired = (minutes: number): Step => [{ type: 'fire-timers' }, system('sweep'), minutes];
const blurred: Step = [
  { type: 'blur-photo', photo: 'p1', regions: [{ x: 0.25, y: 0.1, width: 0.2, height: 0.3 }] },
  admin,
  7,
];
const set: Step = [{ type: 'prioritise', priority: 'normal', reason: '已断水' }, admin, 7];
const news: Step = [
  {
    type: 'record-support',
    part,
    partVersion: 3,
    department: 'power',
    state: 'acknowledged',
    text: '',
  },
  system('joint'),
  9,
];
/** The same steps, so many minutes sooner. */
const sooner = (minutes: number, ...steps: Step[]): Step[] =>
  steps.map(([command, actor, at]) => [command, actor, at - minutes]);

export const situations = {
  submitted: [received],
  triage: [received, unsure],
  'triage, returned': [received, sent, acknowledged, returned],
  assigned: [received, sent],
  'assigned, acknowledged': [received, sent, acknowledged],
  'assigned, overdue': sooner(200, received, sent),
  'assigned again after reopening': [received, sent, resolved, reopened],
  'assigned, with more time asked for': [received, sent, longer],
  'assigned, with support asked for': [received, sent, asked, news],
  'in progress': [received, sent, acknowledged, started],
  'in progress, with a photo ready and blurred': [received, sent, ready, acknowledged, started, blurred],
  'in progress, with the priority set': [received, sent, acknowledged, started, set],
  'in progress, with a follower': [received, sent, acknowledged, started, joined],
  'in progress, its contact erased': [received, sent, acknowledged, started, eraseAsked],
  'in progress, overdue and known to be': sooner(200, received, sent, acknowledged, started, fired(130)),
  'suspended, waiting for the resident': [received, sent, suspended('resident')],
  'suspended at work, waiting for something else': [received, sent, started, suspended('other')],
  resolved: [received, sent, ready, resolved],
  'resolved, everything erased': [received, sent, ready, resolved, eraseAsked],
  'closed, rated low': [received, sent, resolved, rated(1)],
  'closed, rated high': [received, sent, resolved, rated(5)],
  'closed by staff': [received, sent, resolved, closed],
  rejected: [received, sent, rejected],
  'rejected before any department had it': [received, rejected],
  merged: [received, sent, merged],
  withdrawn: [received, sent, withdrawn],
  'withdrawn with support asked for': [received, sent, asked, withdrawn],
  'part, assigned': [opened],
  'part, acknowledged': [opened, acknowledged],
  'part, in progress': [opened, acknowledged, started],
  'part, suspended waiting for the resident': [opened, suspended('resident')],
  'part, suspended waiting for something else': [opened, suspended('other')],
  'part, triage': [opened, returned],
  'part, resolved': [opened, resolved],
  'part, closed': [opened, resolved, closed],
  'part, rejected': [opened, rejected],
  'part, withdrawn': [opened, ended],
} satisfies Record<string, Step[]>;
/** Commands of today never lead a part to the last two states: they are built from events. */
export type SituationName = keyof typeof situations | 'no report' | 'part, submitted' | 'part, merged';
export const situationNames: SituationName[] = [
  'no report',
  ...(Object.keys(situations) as (keyof typeof situations)[]),
  'part, submitted',
  'part, merged',
];

const built = new Map<SituationName, ReportEvent[]>();

/** The history of a situation. Every step of it has to succeed. */
export function historyOf(name: SituationName): ReportEvent[] {
  const events = built.get(name) ?? build(name);
  built.set(name, events);
  return events;
}

function build(name: SituationName): ReportEvent[] {
  if (name === 'no report') return [];
  if (name === 'part, submitted') return historyOf('part, assigned').slice(0, 1);
  if (name === 'part, merged') {
    const events = historyOf('part, assigned');
    const about = { department: 'power', category: 'building.leak', area: 'tinglan-court' };
    const event: ReportEvent = {
      id: `${part}#3`,
      type: 'report-merged.v1',
      number: part,
      sequence: 3,
      occurredAt: after(8),
      actor: { kind: 'system', name: 'merge' },
      data: { ...about, into: other },
    };
    return [...events, event];
  }
  const story = new Story();
  for (const [command, actor, minutes] of situations[name]) {
    const refusal = story.give(command, actor, minutes);
    if (refusal) throw new Error(`${name}: ${command.type} is refused: ${refusal.kind}`);
  }
  return story.events;
}

const reports = new WeakMap<readonly ReportEvent[], Report>();

/** The report of a history. Each history is folded once. */
function reportOf(history: readonly ReportEvent[]): Report {
  const report = reports.get(history) ?? folded(history);
  reports.set(history, report);
  return report;
}

/** What a command does after a history: the events it adds, or the kind of the refusal. */
export function outcomeOf(
  history: readonly ReportEvent[],
  command: Command,
  actor: Actor,
  minutes: number,
  expectedVersion?: number,
): ReportEvent[] | string {
  const report = history.length > 0 ? reportOf(history) : undefined;
  const decision = decided(report, command, { now: after(minutes), actor, city, expectedVersion });
  return decision.ok ? decision.events : decision.refusal.kind;
}

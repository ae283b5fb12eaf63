import { city } from '../support/city.ts';
import { admin, after, leak, minutesAt, resident, start, submit } from '../support/reports.ts';
import { clerk } from './given-commands.ts';
import { decided, folded, type Actor, type Command, type Report, type ReportEvent } from './subject.ts';

/** Other rules of the city that a step may be decided by. */
export const rules = {
  today: city,
  /** Every target is half as long. */
  faster: {
    ...city,
    categories: city.categories.map((category) =>
      category.code === 'building.leak'
        ? { ...category, targets: { resolve: { amount: 1, unit: 'hour' as const } } }
        : category,
    ),
  },
  /** A leak has twelve hours. */
  slower: {
    ...city,
    categories: city.categories.map((category) =>
      category.code === 'building.leak'
        ? { ...category, targets: { resolve: { amount: 12, unit: 'hour' as const } } }
        : category,
    ),
  },
  /** A leak has a lower priority, with the same targets and escalation steps. */
  calmer: {
    ...city,
    supervision: { ...city.supervision, high: city.supervision.urgent },
    categories: city.categories.map((category) =>
      category.code === 'building.leak' ? { ...category, priority: 'high' as const } : category,
    ),
  },
  /** There are no escalation steps. */
  unsupervised: { ...city, supervision: { urgent: [], high: [], normal: [] } },
};

export type Step = [minutes: number, actor: Actor, command: Command, rules?: keyof typeof rules];

/** The state after a history, and after each event beyond the first `skip`. */
export type Told = {
  events: unknown[];
  state: string;
  alert: unknown;
  clocks: unknown;
};

export function told(steps: Step[], skip: number): Told {
  const events = played(steps);
  const report = folded(events);
  return inMinutes({
    events: events.slice(skip).map(({ type, occurredAt, data }) => ({
      type,
      at: occurredAt,
      ...Object.fromEntries(Object.entries(data).filter(([name]) => !leftOut.includes(name))),
    })),
    state: report.state,
    alert: report.alert ?? null,
    clocks: report.clocks,
  }) as Told;
}

/** Fields that other tables test. The clocks are compared at the end of each case. */
const leftOut = ['clocks', 'location', 'description', 'area', 'submittedAt', 'photos'];

/** Every instant as minutes after the start, which are shorter to read. */
export function inMinutes(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_key, each: unknown) =>
    typeof each === 'string' && /^\d{4}-\d\d-\d\dT/.test(each) ? minutesAt(each) : each,
  );
}

export function played(steps: Step[]): ReportEvent[] {
  let events: ReportEvent[] = [];
  let report: Report | undefined;
  for (const [minutes, actor, command, by = 'today'] of steps) {
    const decision = decided(report, command, { now: after(minutes), actor, city: rules[by] });
    if (!decision.ok) throw new Error(`${command.type} at ${minutes}: ${JSON.stringify(decision.refusal)}`);
    events = [...events, ...decision.events];
    report = folded(events);
  }
  return events;
}

const fire: Command = { type: 'fire-timers' };
const fired = (...minutes: number[]): Step[] => minutes.map((at) => [at, clerk, fire]);

const opened: Step[] = [
  [0, resident, submit],
  [0, clerk, leak],
];
/** The clock to acknowledge was stopped in time; the clock to resolve has warned. */
const warned: Step[] = [...opened, ...fired(25), [26, admin, { type: 'acknowledge' }], ...fired(95)];
/** Both have breached; one was escalated one step, the other two. */
const broken: Step[] = [...opened, ...fired(25, 35, 65, 92), ...fired(125, 155)];
/** The clock to acknowledge breached and is stopped; the other has warned, breached and was escalated. */
const late: Step[] = [
  ...opened,
  ...fired(25, 35, 65),
  [70, admin, { type: 'start' }],
  ...fired(95, 125, 155),
];
/** Breached some time ago, and not recorded yet. */
const unsaid: Step[] = [...opened, [5, admin, { type: 'acknowledge' }]];
const beginnings = { warned, broken, late, unsaid };

const extend: Command = { type: 'extend', amount: 2, reason: '等配件' };
const suspend: Command = { type: 'suspend', waitingFor: 'other', text: '等配件' };
const changes: Record<string, Step[]> = {
  'prioritise: normal': [[200, admin, { type: 'prioritise', priority: 'normal', reason: '不急' }]],
  'prioritise: high': [[200, admin, { type: 'prioritise', priority: 'high', reason: '不急' }]],
  'prioritise: urgent': [[200, admin, { type: 'prioritise', priority: 'urgent', reason: '很急' }]],
  'apply-policy: faster': [[200, admin, { type: 'apply-policy' }, 'faster']],
  'apply-policy: slower': [[200, admin, { type: 'apply-policy' }, 'slower']],
  'apply-policy: unsupervised': [[200, admin, { type: 'apply-policy' }, 'unsupervised']],
  'apply-policy: nothing new': [[200, admin, { type: 'apply-policy' }]],
  transfer: [[200, admin, { type: 'transfer', department: 'water', reason: '归供水' }]],
  'transfer, then back': [
    [200, admin, { type: 'transfer', department: 'water', reason: '归供水' }],
    [205, admin, { type: 'transfer', department: 'property-kangning', reason: '归物业' }],
  ],
  return: [[200, admin, { type: 'return', reason: '不归我们管' }]],
  'assign: another department': [[200, admin, { type: 'assign', department: 'water' }]],
  'assign: another category': [
    [200, admin, { type: 'assign', department: 'property-kangning', category: 'building.lighting' }],
  ],
  'assign: with support': [
    [
      200,
      admin,
      {
        type: 'assign',
        department: 'water',
        support: { departments: ['power', 'water'], request: '请协助' },
      },
    ],
  ],
  'classify: same department': [[200, admin, { type: 'classify', category: 'building.lighting' }]],
  'classify: another department': [[200, admin, { type: 'classify', category: 'environment.noise' }]],
  'suspend and resume': [
    [200, admin, suspend],
    [260, admin, { type: 'resume' }],
  ],
  'suspend, then transfer': [
    [200, admin, suspend],
    [260, admin, { type: 'transfer', department: 'water', reason: '归供水' }],
  ],
  'suspend, then prioritise': [
    [200, admin, suspend],
    [260, admin, { type: 'prioritise', priority: 'high', reason: '不急' }],
  ],
  'suspend, then other rules': [
    [200, admin, suspend],
    [260, admin, { type: 'apply-policy' }, 'slower'],
  ],
  'resolve and reopen': [
    [200, admin, { type: 'resolve', text: '已修好', photos: [] }],
    [210, resident, { type: 'reopen', reason: '还在漏' }],
  ],
  'resolve, then other rules': [
    [200, admin, { type: 'resolve', text: '已修好', photos: [] }],
    [210, admin, { type: 'apply-policy' }, 'faster'],
  ],
  'resolve, rate badly and follow up': [
    [200, admin, { type: 'resolve', text: '已修好', photos: [] }],
    [210, resident, { type: 'rate', score: 1 }],
    [220, admin, { type: 'follow-up', outcome: 'reopen', text: '还在漏' }],
  ],
  'take-alert, then fire': [[200, clerk, fire], [201, admin, { type: 'take-alert' }], ...fired(280)],
  withdraw: [[200, resident, { type: 'withdraw' }]],
  reject: [[200, admin, { type: 'reject', reason: '不在本区' }]],
  merge: [[200, admin, { type: 'merge', into: 'YT-261120-00002E' }]],
  erase: [[200, resident, { type: 'erase' }]],
};

/** An extension is requested in time, and decided on before or after the deadline. */
const extensions: Record<string, Step[]> = {
  'grant in time': [
    ...opened,
    [5, admin, { type: 'start' }],
    [100, admin, extend],
    [110, admin, { type: 'grant' }],
  ],
  'grant in time, warned': [...warned, [100, admin, extend], [110, admin, { type: 'grant' }]],
  'grant while suspended, after it was due': [
    ...warned,
    [100, admin, extend],
    [101, admin, suspend],
    [200, admin, { type: 'grant' }],
    [210, admin, { type: 'resume' }],
  ],
  'grant while the first promise is broken': [
    ...opened,
    [100, admin, extend],
    [110, admin, { type: 'grant' }],
  ],
  'grant with a graver alert': [
    ...opened,
    ...fired(35),
    [100, admin, extend],
    [110, admin, { type: 'grant' }],
  ],
  'decline after it was due': [
    ...warned,
    [100, admin, extend],
    [200, admin, { type: 'decline', reason: '不需要' }],
  ],
  'transfer with more time granted': [
    ...warned,
    [100, admin, extend],
    [110, admin, { type: 'grant' }],
    [120, admin, { type: 'transfer', department: 'water', reason: '归供水' }],
  ],
  'another unit, more time granted': [
    ...warned,
    [100, admin, extend],
    [110, admin, { type: 'grant' }],
    [120, admin, { type: 'prioritise', priority: 'normal', reason: '不急' }],
    [130, admin, { type: 'classify', category: 'environment.noise' }],
  ],
  'transfer with more time asked for': [
    ...warned,
    [100, admin, extend],
    [110, admin, { type: 'transfer', department: 'water', reason: '归供水' }],
  ],
  'reopen with more time granted': [
    ...warned,
    [100, admin, extend],
    [110, admin, { type: 'grant' }],
    [115, admin, { type: 'resolve', text: '已修好', photos: [] }],
    [120, resident, { type: 'reopen', reason: '还在漏' }],
    [125, admin, { type: 'transfer', department: 'water', reason: '归供水' }],
  ],
  'other rules with more time granted': [
    ...warned,
    [100, admin, extend],
    [110, admin, { type: 'grant' }],
    [115, admin, { type: 'apply-policy' }, 'slower'],
    [116, admin, { type: 'apply-policy' }],
  ],
  'apply-policy after reopening': [
    ...opened,
    [100, admin, { type: 'resolve', text: '已修好', photos: [] }],
    [120, resident, { type: 'reopen', reason: '还在漏' }],
    [125, admin, { type: 'apply-policy' }, 'slower'],
    [126, admin, { type: 'prioritise', priority: 'high', reason: '不急' }],
  ],
  'sorted by a person': [
    [0, resident, submit],
    ...fired(11),
    [80, admin, { type: 'assign', department: 'water', category: 'building.leak' }],
  ],
  'triage overdue, then prioritised and classified': [
    [0, resident, submit],
    ...fired(11),
    [80, admin, { type: 'prioritise', priority: 'urgent', reason: '很急' }],
    [300, admin, { type: 'classify', category: 'building.leak' }],
  ],
  'a warning that other rules do not bear': [...warned, [96, admin, { type: 'apply-policy' }, 'slower']],
  'a warning that stands under other rules': [...warned, [96, admin, { type: 'apply-policy' }, 'faster']],
  'a first warning, other rules': [...opened, ...fired(25), [26, admin, { type: 'apply-policy' }, 'slower']],
  'a first breach climbs, other rules': [
    ...opened,
    ...fired(35, 65),
    [66, admin, { type: 'apply-policy' }, 'unsupervised'],
  ],
  'more time asked for, other rules': [
    ...warned,
    [100, admin, extend],
    [101, admin, { type: 'apply-policy' }, 'slower'],
  ],
  'more time asked for, another priority': [
    ...warned,
    [100, admin, extend],
    [101, admin, { type: 'prioritise', priority: 'high', reason: '不急' }],
  ],
  'a breach that would be a warning under other rules': [
    ...late,
    [600, admin, { type: 'apply-policy' }, 'slower'],
  ],
  'a breach a moment before it would be due under other rules': [
    ...late,
    [719.99, admin, { type: 'apply-policy' }, 'slower'],
  ],
  'a breach at the moment it would be due under other rules': [
    ...late,
    [720, admin, { type: 'apply-policy' }, 'slower'],
  ],
  'a warning at the moment it would warn under other rules': [
    ...opened,
    [5, admin, { type: 'start' }],
    ...fired(95),
    [540, admin, { type: 'apply-policy' }, 'slower'],
  ],
  'climbed twice, other rules': [...late, ...fired(185), [186, admin, { type: 'apply-policy' }, 'faster']],
  'climbed thrice, another priority': [
    ...late,
    ...fired(365),
    [4500, admin, { type: 'prioritise', priority: 'high', reason: '不急' }],
  ],
  'taken on, then climbs: no more reminders': [
    ...late,
    [156, admin, { type: 'take-alert' }],
    ...fired(185, 9000),
  ],
  'reminders are counted anew after a climb': [
    ...opened,
    [1, admin, { type: 'prioritise', priority: 'normal', reason: '不急' }],
    [2, admin, { type: 'start' }],
    ...fired(10_590, 14_730, 14_900, 14_910, 17_000, 17_790, 19_000),
  ],
  'another priority by other rules, the promise as it was': [
    ...opened,
    [5, admin, { type: 'acknowledge' }],
    [10, admin, { type: 'apply-policy' }, 'calmer'],
  ],
  'reopened, then transferred: the promise for rework': [
    [0, resident, submit],
    [0, clerk, { ...leak, category: 'building.elevator' }],
    [5, admin, { type: 'resolve', text: '已修好', photos: [] }],
    [6, resident, { type: 'reopen', reason: '还是坏的' }],
    [7, admin, { type: 'transfer', department: 'water', reason: '归供水' }],
  ],
  'a breach that nobody warned of falls due after a climb': [
    ...opened,
    [95, admin, { type: 'transfer', department: 'water', reason: '归供水' }],
    ...fired(400),
  ],
  'an unhappy resident hides nothing': [
    ...opened,
    [5, admin, { type: 'resolve', text: '已修好', photos: [] }],
    [6, resident, { type: 'rate', score: 1 }],
    [7, admin, { type: 'follow-up', outcome: 'unreachable', text: '未接通' }],
  ],
  'more time asked for hides a warning': [...warned, [100, admin, extend]],
  'more time asked for does not hide a breach': [...opened, ...fired(35), [100, admin, extend]],
  'a warning does not hide that more time is asked for': [
    ...opened,
    [5, admin, { type: 'start' }],
    [80, admin, extend],
    ...fired(95),
  ],
  'a breach hides that more time is asked for': [
    ...opened,
    [5, admin, { type: 'start' }],
    [80, admin, extend],
    ...fired(125),
  ],
  'joint work stops the first clock': [
    ...opened,
    [5, admin, { type: 'support', departments: ['water'], request: '请协助' }],
    [
      20,
      clerk,
      {
        type: 'record-support',
        part: 'YT-261120-000017-1',
        partVersion: 3,
        department: 'water',
        state: 'acknowledged',
        text: '',
      },
    ],
    [40, admin, { type: 'start' }],
  ],
};

const day = 1440;
/** What happens by itself. */
const timers: Record<string, Step[]> = {
  'not sorted in ten minutes': [[0, resident, submit], ...fired(9.99)],
  'sorted after ten minutes': [[0, resident, submit], ...fired(10)],
  'sorted late, and late again': [[0, resident, submit], ...fired(500)],
  'nobody comes by until all is over': [...opened, ...fired(2000)],
  'just before the warning': [...opened, ...fired(22.49)],
  'at the warning': [...opened, ...fired(22.5)],
  'just before it is due': [...opened, ...fired(29.99)],
  'at the due time, warned': [...opened, ...fired(25, 30)],
  'at the due time, not warned': [...opened, ...fired(30)],
  'each as it falls due': [...opened, ...fired(22.5, 30, 60, 90, 120, 150, 180, 270, 360)],
  'the second promise falls due first': [
    ...opened,
    [110, admin, { type: 'transfer', department: 'water', reason: '归供水' }],
    ...fired(400),
  ],
  'reminders to the last': [
    ...opened,
    [1, admin, { type: 'start' }],
    ...Array.from({ length: 14 }, (_, index): Step => [(index + 1) * day + 500, clerk, fire]),
  ],
  'reminders end when it is taken on': [
    ...opened,
    ...fired(125, 600),
    [601, admin, { type: 'take-alert' }],
    ...fired(5000),
  ],
  'reminders wait while it is suspended': [
    ...opened,
    ...fired(125),
    [130, admin, suspend],
    ...fired(5000),
    [5001, admin, { type: 'resume' }],
    ...fired(5002),
  ],
  'resumes by itself': [...opened, [1, admin, suspend], ...fired(day, 20 * day)],
  'resumes before the work began': [...opened, [1, admin, suspend], ...fired(7 * day + 600)],
  'resumes after the work began': [
    ...opened,
    [1, admin, { type: 'start' }],
    [2, admin, suspend],
    ...fired(7 * day + 600),
  ],
  'closes by itself': [
    ...opened,
    [5, admin, { type: 'resolve', text: '已修好', photos: [] }],
    ...fired(7 * day, 7 * day + 5),
  ],
  'erases each part at its time': [
    ...opened,
    [5, admin, { type: 'resolve', text: '已修好', photos: [] }],
    ...fired(8 * day, 180 * day, 181 * day, 365 * day, 366 * day, 1095 * day, 1096 * day),
  ],
  'closes and erases late': [
    ...opened,
    [5, admin, { type: 'resolve', text: '已修好', photos: [] }],
    ...fired(2000 * day),
  ],
  'erases what was asked for when it closes': [
    ...opened,
    [3, resident, { type: 'erase' }],
    [5, admin, { type: 'resolve', text: '已修好', photos: [] }],
    ...fired(7 * day + 5),
  ],
  'erases what was asked for when it is withdrawn': [
    ...opened,
    [3, resident, { type: 'erase' }],
    [5, resident, { type: 'withdraw' }],
    ...fired(5),
  ],
  'erases a rejected one': [
    ...opened,
    [5, admin, { type: 'reject', reason: '不在本区' }],
    ...fired(200 * day, 2000 * day),
  ],
  'erases a merged one': [
    ...opened,
    [5, admin, { type: 'merge', into: 'YT-261120-00002E' }],
    ...fired(400 * day, 2000 * day),
  ],
  'reopened: nothing closes or is erased': [
    ...opened,
    [5, admin, { type: 'resolve', text: '已修好', photos: [] }],
    [6, resident, { type: 'reopen', reason: '还在漏' }],
    [7, admin, { type: 'start' }],
    ...fired(100),
  ],
  'an unhappy resident is not reminded of': [
    ...opened,
    [5, admin, { type: 'resolve', text: '已修好', photos: [] }],
    [6, resident, { type: 'rate', score: 1 }],
    ...fired(300 * day),
  ],
  'ended with an alert: no reminder': [
    ...opened,
    ...fired(125),
    [130, admin, { type: 'resolve', text: '已修好', photos: [] }],
    ...fired(5000),
  ],
};

/** Every case by its name, with how many of its first events are left out of what is told. */
export const cases: Record<string, [steps: Step[], skip: number]> = {
  ...Object.fromEntries(
    Object.entries(beginnings).map(([name, steps]) => [name, [steps, 3] as [Step[], number]]),
  ),
  ...Object.fromEntries(
    Object.entries(beginnings).flatMap(([name, steps]) =>
      Object.entries(changes).map(([change, more]) => [
        `${name} / ${change}`,
        [[...steps, ...more], played(steps).length] as [Step[], number],
      ]),
    ),
  ),
  ...Object.fromEntries(
    Object.entries({ ...extensions, ...timers }).map(([name, steps]) => [
      name,
      [steps, 3] as [Step[], number],
    ]),
  ),
};

type JoinedClock = NonNullable<Extract<Command, { type: 'join' }>['clock']>;

const hours = (amount: number) => ({ amount, unit: 'hour' as const });
/** Its instants are recalculated from its terms; those given here are what it had. */
const clock = (terms: Partial<JoinedClock>): JoinedClock => ({
  startedAt: after(-60),
  target: hours(2),
  warnAt: after(30),
  dueAt: after(60),
  ...terms,
});

/** The clock of the report that joins. */
export const theirs: Record<string, JoinedClock | undefined> = {
  none: undefined,
  earlier: clock({}),
  'a millisecond earlier': clock({ startedAt: '2026-11-20T00:59:59.999Z' }),
  'as late': clock({ startedAt: start, warnAt: after(90), dueAt: after(120) }),
  later: clock({ startedAt: after(30), warnAt: after(120), dueAt: after(150) }),
  'due earlier as it says, later by its terms': clock({ target: hours(6) }),
  'earlier, stopped': clock({ stoppedAt: after(8) }),
  'earlier, warned': clock({ warnedAt: after(-10) }),
  'earlier, broken': clock({ warnedAt: after(-20), breachedAt: after(-5) }),
  'earlier, climbed twice': clock({ breachedAt: after(-5), climbed: 2 }),
  'earlier, paused for a time': clock({ pauses: [{ from: after(-30), to: after(-20) }] }),
  'earlier, standing still': clock({ pauses: [{ from: after(-30), to: after(-20) }, { from: after(9) }] }),
  'standing still since long, so later': clock({ pauses: [{ from: after(-40) }] }),
  'earlier, more time granted': clock({ startedAt: after(-180), extensions: [2] }),
  'earlier, on a calendar': clock({
    startedAt: after(-60),
    target: { amount: 1, unit: 'working-hour' },
    calendar: 'office',
  }),
};

/** The report that is joined, 20 minutes old. */
export const mine: Record<string, { steps: Step[]; marks?: Record<string, unknown> }> = {
  'not yet routed': { steps: [[0, resident, submit]] },
  'in progress': { steps: [...opened, [3, admin, { type: 'start' }]] },
  'in progress, warned': {
    steps: [...opened, [3, admin, { type: 'start' }]],
    marks: { warnedAt: after(11) },
  },
  'in progress, broken and climbed': {
    steps: [...opened, [3, admin, { type: 'start' }]],
    marks: { warnedAt: after(11), breachedAt: after(12), climbed: 1 },
  },
  'in progress, climbed thrice': {
    steps: [...opened, [3, admin, { type: 'start' }]],
    marks: { breachedAt: after(12), climbed: 3 },
  },
  suspended: { steps: [...opened, [3, admin, suspend]] },
  'suspended, warned': { steps: [...opened, [3, admin, suspend]], marks: { warnedAt: after(2) } },
  resolved: { steps: [...opened, [5, admin, { type: 'resolve', text: '已修好', photos: [] }]] },
  'not urgent': {
    steps: [...opened, [3, admin, { type: 'prioritise', priority: 'high', reason: '不急' }]],
  },
};

/** The clock that the report has after the other one joined it; `null` where it keeps its own. */
export function joined(to: keyof typeof mine, from: keyof typeof theirs): unknown {
  const { steps = [], marks } = mine[to] ?? {};
  const report = folded(played(steps));
  const resolve = report.clocks.resolve;
  const marked: Report =
    marks && resolve
      ? { ...report, clocks: { ...report.clocks, resolve: { ...resolve, ...marks } } }
      : report;
  const decision = decided(
    marked,
    { type: 'join', number: 'YT-261120-00002E', followers: [], clock: theirs[from] },
    { now: after(20), actor: clerk, city },
  );
  if (!decision.ok) throw new Error(decision.refusal.kind);
  return inMinutes(decision.events.map(({ data }) => data));
}

import { describe, expect, it } from 'vitest';
import type { Digest, StaffView } from '../demo/answers.ts';
import {
  rowKeysOf,
  addTo,
  Ledger,
  countCommand,
  countTimeline,
  clockEventsDueAt,
  instantsAhead,
  noRows,
  clockEventsOf,
  type Breaches,
  type Rows,
  type AllRows,
} from '../demo/ledger.ts';
import { staffAnswer } from '../demo/answers.ts';
import { checkDigests } from '../demo/checks.ts';
import { FoundProblems } from '../demo/found-problems.ts';
import { track } from '../demo/day.ts';
import { chooseStaff, nextStep, type Staff } from '../demo/next-step.ts';
import { makeScenario, type Plan } from '../demo/scenario.ts';
import { differences, growth, totalsTable, departmentsTable, type Sources } from '../demo/summary.ts';
import {
  type Command,
  type Context,
  decide,
  followUpCommands,
  fold,
  isJointWork,
  staffView,
} from '../support/report-domain.ts';
import { countsOf, plainFigures } from '../../shared/records/report/figures.ts';
import type { Actor } from '../../shared/kernel/permissions.ts';
import type { ReportEvent } from '../../events/report.ts';
import { formatNumber } from '../../shared/kernel/number.ts';
import { city } from '../support/city.ts';

const admin: Staff = { kind: 'staff', username: 'admin', role: 'admin', departments: [], areas: [] };
const resident: Actor = { kind: 'resident' };
const system: Actor = { kind: 'system', name: 'classify' };
const location = { area: 'tinglan-court', path: ['yunting', 'qilu', 'liuan', 'tinglan-court'] };
/** A Monday, before office hours. */
const start = Date.parse('2026-11-23T00:00:00.000Z');
const at = (minutes: number): string => new Date(start + minutes * 60_000).toISOString();

/** A report changed by commands as in the product, with its view as the desk shows it. */
class Life {
  events: ReportEvent[] = [];

  do(minutes: number, actor: Actor, command: Command): StaffView {
    const report = this.events.length > 0 ? fold(this.events) : undefined;
    const context: Context = { now: at(minutes), actor, city };
    const decision = decide(report, command, context);
    if (!decision.ok) throw new Error(JSON.stringify(decision.refusal));
    this.events.push(...decision.events);
    return this.view;
  }

  get view(): StaffView {
    const report = fold(this.events);
    return staffAnswer.parse({
      ...staffView(report, this.events, undefined, admin, city, report.updatedAt),
      photos: report.photos,
    });
  }

  /** What the product counts of it, by department and area. */
  get figures(): AllRows {
    const book = noRows();
    for (const event of this.events)
      for (const { dimension, key, add } of countsOf(event, '00')) {
        if (dimension === 'hour') continue;
        const row: Record<string, number> = { ...book[dimension].get(key) };
        for (const [name, amount] of Object.entries(plainFigures(add))) row[name] = (row[name] ?? 0) + amount;
        book[dimension].set(key, row);
      }
    return book;
  }
}

function submitted(): Life {
  const life = new Life();
  life.do(0, resident, {
    type: 'submit',
    number: formatNumber('YT', '261123', 0),
    description: '水管漏水',
    location,
    photos: [],
    locale: 'zh',
    source: 'resident',
  });
  return life;
}

/** Figures without those that a timeline does not contain. */
function told(figures: Rows): unknown {
  return Object.fromEntries(
    [...figures].map(
      ([key, { acknowledgedOnTime: _a, resolvedOnTime: _r, secondsToResolve: _s, ...rest }]) => [key, rest],
    ),
  );
}

const routed = {
  type: 'classify',
  category: 'building.leak',
  confidence: 0.9,
  by: 'classifier',
  alternatives: [],
} as const;
const unsure = { ...routed, confidence: 0.2 };

/** The expected figures of a report: its clock actions are predicted, then a command is given. */
function diary(life: Life, first: Command) {
  const book = new Ledger();
  let view = life.do(0.1, system, first);
  book.add({ area: view.location.area }, { received: 1 });
  book.add(rowKeysOf(view), view.status.code === 'triage' ? { triaged: 1 } : { assigned: 1, routed: 1 });
  const fire = (minutes: number): void => {
    for (const { does } of clockEventsDueAt(view, at(minutes)))
      book.add(rowKeysOf(view), {
        [({ warn: 'warned', breach: 'breached', escalate: 'escalated' } as const)[does]]: 1,
      });
    view = life.do(minutes, { kind: 'system', name: 'sweep' }, { type: 'fire-timers' });
  };
  const step = (minutes: number, actor: Actor, command: Command): void => {
    fire(minutes);
    const before = view;
    view = life.do(minutes, actor, command);
    countCommand(book, command.type, before, view);
  };
  return { book, step, fire };
}

/** Checks that the expected figures and the timeline equal the product's counts. */
function expectAgreement(life: Life, book: Ledger): void {
  const rows = noRows();
  countTimeline(rows, { acknowledge: 0, resolve: 0 }, life.view, city);
  for (const dimension of ['department', 'area', 'category'] as const) {
    expect(Object.fromEntries(book.rows[dimension])).toEqual(Object.fromEntries(life.figures[dimension]));
    expect(told(rows[dimension])).toEqual(told(life.figures[dimension]));
  }
}

describe('the demo’s expected figures', () => {
  it('equal the product’s counts for every kind of step', () => {
    const life = submitted();
    const { book, step } = diary(life, unsure);
    step(5, admin, { type: 'classify', category: 'building.leak' });
    step(6, admin, { type: 'acknowledge' });
    step(7, admin, { type: 'transfer', department: 'water', reason: '不是我们的' });
    step(8, admin, { type: 'return', reason: '也不是我们的' });
    step(9, admin, { type: 'assign', department: 'property-kangning' });
    // Starting acknowledges it too, long after the deadline.
    step(90, admin, { type: 'start' });
    step(100, admin, { type: 'note', text: '配件明天到', photos: [], audience: 'everyone' });
    step(140, admin, { type: 'resolve', text: '修好了', photos: [] });
    step(150, resident, { type: 'rate', score: 1 });
    step(160, resident, { type: 'reopen', reason: '又漏了' });
    step(170, admin, { type: 'resolve', text: '这次真修好了', photos: [] });
    step(180, resident, { type: 'rate', score: 5 });

    expectAgreement(life, book);
  });

  it.each([
    ['withdraw', resident, { type: 'withdraw' }],
    ['reject', admin, { type: 'reject', reason: '广告' }],
    ['merge', admin, { type: 'merge', into: 'YT-261121-111111' }],
  ] as const)('count a %s', (_, actor, command) => {
    const life = submitted();
    const before = life.do(1, system, routed);
    const book = new Ledger();
    book.add({ area: before.location.area }, { received: 1 });
    book.add({ department: before.department?.id, area: before.location.area }, { assigned: 1, routed: 1 });
    countCommand(book, command.type, before, life.do(2, actor, command));
    expect(Object.fromEntries(book.rows.department)).toEqual(Object.fromEntries(life.figures.department));
  });

  it('predict each clock action once', () => {
    const life = submitted();
    let view = life.do(0, system, routed);
    // Half an hour to acknowledge, two hours to resolve; then escalation after half an hour, an hour and four.
    const instants = [22.5, 30, 60, 90, 270, 90, 120, 150, 180, 360];
    expect(instantsAhead(view)).toEqual(instants.map((minutes) => Date.parse(at(minutes))));
    const says = (minutes: number): string[] =>
      clockEventsDueAt(view, at(minutes)).map(({ clock, does }) => `${clock} ${does}`);
    expect(says(22)).toEqual([]);
    expect(says(23)).toEqual(['acknowledge warn']);
    expect(says(31)).toEqual(['acknowledge breach']);
    expect(says(95)).toEqual([
      'acknowledge breach',
      'acknowledge escalate',
      'acknowledge escalate',
      'resolve warn',
    ]);
    view = life.do(95, { kind: 'system', name: 'sweep' }, { type: 'fire-timers' });
    expect(says(96)).toEqual([]);
    expect(says(125)).toEqual(['resolve breach']);
    view = life.do(97, admin, { type: 'resolve', text: '好了', photos: [] });
    expect(says(500)).toEqual([]);
  });

  it('predict nothing of a paused clock, and the rest once it resumes', () => {
    const life = submitted();
    life.do(0, system, routed);
    life.do(10, admin, { type: 'start' });
    let view = life.do(20, admin, { type: 'suspend', waitingFor: 'resident', text: '请补充位置' });
    const { resumeAt } = view.suspension ?? {};
    expect(instantsAhead(view)).toEqual([Date.parse(resumeAt ?? '')]);
    expect(clockEventsDueAt(view, at(600))).toEqual([]);
    view = life.do(80, resident, { type: 'note', text: '在北门', photos: [], audience: 'everyone' });
    expect(instantsAhead(view)).toEqual([150, 180, 210, 240, 420].map((minutes) => Date.parse(at(minutes))));
    view = life.do(241, { kind: 'system', name: 'sweep' }, { type: 'fire-timers' });
    expect(clockEventsOf(view).flatMap(({ does, hasOccurred }) => (hasOccurred ? [does] : []))).toEqual([
      'breach',
      'escalate',
      'escalate',
    ]);
  });

  it('count suspensions, extensions and follow-up calls', () => {
    const life = submitted();
    const { book, step, fire } = diary(life, { ...routed, category: 'environment.noise' });
    // Suspending acknowledges it too, long after the deadline.
    fire(25 * 60);
    step(26 * 60, admin, { type: 'suspend', waitingFor: 'other', text: '等检测报告' });
    step(30 * 60, admin, { type: 'resume' });
    step(31 * 60, admin, { type: 'extend', amount: 2, reason: '要复测' });
    step(32 * 60, admin, { type: 'grant' });
    step(33 * 60, admin, { type: 'prioritise', priority: 'high', reason: '有老人' });
    fire(60 * 60);
    fire(80 * 60);
    step(81 * 60, admin, { type: 'resolve', text: '好了', photos: [] });
    step(82 * 60, resident, { type: 'rate', score: 2 });
    step(83 * 60, admin, { type: 'follow-up', outcome: 'reopen', text: '要求重办' });
    step(84 * 60, admin, { type: 'resolve', text: '真好了', photos: [] });
    step(85 * 60, resident, { type: 'rate', score: 1 });
    step(86 * 60, admin, { type: 'follow-up', outcome: 'satisfied', text: '已说明' });
    expect(book.totals.figures).toMatchObject({ suspended: 1, extended: 1, followedUp: 2, reopened: 1 });
    expect(book.totals.figures.escalated).toBeGreaterThan(0);
    expectAgreement(life, book);
  });

  it('count a part for its department only', () => {
    const life = submitted();
    const book = new Ledger();
    const before = life.do(0, system, routed);
    book.add({ area: before.location.area }, { received: 1 });
    book.add(rowKeysOf(before), { assigned: 1, routed: 1 });
    const request = { departments: ['water', 'construction'], request: '请一起查看' };
    const asked = life.do(5, admin, { type: 'support', ...request });
    countCommand(book, 'support', before, asked);

    const [event] = life.events.filter(isJointWork);
    const [followUp] = event ? followUpCommands(event, fold(life.events)) : [];
    if (!followUp) throw new Error('nobody was asked');
    const part = new Life();
    const opened = part.do(6, { kind: 'system', name: 'joint' }, followUp.command);
    book.add(rowKeysOf(opened), { assigned: 1 });
    countCommand(book, 'resolve', opened, part.do(20, admin, { type: 'resolve', text: '好了', photos: [] }));

    const both = noRows();
    for (const figures of [life.figures, part.figures])
      for (const dimension of ['department', 'area', 'category'] as const)
        for (const [key, row] of figures[dimension]) addTo(both[dimension], key, row);
    expect(book.totals.figures).toEqual({ received: 1, assigned: 1, routed: 1, supported: 2 });
    for (const dimension of ['department', 'area', 'category'] as const)
      expect(Object.fromEntries(book.rows[dimension])).toEqual(Object.fromEntries(both[dimension]));

    const rows = noRows();
    const breaches: Breaches = { acknowledge: 0, resolve: 0 };
    for (const { view } of [life, part]) countTimeline(rows, breaches, view, city);
    expect(told(rows.department)).toEqual(told(both.department));
    expect(told(rows.area)).toEqual(told(both.area));
    expect(breaches).toEqual({ acknowledge: 0, resolve: 0 });
  });

  it('count a changed rating once', () => {
    const life = submitted();
    life.do(0, system, routed);
    life.do(5, admin, { type: 'resolve', text: '好了', photos: [] });
    life.do(6, resident, { type: 'rate', score: 2 });
    life.do(9, resident, { type: 'rate', score: 4 });
    const rows = noRows();
    countTimeline(rows, { acknowledge: 0, resolve: 0 }, life.view, city);
    expect(told(rows.area)).toEqual(told(life.figures.area));
    expect(rows.area.get('tinglan-court')).toMatchObject({ rated: 1, scoreSum: 4, satisfied: 1 });
  });

  it('read the same from a timeline, by clock', () => {
    const life = submitted();
    life.do(0, system, routed);
    life.do(31, { kind: 'system', name: 'sweep' }, { type: 'fire-timers' });
    life.do(32, admin, { type: 'transfer', department: 'water', reason: '总管坏了' });
    life.do(130, { kind: 'system', name: 'sweep' }, { type: 'fire-timers' });
    life.do(140, admin, { type: 'resolve', text: '好了', photos: [] });
    life.do(150, resident, { type: 'rate', score: 4 });
    const rows = noRows();
    const breaches: Breaches = { acknowledge: 0, resolve: 0 };
    countTimeline(rows, breaches, life.view, city);
    expect(told(rows.department)).toEqual(told(life.figures.department));
    expect(told(rows.area)).toEqual(told(life.figures.area));
    expect(told(rows.category)).toEqual(told(life.figures.category));
    // The second department was late to acknowledge too.
    expect(breaches).toEqual({ acknowledge: 2, resolve: 1 });

    const later = noRows();
    countTimeline(later, { acknowledge: 0, resolve: 0 }, life.view, city, life.view.timeline.length - 1);
    expect(told(later.department)).toEqual({ water: { rated: 1, scoreSum: 4, satisfied: 1 } });
  });
});

describe('the demo’s check of digests', () => {
  const digest = (minutes: number, kind: Digest['to']['kind']): Digest => ({
    id: `digest#${kind}#${minutes}`,
    to: { kind },
    numbers: [formatNumber('YT', '261123', 0)],
    occurredAt: at(minutes),
  });
  /** Problems found at minute 61 with a leak whose acknowledge clock breached after half an hour and was escalated. */
  function complaintsOf(digests: Digest[], dusk: number, then?: Command): number {
    const life = submitted();
    life.do(0, system, routed);
    life.do(61, { kind: 'system', name: 'sweep' }, { type: 'fire-timers' });
    if (then) life.do(62, admin, then);
    const [plan] = makeScenario({ reports: 10, seed: 1, places: city, pictures: 0 });
    if (!plan) throw new Error('a scenario without a report');
    const complaints = new FoundProblems();
    const one = { ...track(plan, life.view.number, life.view), token: '' };
    checkDigests(digests, [one], at(dusk), complaints);
    return complaints.count;
  }
  const all = [digest(62, 'department'), digest(62, 'head'), digest(62, 'area')];

  it('finds nothing missing when all was sent', () => {
    expect(complaintsOf(all, 90)).toBe(0);
  });

  it('finds missing and premature recipients', () => {
    expect(complaintsOf(all.slice(0, 2), 90)).toBe(1);
    expect(complaintsOf([digest(62, 'department'), digest(60, 'head'), digest(62, 'area')], 90)).toBe(1);
    expect(complaintsOf([], 90)).toBe(3);
  });

  it('requires nothing of resolved or very recent reports', () => {
    expect(complaintsOf([], 90, { type: 'resolve', text: '好了', photos: [] })).toBe(0);
    expect(complaintsOf([], 61)).toBe(0);
  });
});

describe('the tables of the demo', () => {
  const rows = (resolved: number): Rows =>
    new Map([['water', { resolved, rated: 2, scoreSum: 9, satisfied: 2 }]]);
  const tellings = (resolved: number): Sources => {
    const totals = {
      figures: { resolved: 3, rated: 2, scoreSum: 9 },
      breaches: { acknowledge: 0, resolve: 0 },
    };
    return {
      demo: { rows: { area: rows(3), department: rows(3), category: rows(3) }, totals },
      stats: { area: rows(resolved), department: rows(resolved), category: rows(resolved) },
      reread: { rows: { area: rows(3), department: rows(3), category: rows(3) }, totals },
    };
  };

  it('show nothing when all agree', () => {
    expect(differences(tellings(3))).toEqual([]);
    expect(totalsTable(tellings(3)).join('\n')).not.toContain('!!');
  });

  it('mark differences and show each source', () => {
    const lines = [
      ...totalsTable(tellings(4)),
      ...departmentsTable(tellings(4), {
        name: city.name,
        timeZone: city.timeZone,
        areas: city.areas,
        categories: [],
        departments: city.departments,
      }),
    ];
    expect(lines.find((line) => line.startsWith('办结 resolved'))).toMatch(/3 +4 +3 +!!$/);
    expect(lines.find((line) => line.startsWith('汀水供水公司'))).toMatch(/3\/4\/3 .*2 \(4\.50\) .*!!$/);
    expect(differences(tellings(4)).map(({ dimension, demo, other }) => [dimension, demo, other])).toEqual([
      ['area', 3, 4],
      ['department', 3, 4],
      ['category', 3, 4],
    ]);
  });

  it('leave out earlier data and data of others', () => {
    const grown = growth(rows(3), rows(8), new Map([['water', { resolved: 1 }]]));
    expect(grown.get('water')).toMatchObject({ resolved: 4, rated: 0 });
  });
});

describe('the actors of the demo', () => {
  const staff = city.staff.map(({ username, role, departments, areas }): Staff => ({
    kind: 'staff',
    username,
    role,
    departments,
    areas,
  }));
  const view = (category: string): StaffView => {
    const life = submitted();
    return life.do(0, system, { ...routed, category });
  };

  it('prefers the department’s own staff, and the administrator last', () => {
    expect(chooseStaff(staff, 'acknowledge', view('building.leak'))?.username).toBe('wang-wuye');
    expect(chooseStaff(staff, 'acknowledge', view('utility.gas'))?.username).toBe('admin');
    expect(chooseStaff(staff, 'reject', view('building.leak'))?.role).toBe('manager');
    const triaged = submitted().do(0, system, unsure);
    expect(chooseStaff(staff, 'classify', triaged)).toMatchObject({
      role: 'grid-worker',
      username: 'lin-wangge',
    });
  });

  it('acts at its time, and late steps only after the breach', () => {
    const [plan] = makeScenario({ reports: 60, seed: 1, places: city, pictures: 0 }).filter(
      ({ fate, kind }) => kind === 'clear' && fate.end === 'resolve' && !fate.detour,
    );
    if (!plan) throw new Error('a scenario without an ordinary report');
    plan.category = 'building.leak';
    const leak = view('building.leak');
    const around = (minutes: number) => ({ now: Date.parse(at(minutes)), lookahead: 0, city });
    plan.fate.acknowledgeShare = 0.5;
    expect(nextStep(plan, leak, {}, around(14))).toBeUndefined();
    expect(nextStep(plan, leak, {}, around(16))).toMatchObject({ by: 'staff', type: 'acknowledge' });
    plan.fate.acknowledgeShare = 1.2;
    expect(nextStep(plan, leak, {}, around(40))).toBeUndefined();
    if (leak.clocks.acknowledge) leak.clocks.acknowledge.breachedAt = at(31);
    expect(nextStep(plan, leak, {}, around(40))).toMatchObject({ type: 'acknowledge' });
    plan.category = 'utility.water';
    plan.fate.mindsMistakes = true;
    expect(nextStep(plan, leak, {}, around(40))).toMatchObject({ type: 'return' });
  });

  /** A plan for an ordinary report, with changes to its fate. */
  const planned = (category: string, change: Partial<Plan['fate']>) => {
    const [plan] = makeScenario({ reports: 60, seed: 1, places: city, pictures: 0 });
    if (!plan) throw new Error('a scenario without a report');
    const { rejection, returnReason, resolution } = plan.fate;
    plan.category = category;
    plan.fate = {
      ...{ end: 'resolve', acknowledgeShare: 0.1, resolveShare: 0.1, startsWork: true, mindsMistakes: true },
      ...{ rejection, returnReason, resolution },
      ...change,
    };
    return (seen: StaffView, minutes: number, memory = {}) =>
      nextStep(plan, seen, memory, { now: Date.parse(at(minutes)), lookahead: 0, city });
  };
  const text = { zh: '请补充位置', en: 'Please say where' };
  const dayLong = 60 * 24;
  /** A report about noise in progress, with five working days to resolve it. */
  function started(): { life: Life; view: StaffView } {
    const life = submitted();
    life.do(0, system, { ...routed, category: 'environment.noise' });
    return { life, view: life.do(10, admin, { type: 'start' }) };
  }

  it('suspends, and resumes after the answer', () => {
    const { life, view } = started();
    const waiting = { round: 0, waitingFor: 'resident', text, afterMinutes: 60 } as const;
    const next = planned('environment.noise', { suspension: { ...waiting, answer: text } });
    const fields = { waitingFor: 'resident', text: text.zh } as const;
    expect(next(view, 11)).toEqual({ by: 'staff', type: 'suspend', fields });
    const suspended = life.do(11, admin, { type: 'suspend', ...fields });
    expect(next(suspended, 70, { suspended: true })).toBeUndefined();
    expect(next(suspended, 71, { suspended: true })).toMatchObject({ by: 'resident', type: 'note' });
    expect(planned('environment.noise', { suspension: waiting })(suspended, 71)).toMatchObject({
      type: 'resume',
    });
    const resumed = life.do(71, resident, { type: 'note', text: text.zh, photos: [], audience: 'everyone' });
    expect(next(resumed, dayLong, { suspended: true })).toMatchObject({ type: 'resolve' });
  });

  it('requests one extension in time, and resolves only after the decision', () => {
    const { life, view } = started();
    const asks = { round: 0, reason: text, afterMinutes: 30 };
    const next = planned('environment.noise', { extension: { ...asks, decision: { type: 'grant' } } });
    // Half of five working days, in whole ones.
    expect(next(view, 11)).toMatchObject({ type: 'extend', fields: { amount: 3 } });
    expect(next(view, dayLong * 7)).toMatchObject({ type: 'resolve' });
    const asked = life.do(11, admin, { type: 'extend', amount: 3, reason: text.zh });
    expect(next(asked, 40, { extended: true })).toBeUndefined();
    expect(next(asked, 41, { extended: true })).toMatchObject({ type: 'grant' });
    const undecided = planned('environment.noise', { extension: asks });
    expect(undecided(asked, dayLong, { extended: true })).toBeUndefined();
    const granted = life.do(41, admin, { type: 'grant' });
    expect(next(granted, dayLong, { extended: true })).toMatchObject({ type: 'resolve' });
  });

  it('waits for supporting departments', () => {
    const { life, view } = started();
    const next = planned('environment.noise', { support: { request: text, answers: [text] } });
    const departments = ['urban-management', 'market'];
    expect(next(view, 11)).toMatchObject({ type: 'support', fields: { departments } });
    const asked = life.do(11, admin, { type: 'support', departments: ['market'], request: text.zh });
    expect(next(asked, dayLong)).toBeUndefined();
    const [part] = asked.support;
    const answered = life.do(
      50,
      { kind: 'system', name: 'joint' },
      {
        type: 'record-support',
        part: part?.number ?? '',
        partVersion: 9,
        department: 'market',
        state: 'resolved',
        text: '好了',
      },
    );
    expect(next(answered, dayLong)).toMatchObject({ type: 'resolve' });
  });

  it('raises priorities, and makes follow-up calls', () => {
    const { life, view } = started();
    const raising = planned('environment.noise', { raise: { priority: 'high', reason: text } });
    expect(raising(view, 11)).toMatchObject({ type: 'prioritise', fields: { priority: 'high' } });
    expect(raising(view, dayLong)).toMatchObject({ type: 'resolve' });
    life.do(12, admin, { type: 'resolve', text: '好了', photos: [] });
    const rated = life.do(13, resident, { type: 'rate', score: 2 });
    const outcome = { outcome: 'satisfied', text, afterMinutes: 30 } as const;
    const calling = planned('environment.noise', { followUp: outcome });
    expect(calling(rated, 42)).toBeUndefined();
    expect(calling(rated, 43)).toMatchObject({ type: 'follow-up', fields: { outcome: 'satisfied' } });
    const called = life.do(43, admin, { type: 'follow-up', outcome: 'satisfied', text: '已说明' });
    expect(calling(called, 99)).toBeUndefined();
  });
});

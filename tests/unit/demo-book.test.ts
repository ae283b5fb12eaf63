import { describe, expect, it } from 'vitest';
import type { StaffView } from '../../infra/local/demo/answers.ts';
import {
  Book,
  countCommand,
  countTimeline,
  firingsAt,
  instantsAhead,
  noRows,
  type Breaches,
  type Rows,
  type AllRows,
} from '../../infra/local/demo/book.ts';
import { staffAnswer } from '../../infra/local/demo/answers.ts';
import { chooseStaff, nextStep, type Staff } from '../../infra/local/demo/next-step.ts';
import { makeScenario } from '../../infra/local/demo/scenario.ts';
import {
  differences,
  growth,
  totalsTable,
  departmentsTable,
  type Tellings,
} from '../../infra/local/demo/summary.ts';
import { loadCity } from '../../shared/config/load-city.ts';
import type { Command } from '../../shared/domain/commands.ts';
import { decide, type Context } from '../../shared/domain/decide.ts';
import { countsOf } from '../../shared/domain/figures.ts';
import type { Actor } from '../../shared/domain/permissions.ts';
import { fold } from '../../shared/domain/report.ts';
import { staffView } from '../../shared/domain/views.ts';
import type { ReportEvent } from '../../events/index.ts';

const city = loadCity(new URL('../../shared/config/demo-city.json', import.meta.url));
const admin: Staff = { kind: 'staff', username: 'admin', role: 'admin', departments: [], areas: [] };
const resident: Actor = { kind: 'resident' };
const system: Actor = { kind: 'system', name: 'classify' };
const location = { area: 'tinglan-court', path: ['yunting', 'qilu', 'liuan', 'tinglan-court'] };
const start = Date.parse('2026-11-21T00:00:00.000Z');
const at = (minutes: number): string => new Date(start + minutes * 60_000).toISOString();

/** A report that lives through commands as in the product, its view as the desk shows it. */
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
        for (const [name, amount] of Object.entries(add) as [string, number][])
          row[name] = (row[name] ?? 0) + amount;
        book[dimension].set(key, row);
      }
    return book;
  }
}

function submitted(): Life {
  const life = new Life();
  life.do(0, resident, {
    type: 'submit',
    number: 'YT-261121-000000',
    description: '水管漏水',
    location,
    photos: [],
    locale: 'zh',
    source: 'resident',
  });
  return life;
}

const routed = {
  type: 'classify',
  category: 'building.leak',
  confidence: 0.9,
  by: 'classifier',
  alternatives: [],
} as const;
const unsure = { ...routed, confidence: 0.2 };

describe('the books of the demo', () => {
  it('count what the product counts, through every kind of step', () => {
    const life = submitted();
    const book = new Book();
    let view = life.do(0.1, system, unsure);
    book.add({ area: view.location.area }, { received: 1 });
    book.add(
      { department: view.department?.id, category: view.category?.code, area: view.location.area },
      { triaged: 1 },
    );
    const step = (minutes: number, actor: Actor, command: Command): void => {
      const before = view;
      view = life.do(minutes, actor, command);
      countCommand(book, command.type, before, view);
    };
    step(5, admin, { type: 'classify', category: 'building.leak' });
    step(6, admin, { type: 'acknowledge' });
    step(7, admin, { type: 'transfer', department: 'water', reason: '不是我们的' });
    step(8, admin, { type: 'return', reason: '也不是我们的' });
    step(9, admin, { type: 'assign', department: 'property-kangning' });
    // Starting takes it up as well, long after its time.
    step(90, admin, { type: 'start' });
    step(100, admin, { type: 'note', text: '配件明天到', photos: [], audience: 'everyone' });
    step(140, admin, { type: 'resolve', text: '修好了', photos: [] });
    step(150, resident, { type: 'rate', score: 1 });
    step(160, resident, { type: 'reopen', reason: '又漏了' });
    step(170, admin, { type: 'resolve', text: '这次真修好了', photos: [] });
    step(180, resident, { type: 'rate', score: 5 });

    expect(Object.fromEntries(book.rows.department)).toEqual(Object.fromEntries(life.figures.department));
    expect(Object.fromEntries(book.rows.area)).toEqual(Object.fromEntries(life.figures.area));
    expect(Object.fromEntries(book.rows.category)).toEqual(Object.fromEntries(life.figures.category));
  });

  it.each([
    ['withdraw', resident, { type: 'withdraw' }],
    ['reject', admin, { type: 'reject', reason: '广告' }],
    ['merge', admin, { type: 'merge', into: 'YT-261121-111111' }],
  ] as const)('count a %s', (_, actor, command) => {
    const life = submitted();
    const before = life.do(1, system, routed);
    const book = new Book();
    book.add({ area: before.location.area }, { received: 1 });
    book.add({ department: before.department?.id, area: before.location.area }, { assigned: 1, routed: 1 });
    countCommand(book, command.type, before, life.do(2, actor, command));
    expect(Object.fromEntries(book.rows.department)).toEqual(Object.fromEntries(life.figures.department));
  });

  it('foresee what the clocks will say, each once', () => {
    const life = submitted();
    let view = life.do(0, system, routed);
    // Half an hour to take it up, two hours to settle it.
    expect(instantsAhead(view).sort()).toEqual([22.5, 30, 90, 120].map((minutes) => Date.parse(at(minutes))));
    const says = (minutes: number): string[] =>
      firingsAt(view, at(minutes)).map(({ clock, does }) => `${clock} ${does}`);
    expect(says(22)).toEqual([]);
    expect(says(23)).toEqual(['acknowledge warn']);
    expect(says(31)).toEqual(['acknowledge breach']);
    expect(says(95)).toEqual(['acknowledge breach', 'resolve warn']);
    view = life.do(95, { kind: 'system', name: 'sweep' }, { type: 'fire-timers' });
    expect(says(96)).toEqual([]);
    expect(says(125)).toEqual(['resolve breach']);
    view = life.do(97, admin, { type: 'resolve', text: '好了', photos: [] });
    expect(says(500)).toEqual([]);
  });

  it('read the same from a timeline, breaches told apart', () => {
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
    const told = (figures: Rows): unknown =>
      Object.fromEntries(
        [...figures].map(
          ([key, { acknowledgedOnTime: _a, resolvedOnTime: _r, secondsToResolve: _s, ...rest }]) => [
            key,
            rest,
          ],
        ),
      );
    expect(told(rows.department)).toEqual(told(life.figures.department));
    expect(told(rows.area)).toEqual(told(life.figures.area));
    expect(told(rows.category)).toEqual(told(life.figures.category));
    // The second department was late to take it up as well.
    expect(breaches).toEqual({ acknowledge: 2, resolve: 1 });

    const later = noRows();
    countTimeline(later, { acknowledge: 0, resolve: 0 }, life.view, city, life.view.timeline.length - 1);
    expect(told(later.department)).toEqual({ water: { rated: 1, scoreSum: 4, satisfied: 1 } });
  });
});

describe('the tables of the demo', () => {
  const rows = (resolved: number): Rows =>
    new Map([['water', { resolved, rated: 2, scoreSum: 9, satisfied: 2 }]]);
  const tellings = (resolved: number): Tellings => {
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

  it('find nothing where all agree', () => {
    expect(differences(tellings(3))).toEqual([]);
    expect(totalsTable(tellings(3)).join('\n')).not.toContain('!!');
  });

  it('mark what differs and show each telling', () => {
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

  it('leave out what was there before and what others had', () => {
    const grown = growth(rows(3), rows(8), new Map([['water', { resolved: 1 }]]));
    expect(grown.get('water')).toMatchObject({ resolved: 4, rated: 0 });
  });
});

describe('who acts, and when', () => {
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

  it('asks the department’s own people first and the administrator last', () => {
    expect(chooseStaff(staff, 'acknowledge', view('building.leak'))?.username).toBe('wang-wuye');
    expect(chooseStaff(staff, 'acknowledge', view('utility.gas'))?.username).toBe('admin');
    expect(chooseStaff(staff, 'reject', view('building.leak'))?.role).toBe('manager');
    const triaged = submitted().do(0, system, unsure);
    expect(chooseStaff(staff, 'classify', triaged)).toMatchObject({
      role: 'grid-worker',
      username: 'lin-wangge',
    });
  });

  it('does nothing before its time, and what is late only after the clock has broken', () => {
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
});

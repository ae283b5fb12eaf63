import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Command,
  decide,
  eventSchema,
  fold,
  nextTimer,
  redacted,
  type Report,
  stateDiagram,
  targetsOf,
  timersOf,
  transitions,
} from '../support/report-domain.ts';
import type { Actor } from '../../shared/kernel/permissions.ts';
import { erasedText, personalParts } from '../../shared/kernel/erasure.ts';
import { countsOf } from '../../shared/records/report/figures.ts';
import type { State } from '../../shared/records/report/state.ts';
import type { ReportEvent } from '../../events/report.ts';
import { priorities } from '../../shared/config/city.ts';
import { progress } from '../../shared/kernel/clocks/sla.ts';
import { city } from '../support/city.ts';
import {
  admin,
  after,
  assigned,
  leak,
  minutesAt,
  resident,
  Story,
  submit,
  system,
} from '../support/reports.ts';

const departments = fc.constantFrom(...city.departments.map(({ id }) => id));
const categories = fc.constantFrom(...city.categories.map(({ code }) => code));
const reason = fc.constantFrom('原因一', 'reason two');

type Step = { command: Command; actor: Actor; minutes: number };

const command: fc.Arbitrary<Omit<Step, 'minutes'>> = fc.oneof(
  fc
    .record({ category: categories, confidence: fc.double({ min: 0, max: 1, noNaN: true }) })
    .map((verdict) => ({
      command: { ...leak, ...verdict },
      actor: system('classify'),
    })),
  fc
    .constantFrom<Command>({ type: 'acknowledge' }, { type: 'start' })
    .map((c) => ({ command: c, actor: admin })),
  fc.tuple(departments, reason).map(([department, r]) => ({
    command: { type: 'transfer', department, reason: r } as const,
    actor: admin,
  })),
  reason.map((r) => ({ command: { type: 'return', reason: r } as const, actor: admin })),
  categories.map((category) => ({ command: { type: 'classify', category } as const, actor: admin })),
  departments.map((department) => ({ command: { type: 'assign', department } as const, actor: admin })),
  fc.constant({ command: { type: 'resolve', text: '好了', photos: [] } as const, actor: admin }),
  reason.map((r) => ({ command: { type: 'reject', reason: r } as const, actor: admin })),
  reason.map((r) => ({ command: { type: 'reopen', reason: r } as const, actor: resident })),
  fc
    .integer({ min: 1, max: 5 })
    .map((score) => ({ command: { type: 'rate', score } as const, actor: resident })),
  fc.constant({ command: { type: 'withdraw' } as const, actor: resident }),
  fc.constant({ command: { type: 'merge', into: 'YT-261120-00002E' } as const, actor: admin }),
  reason.map((r) => ({ command: { type: 'decline', reason: r } as const, actor: admin })),
  fc.constant({ command: { type: 'take-alert' } as const, actor: admin }),
  fc.constant({ command: { type: 'fire-timers' } as const, actor: system('sweep') }),
  fc.constantFrom('resident', 'other').map((waitingFor) => ({
    command: { type: 'suspend', waitingFor, text: '等待' } as const,
    actor: admin,
  })),
  fc
    .constantFrom<Command>({ type: 'resume' }, { type: 'grant' }, { type: 'apply-policy' }, { type: 'close' })
    .map((c) => ({ command: c, actor: admin })),
  fc
    .integer({ min: 1, max: 12 })
    .map((amount) => ({ command: { type: 'extend', amount, reason: '等配件' } as const, actor: admin })),
  fc.constantFrom(...priorities).map((priority) => ({
    command: { type: 'prioritise', priority, reason: '研判' } as const,
    actor: admin,
  })),
  fc.array(departments, { minLength: 1, maxLength: 3 }).map((asked) => ({
    command: { type: 'support', departments: asked, request: '请到场' } as const,
    actor: admin,
  })),
  fc.constant({
    command: { type: 'resolve', text: '好了', photos: [], override: '不再等待' } as const,
    actor: admin,
  }),
  fc.constantFrom('satisfied', 'reopen').map((outcome) => ({
    command: { type: 'follow-up', outcome, text: '已致电' } as const,
    actor: admin,
  })),
  fc.constant({
    command: { type: 'note', text: '补充', photos: [], audience: 'everyone' } as const,
    actor: resident,
  }),
  fc.constantFrom(resident, admin).map((actor) => ({ command: { type: 'erase' } as const, actor })),
  fc
    .constantFrom<Command>(
      { type: 'record-photos', photos: [{ id: 'p1', status: 'ready', width: 100, height: 80 }] },
      { type: 'blur-photo', photo: 'p1', regions: [{ x: 0, y: 0, width: 0.5, height: 0.5 }] },
    )
    .map((c) => ({ command: c, actor: c.type === 'blur-photo' ? admin : system('photos') })),
);

const anything = fc.array(
  fc.tuple(command, fc.integer({ min: 0, max: 2000 })).map(([step, minutes]) => ({ ...step, minutes })),
  { maxLength: 40 },
);

/** The start of a story: random commands alone rarely lead to work, or to a suspension and its end. */
const classified: Step = { command: leak, actor: system('classify'), minutes: 1 };
const beginnings = fc.constantFrom<Step[]>(
  [],
  [classified],
  [classified, { command: { type: 'start' }, actor: admin, minutes: 1 }],
  [
    classified,
    { command: { type: 'suspend', waitingFor: 'other', text: '等待' }, actor: admin, minutes: 1 },
    { command: { type: 'resume' }, actor: admin, minutes: 30 },
  ],
);
const steps = fc.tuple(beginnings, anything).map(([first, later]) => [...first, ...later]);

/** Runs a story with time going forward; `see` looks at each decision. */
function play(plan: Step[], see: (story: Story, step: Step, now: number) => void = () => undefined): Story {
  const story = new Story();
  story.give(submit, resident, 0);
  let now = 0;
  for (const step of plan) {
    now += step.minutes;
    see(story, step, now);
    story.give(step.command, step.actor, now);
  }
  return story;
}

/** The transitions between states, by command, and no others. By hand, so that a new one needs a change here too. */
const moves: Record<string, string> = {
  'submitted --> triage': 'classify, fire-timers',
  'triage --> triage': 'classify',
  'assigned --> triage': 'classify, return',
  'in-progress --> triage': 'classify, return',
  'suspended --> triage': 'classify, return',
  'submitted --> assigned': 'classify',
  'triage --> assigned': 'classify, assign',
  'assigned --> assigned': 'classify, assign, transfer',
  'in-progress --> assigned': 'classify, assign, transfer',
  'suspended --> assigned': 'classify, assign, resume, transfer, note, fire-timers',
  'assigned --> in-progress': 'start',
  'assigned --> suspended': 'suspend',
  'in-progress --> suspended': 'suspend',
  'suspended --> in-progress': 'resume, note, fire-timers',
  'assigned --> resolved': 'resolve',
  'in-progress --> resolved': 'resolve',
  'suspended --> resolved': 'resolve',
  'resolved --> closed': 'rate, close, fire-timers',
  'closed --> closed': 'rate',
  'closed --> assigned': 'follow-up, reopen',
  'resolved --> assigned': 'reopen',
  'submitted --> withdrawn': 'withdraw, end-support',
  'triage --> withdrawn': 'withdraw, end-support',
  'assigned --> withdrawn': 'withdraw, end-support',
  'in-progress --> withdrawn': 'withdraw, end-support',
  'suspended --> withdrawn': 'withdraw, end-support',
  'submitted --> rejected': 'reject',
  'triage --> rejected': 'reject',
  'assigned --> rejected': 'reject',
  'in-progress --> rejected': 'reject',
  'suspended --> rejected': 'reject',
  'submitted --> merged': 'merge',
  'triage --> merged': 'merge',
  'assigned --> merged': 'merge',
  'in-progress --> merged': 'merge',
  'suspended --> merged': 'merge',
};

const held = 'assigned in-progress suspended';
const open = `submitted triage ${held}`;
const every = `${open} resolved closed rejected merged withdrawn`;

/** From which states each command may come at all. */
const comesFrom: Record<string, string> = {
  classify: open,
  assign: `triage ${held}`,
  acknowledge: 'assigned',
  start: 'assigned',
  suspend: 'assigned in-progress',
  resume: 'suspended',
  extend: 'assigned in-progress',
  grant: held,
  decline: held,
  prioritise: `triage ${held}`,
  'apply-policy': every,
  support: held,
  return: held,
  transfer: held,
  resolve: held,
  note: `${open} resolved closed`,
  rate: 'resolved closed',
  close: 'resolved',
  'follow-up': 'closed',
  reopen: 'resolved closed',
  withdraw: open,
  reject: open,
  merge: open,
  reveal: every,
  'renew-link': every,
  'revoke-link': every,
  'blur-photo': every,
  erase: every,
  supervise: `triage ${held}`,
  'take-alert': every,
  join: `${open} resolved closed`,
  'end-support': open,
  'record-support': every,
  'record-photos': every,
  'fire-timers': every,
};
/** Those that never leave the state as it is, unless a row of `moves` says so. */
const alwaysMoves =
  'start suspend resume return transfer resolve rate close reopen withdraw reject merge end-support'.split(
    ' ',
  );

const mayMove = (type: string, from: State, to: State): boolean =>
  (from === to && !alwaysMoves.includes(type)) ||
  (moves[`${from} --> ${to}`]?.split(', ').includes(type) ?? false);

describe('the transition table', () => {
  it('has the same source states', () => {
    const said = Object.entries(transitions).map(([type, { from }]) => [type, from.join(' ')]);
    expect(Object.fromEntries(said)).toEqual(comesFrom);
  });

  it('has the same target states', () => {
    const states = every.split(' ') as State[];
    for (const type of Object.keys(transitions) as (keyof typeof transitions)[])
      for (const from of states.filter((state) => comesFrom[type]?.split(' ').includes(state)))
        expect([...new Set(targetsOf(type, from))].sort(), `${type} from ${from}`).toEqual(
          states.filter((to) => mayMove(type, from, to)).sort(),
        );
  });
});

describe('any sequence of commands on a report', () => {
  it('changes state only as in the transition table', () => {
    const reached = new Set<State>();
    fc.assert(
      fc.property(steps, (plan) => {
        play(plan, (story, { command: c, actor }, now) => {
          const { report } = story;
          const decision = decide(report, c, { now: after(now), actor, city });
          if (
            !decision.ok ||
            decision.events.length === 0 ||
            c.type === 'submit' ||
            c.type === 'open-support'
          )
            return;
          const next = fold([...story.events, ...decision.events]);
          expect(comesFrom[c.type]?.split(' ')).toContain(report.state);
          expect(mayMove(c.type, report.state, next.state), `${c.type}: ${report.state}, ${next.state}`).toBe(
            true,
          );
          reached.add(report.state).add(next.state);
        });
      }),
      { numRuns: 150 },
    );
    expect([...reached].sort()).toEqual(every.split(' ').sort());
  });

  it('has pure decisions, refusals without effect, and valid events', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        play(plan, (story, { command: c, actor }, now) => {
          const { report } = story;
          const frozen = structuredClone(report);
          const context = { now: after(now), actor, city };
          const decision = decide(report, c, context);
          expect(decide(report, c, context)).toEqual(decision);
          expect(report).toEqual(frozen);
          if (!decision.ok) return;
          decision.events.forEach((event, index) => {
            expect(event.sequence).toBe(report.version + index + 1);
            expect(eventSchema(event.type).parse(event)).toEqual(event);
          });
        });
      }),
      { numRuns: 100 },
    );
  });

  it('has events in order of time, whatever the actors’ clocks', () => {
    fc.assert(
      fc.property(steps, fc.array(fc.integer({ min: -500, max: 0 })), (plan, skews) => {
        const story = new Story();
        story.give(submit, resident, 0);
        let now = 0;
        plan.forEach((step, index) => {
          now += step.minutes;
          story.give(step.command, step.actor, now + (skews[index] ?? 0));
        });
        const times = story.events.map((event) => event.occurredAt);
        expect(times).toEqual(times.toSorted());
        for (const clock of Object.values(story.report.clocks))
          if (clock.stoppedAt !== undefined) expect(clock.stoppedAt >= clock.startedAt).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('has each clock warn, breach and escalate each step at most once', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const said = new Map<string, number>();
        const note = (key: string): unknown => said.set(key, (said.get(key) ?? 0) + 1);
        play(plan, (story, { command: c, actor }, now) => {
          const { clocks } = story.report;
          const decision = decide(story.report, c, { now: after(now), actor, city });
          if (!decision.ok) return;
          for (const { type, data } of decision.events) {
            if (!('clock' in data) || typeof data.clock !== 'string') continue;
            const step = type === 'clock-escalated.v1' && 'to' in data ? data.to : '';
            if (type.startsWith('clock-'))
              note(`${type} ${data.clock} ${clocks[data.clock]?.startedAt} ${step}`);
          }
        });
        expect([...said].filter(([, times]) => times > 1)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('has timers exactly while something is scheduled', () => {
    const met: Record<string, number> = {};
    /** All timers of a report, computed from the report alone. */
    const awaited = (report: Report): string[] => {
      const waits: string[] = [];
      const wait = (what: string, at: string): void => {
        met[what] = (met[what] ?? 0) + 1;
        waits.push(at);
      };
      for (const [name, clock] of Object.entries(report.clocks)) {
        const pause = clock.pauses?.at(-1);
        if (clock.stoppedAt !== undefined || (pause && pause.to === undefined)) continue;
        const step = clock.climbs?.[clock.climbed ?? 0];
        if (clock.breachedAt === undefined) {
          wait(`${name} ${pause ? 'resumed' : 'running'}`, clock.dueAt);
          if (clock.warnedAt === undefined && clock.warnAt < clock.dueAt)
            wait(`${name} to warn`, clock.warnAt);
        } else if (step) wait(`${name} to escalate`, step.at);
      }
      const { state, submittedAt, suspension, alert, closeAt, endedAt } = report;
      if (state === 'submitted') wait('to sort', new Date(Date.parse(submittedAt) + 600_000).toISOString());
      if (state === 'suspended') wait('to resume', suspension?.resumeAt ?? 'never');
      if (alert?.remindAt !== undefined && endedAt === undefined && state !== 'suspended')
        wait('to remind', alert.remindAt);
      if (state === 'resolved') wait('to close', closeAt ?? 'never');
      for (const part of personalParts) {
        const until = report.eraseAt?.[part];
        if (until !== undefined && report.erased?.[part] === undefined) wait('to erase', until);
      }
      return waits.sort();
    };
    fc.assert(
      fc.property(steps, (plan) => {
        play(plan, ({ report }) => {
          expect(nextTimer(report), report.state).toBe(awaited(report)[0]);
          expect(
            timersOf(report)
              .map(({ at }) => at)
              .sort()[0],
          ).toBe(awaited(report)[0]);
        });
        const { report } = play(plan);
        expect(nextTimer(report)).toBe(awaited(report)[0]);
        const atRest: State[] = ['closed', 'rejected', 'merged', 'withdrawn'];
        const isErased = personalParts.every((part) => report.erased?.[part] !== undefined);
        if (atRest.includes(report.state) && isErased) {
          expect(nextTimer(report)).toBeUndefined();
          met['at rest'] = (met['at rest'] ?? 0) + 1;
        }
      }),
      { numRuns: 200 },
    );
    // Every case occurred, so none was tested vacuously.
    expect(Object.keys(met).sort()).toEqual([
      'acknowledge running',
      'acknowledge to escalate',
      'acknowledge to warn',
      'at rest',
      'resolve resumed',
      'resolve running',
      'resolve to escalate',
      'resolve to warn',
      'to close',
      'to erase',
      'to remind',
      'to resume',
      'to sort',
    ]);
  });

  it('keeps the time left over a pause', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 20_000 }), (plan, minutes) => {
        const story = play(plan);
        const { report } = story;
        fc.pre(report.state === 'assigned' || report.state === 'in-progress');
        const now = minutesAt(report.updatedAt);
        story.give({ type: 'suspend', waitingFor: 'other', text: '等候配件到货' }, admin, now);
        const left = (at: number): number =>
          progress(city, story.report.clocks.resolve ?? expect.fail(), after(at)).left;
        const before = left(now);
        story.give({ type: 'resume' }, admin, now + minutes);
        expect(left(now + minutes)).toBe(before);
      }),
      { numRuns: 150 },
    );
  });

  it('always adds an event when a timer fires', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const { report, events } = play(plan);
        const timer = nextTimer(report);
        fc.pre(timer !== undefined);
        const decision = decide(
          report,
          { type: 'fire-timers' },
          { now: timer, actor: system('sweep'), city },
        );
        expect(decision.ok && decision.events.length).toBeGreaterThan(0);
        if (decision.ok) expect(nextTimer(fold([...events, ...decision.events]))).not.toBe(timer);
      }),
      { numRuns: 150 },
    );
  });
});

describe('the state diagram', () => {
  it('draws every transition of the table and nothing else', () => {
    const drawn = stateDiagram()
      .split('\n')
      .filter((line) => line.includes('-->') && !line.includes('[*]'))
      .map((line) => line.trim());
    // A hyphen in a name is not drawn.
    const edge = (move: string): string => move.replaceAll('in-progress', 'in_progress');
    const sorted = (types: string): string => types.split(', ').sort().join(', ');
    const lines = drawn.map((line) => line.replace(/: .*$/, (types) => `: ${sorted(types.slice(2))}`));
    expect(lines.sort()).toEqual(
      Object.entries(moves)
        .map(([move, types]) => `${edge(move)}: ${sorted(types)}`)
        .sort(),
    );
  });
});

/** All text in these stories, and where it is. */
const written = [
  submit.description,
  submit.location.address ?? '',
  ...['原因一', 'reason two', '好了', '等待', '等配件', '研判', '请到场', '不再等待', '已致电', '补充'],
];

/** A story that has come to an end, with what is personal erased on request. */
function erased(plan: Step[]): Story {
  const story = play(plan);
  const now = minutesAt(story.report.updatedAt);
  if (story.report.endedAt === undefined) story.give({ type: 'withdraw', reason: '原因一' }, resident, now);
  story.give({ type: 'erase' }, resident, now + 1);
  expect(Object.keys(story.report.erased ?? {}).sort()).toEqual([...personalParts].sort());
  return story;
}

describe('erased data', () => {
  it('is in no event, and the rest stays valid', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const { events } = erased(plan);
        const kept = redacted(events);
        expect(kept).toHaveLength(events.length);
        for (const event of kept) expect(eventSchema(event.type).parse(event)).toEqual(event);
        const text = JSON.stringify(kept);
        for (const words of written) expect(text).not.toContain(words);
        expect(redacted(kept)).toEqual(kept);
      }),
      { numRuns: 150 },
    );
  });

  it('leaves the figures of each event unchanged', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const { events } = erased(plan);
        const counts = (all: readonly ReportEvent[]) => all.map((event) => countsOf(event, '09'));
        expect(counts(redacted(events))).toEqual(counts(events));
      }),
      { numRuns: 150 },
    );
  });

  it('leaves the report unchanged but for text, exact place and photos', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const { events } = erased(plan);
        const bare = (report: Report): unknown => {
          const { storedBytes: _weight, photos: _photos, location, ...rest } = report;
          const text = written.reduce(
            (all, words) => all.replaceAll(JSON.stringify(words), JSON.stringify(erasedText)),
            JSON.stringify(rest),
          );
          return [JSON.parse(text), location.area, location.path];
        };
        const after = fold(redacted(events));
        expect(bare(after)).toEqual(bare(fold(events)));
        expect(after.photos).toEqual([]);
        expect(after.location).toEqual({ area: submit.location.area, path: submit.location.path });
      }),
      { numRuns: 150 },
    );
  });

  it('is erased by timers, each part in its time, and leaves no timer', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const story = play(plan);
        fc.pre(story.report.erased === undefined);
        const now = minutesAt(story.report.updatedAt);
        if (story.report.endedAt === undefined) story.give({ type: 'withdraw' }, resident, now);
        const { eraseAt, endedAt = '' } = story.report;
        const days = (part: keyof NonNullable<typeof eraseAt>): number =>
          (Date.parse(eraseAt?.[part] ?? '') - Date.parse(endedAt)) / 86_400_000;
        expect([days('contact'), days('photos'), days('text')]).toEqual([180, 365, 1095]);
        for (let timer = nextTimer(story.report); timer; timer = nextTimer(story.report))
          story.give({ type: 'fire-timers' }, system('sweep'), minutesAt(timer));
        expect(story.report.erased).toEqual(eraseAt);
      }),
      { numRuns: 100 },
    );
  });
});

describe('erasing on request', () => {
  it('erases the contact of an open report, and the rest at its end', () => {
    const story = play([]);
    story.give(leak, system('classify'), 1);
    expect(story.give({ type: 'erase' }, resident, 2)).toBeUndefined();
    expect(Object.keys(story.report.erased ?? {})).toEqual(['contact']);
    expect(fold(redacted(story.events)).description).toBe(submit.description);
    expect(story.give({ type: 'reveal', reason: '回访' }, admin, 3)).toEqual({ kind: 'data-erased' });
    story.give({ type: 'resolve', text: '好了', photos: [] }, admin, 4);
    const { closeAt = '' } = story.report;
    story.give({ type: 'fire-timers' }, system('sweep'), minutesAt(closeAt) - 1);
    expect(Object.keys(story.report.erased ?? {})).toEqual(['contact']);
    story.give({ type: 'fire-timers' }, system('sweep'), minutesAt(closeAt));
    expect(story.report.state).toBe('closed');
    expect(Object.keys(story.report.erased ?? {}).sort()).toEqual(['contact', 'photos', 'text']);
    expect(nextTimer(story.report)).toBeUndefined();
    expect(story.events.at(-1)?.data).toMatchObject({ cause: 'request', photos: ['p1'] });
  });

  it('refuses further personal data, and erases nothing twice', () => {
    const resolved = assigned();
    resolved.give({ type: 'resolve', text: '好了', photos: [] }, admin, 1);
    const closed = assigned();
    closed.give({ type: 'resolve', text: '好了', photos: [] }, admin, 1);
    closed.give({ type: 'rate', score: 1 }, resident, 2);
    const withdrawn = erased([]);
    let tooLate = 0;
    for (const [story, kind] of [
      [resolved, 'data-erased'],
      [closed, 'data-erased'],
      [withdrawn, 'wrong-state'],
    ] as const) {
      story.give({ type: 'erase' }, resident, 4000);
      const { length } = story.events;
      for (const type of ['note', 'reopen', 'rate'] as const) {
        const words = { text: '补充', reason: '补充', score: 3, photos: [], audience: 'everyone' } as const;
        const refusal = story.give({ type, ...words }, resident, 5000);
        expect(refusal?.kind, `${type}, ${story.report.state}`).toBe(kind);
        if (refusal?.kind === 'data-erased') tooLate += 1;
      }
      expect(story.give({ type: 'erase' }, admin, 5001)).toBeUndefined();
      expect(story.events).toHaveLength(length);
    }
    expect(tooLate).toBe(6);
  });
});

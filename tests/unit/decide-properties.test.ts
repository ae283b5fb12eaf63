import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../shared/domain/commands.ts';
import { decide } from '../../shared/domain/decide.ts';
import type { Actor } from '../../shared/domain/permissions.ts';
import { fold, nextTimer } from '../../shared/domain/report.ts';
import { movesOf, stateDiagram, targetsOf, transitions } from '../../shared/domain/transitions.ts';
import { eventSchema } from '../../events/index.ts';
import { city } from '../support/city.ts';
import { admin, after, leak, resident, Story, submit, system } from '../support/reports.ts';

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
  fc.constant({ command: { type: 'fire-timers' } as const, actor: system('sweep') }),
);

const steps = fc.array(
  fc.tuple(command, fc.integer({ min: 0, max: 2000 })).map(([step, minutes]) => ({ ...step, minutes })),
  { maxLength: 40 },
);

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

describe('whatever is asked of a report, in whatever order', () => {
  it('its state moves only as the transition table says', () => {
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
          expect(transitions[c.type].from).toContain(report.state);
          expect(targetsOf(c.type, report.state)).toContain(next.state);
        });
      }),
      { numRuns: 150 },
    );
  });

  it('deciding is pure, refusing changes nothing, and every event fits its contract', () => {
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

  it('history goes forward in time, whatever the clocks of those who ask', () => {
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

  it('each promise is warned of at most once and broken at most once', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const story = play(plan);
        const said = new Map<string, number>();
        for (const event of story.events) {
          if (event.type !== 'clock-warned.v1' && event.type !== 'clock-breached.v1') continue;
          const key = `${event.type} ${event.data.clock} ${event.data.dueAt}`;
          said.set(key, (said.get(key) ?? 0) + 1);
        }
        expect([...said.values()].filter((times) => times > 1)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('an ended report has no timer, and a running one has exactly the next of its clocks', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const { report } = play(plan);
        const timer = nextTimer(report);
        if (report.endedAt !== undefined) expect(timer).toBeUndefined();
        const wanted = Object.values(report.clocks)
          .filter((clock) => clock.stoppedAt === undefined && clock.breachedAt === undefined)
          .map((clock) => (clock.warnedAt === undefined ? clock.warnAt : clock.dueAt));
        expect(timer).toBe(wanted.sort()[0]);
        for (const clock of Object.values(report.clocks))
          if (clock.stoppedAt === undefined && clock.dueAt > report.updatedAt)
            expect(timer !== undefined && timer <= clock.dueAt).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('firing at the instant of the timer always says something and moves on', () => {
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
    const drawn = stateDiagram();
    const moves = (Object.keys(transitions) as (keyof typeof transitions)[]).flatMap((command) =>
      movesOf(command).flatMap(({ from, to }) =>
        to
          .filter((t) => t !== 'same')
          .flatMap((target) => from.map((source) => ({ command, source, target }))),
      ),
    );
    for (const { command, source, target } of moves) {
      const edge = `${source.replace('-', '_')} --> ${target.replace('-', '_')}: `;
      const line = drawn.split('\n').find((candidate) => candidate.trim().startsWith(edge));
      expect(line, edge).toContain(command);
    }
    const edges = drawn.split('\n').filter((line) => line.includes('-->') && !line.includes('[*]'));
    expect(edges).toHaveLength(new Set(moves.map(({ source, target }) => `${source} ${target}`)).size);
  });
});

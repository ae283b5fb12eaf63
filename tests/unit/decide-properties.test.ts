import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../shared/domain/commands.ts';
import { decide } from '../../shared/domain/decide.ts';
import type { Actor } from '../../shared/domain/permissions.ts';
import { fold, nextTimer } from '../../shared/domain/report.ts';
import {
  movesOf,
  stateDiagram,
  targetsOf,
  transitions,
  type State,
} from '../../shared/domain/transitions.ts';
import { eventSchema } from '../../events/index.ts';
import { priorities } from '../../shared/config/city.ts';
import { progress } from '../../shared/domain/sla.ts';
import { city } from '../support/city.ts';
import { admin, after, leak, minutesAt, resident, Story, submit, system } from '../support/reports.ts';

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

  it('each clock warns, breaks and climbs each step at most once, ever', () => {
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

  it('what is at rest has no timer, and nothing that runs is forgotten', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const { report } = play(plan);
        const timer = nextTimer(report);
        const atRest: State[] = ['closed', 'rejected', 'merged', 'withdrawn'];
        if (atRest.includes(report.state)) expect(timer).toBeUndefined();
        if (report.state === 'resolved') expect(timer).toBe(report.closeAt);
        if (report.state === 'suspended')
          expect(timer && timer <= (report.suspension?.resumeAt ?? '')).toBe(true);
        for (const clock of Object.values(report.clocks)) {
          const runs = clock.stoppedAt === undefined && clock.pauses?.at(-1)?.to !== undefined;
          if (runs && clock.breachedAt === undefined)
            expect(timer !== undefined && timer <= clock.dueAt).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('a pause costs no one time: what was left when it began is left when it ends', () => {
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

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../shared/domain/commands.ts';
import { decide } from '../../shared/domain/decide.ts';
import type { Actor } from '../../shared/domain/permissions.ts';
import { erasedText, personalParts, redacted } from '../../shared/domain/erasure.ts';
import { countsOf } from '../../shared/domain/figures.ts';
import { fold, keptParts, nextTimer, type Report } from '../../shared/domain/report.ts';
import {
  movesOf,
  stateDiagram,
  targetsOf,
  transitions,
  type State,
} from '../../shared/domain/transitions.ts';
import { eventSchema, type ReportEvent } from '../../events/index.ts';
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
  fc.constantFrom(resident, admin).map((actor) => ({ command: { type: 'erase' } as const, actor })),
  fc
    .constantFrom<Command>(
      { type: 'record-photos', photos: [{ id: 'p1', status: 'ready', width: 100, height: 80 }] },
      { type: 'blur-photo', photo: 'p1', regions: [{ x: 0, y: 0, width: 0.5, height: 0.5 }] },
    )
    .map((c) => ({ command: c, actor: c.type === 'blur-photo' ? admin : system('photos') })),
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
        const erasures = keptParts(report).map(([, at]) => at);
        if (atRest.includes(report.state)) expect(timer).toBe(erasures.sort()[0]);
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

/** All that anybody writes in these stories, and where it is. */
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

describe('whatever has been erased', () => {
  it('is in no event, and all that is left is as valid as before', () => {
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

  it('counts as it did, event by event', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const { events } = erased(plan);
        const counts = (all: readonly ReportEvent[]) => all.map((event) => countsOf(event, '09'));
        expect(counts(redacted(events))).toEqual(counts(events));
      }),
      { numRuns: 150 },
    );
  });

  it('leaves the same report but for its words, its exact place and its photos', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const { events } = erased(plan);
        const bare = (report: Report): unknown => {
          const { weight: _weight, photos: _photos, location, ...rest } = report;
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

  it('goes by itself, each part in its time, and then nothing is waited for', () => {
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
  it('takes the contact of an open report, and the rest as it ends', () => {
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

  it('lets nothing personal be added any more, and erases nothing twice', () => {
    const story = erased([]);
    const { length } = story.events;
    for (const type of ['note', 'reopen', 'rate'] as const) {
      const words = { text: '补充', reason: '补充', score: 3, photos: [], audience: 'everyone' } as const;
      const refusal = story.give({ type, ...words }, resident, 5000);
      expect(['data-erased', 'wrong-state'], type).toContain(refusal?.kind);
    }
    expect(story.give({ type: 'erase' }, admin, 5001)).toBeUndefined();
    expect(story.events).toHaveLength(length);
  });
});

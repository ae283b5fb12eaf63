import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportEvent } from '../../events/report.ts';
import type { Command } from '../support/report-domain.ts';
import { countsOf, type Figures, settledWithin } from '../../shared/records/report/figures.ts';
import { dimensions, sum } from '../../shared/kernel/figures.ts';
import type { Actor } from '../../shared/kernel/permissions.ts';
import { cityTime } from '../../shared/kernel/clocks/city-day.ts';
import { formatNumber } from '../../shared/kernel/number.ts';
import { Ledger } from '../../shared/store/ledger.ts';
import { city } from '../support/city.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { admin, leak, resident, start, Story, submit, system } from '../support/reports.ts';

let engine: Engine;
let entropy = 20_000;

beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => {
  engine.stop();
});

const ways: [command: Command, actor: Actor][] = [
  [{ type: 'acknowledge' }, admin],
  [{ type: 'suspend', waitingFor: 'other', text: '等配件' }, admin],
  [{ type: 'resume' }, admin],
  [{ type: 'return', reason: '不属我部门' }, admin],
  [{ type: 'classify', category: 'utility.water' }, admin],
  [{ type: 'support', departments: ['fire', 'police'], request: '请协助' }, admin],
  [{ type: 'resolve', text: '已修好', photos: [], override: '不必再等' }, admin],
  [{ type: 'rate', score: 2 }, resident],
  [{ type: 'rate', score: 5 }, resident],
  [{ type: 'reopen', reason: '又漏了' }, resident],
  [{ type: 'fire-timers' }, system('sweep')],
];

/** Histories of some reports, over days: whatever is refused does not happen. */
const histories = fc
  .array(
    fc.array(fc.record({ way: fc.nat(ways.length - 1), minutes: fc.integer({ min: 0, max: 900 }) }), {
      minLength: 4,
      maxLength: 14,
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((all) =>
    all.flatMap((steps) => {
      const story = new Story();
      story.give({ ...submit, number: formatNumber('YT', '261120', (entropy += 1)) }, resident, 0);
      story.give(leak, system('classify'), 1);
      let at = 1;
      for (const { way, minutes } of steps) {
        at += minutes;
        const [command, actor] = ways[way] ?? expect.fail();
        story.give(command, actor, at);
      }
      return story.events;
    }),
  );

/** Each event once, in order: what the figures have to come to. */
function recount(events: readonly ReportEvent[]): Map<string, Figures> {
  const rows = new Map<string, Figures>();
  for (const event of events) {
    const { day, hour } = cityTime(event.occurredAt, city.timeZone);
    for (const { dimension, key, add } of countsOf(event, hour)) {
      const row = `${dimension} ${day} ${key}`;
      rows.set(row, sum(rows.get(row) ?? {}, add));
    }
  }
  return rows;
}

describe('figures', () => {
  it('come to the same, however events are repeated and mixed up', async () => {
    const mixed = fc.tuple(histories, fc.infiniteStream(fc.nat(1_000_000)));
    await fc.assert(
      fc.asyncProperty(mixed, async ([events, chance]) => {
        const ledger = new Ledger(engine.client, await engine.newLedger(), () => Promise.resolve());
        const repeated = events.flatMap((event) =>
          Array.from({ length: 1 + (chance.next().value % 3) }, () => ({ event, at: chance.next().value })),
        );
        const arriving = repeated.sort((a, b) => a.at - b.at).map(({ event }) => event);
        for (let at = 0; at < arriving.length; at += 4)
          await Promise.all(
            arriving
              .slice(at, at + 4)
              .map((event) =>
                ledger.count(event, countsOf, cityTime(event.occurredAt, city.timeZone), start),
              ),
          );
        const days = new Set(events.map(({ occurredAt }) => cityTime(occurredAt, city.timeZone).day));
        const counted = new Map<string, Figures>();
        for (const day of days)
          for (const dimension of dimensions)
            for (const [key, figures] of await ledger.figures(dimension, day))
              counted.set(`${dimension} ${day} ${key}`, figures);
        expect(counted).toEqual(recount(events));
      }),
      { numRuns: 12 },
    );
  }, 60_000);

  it('tell the median and the ninth tenth of any span within a twentieth', () => {
    const took = fc.array(fc.integer({ min: 60, max: 90 * 86_400 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(took, fc.constantFrom(0.5, 0.9), (seconds, share) => {
        const figures = seconds
          .map((secondsTaken, i) => resolvedIn(secondsTaken, i))
          .flatMap((event) => countsOf(event, '09').filter(({ dimension }) => dimension === 'department'))
          .reduce<Figures>((total, { add }) => sum(total, add), {});
        const exact = seconds.toSorted((a, b) => a - b)[Math.ceil(seconds.length * share) - 1] ?? NaN;
        const told = settledWithin(figures, share) ?? NaN;
        expect(Math.abs(told - exact)).toBeLessThanOrEqual(exact / 20 + 0.5);
        expect(figures.resolved).toBe(seconds.length);
      }),
    );
    expect(settledWithin({}, 0.5)).toBeUndefined();
  });
});

function resolvedIn(secondsTaken: number, i: number): ReportEvent {
  return {
    id: `x#${i}`,
    type: 'report-resolved.v1',
    number: formatNumber('YT', '261120', i),
    sequence: 9,
    occurredAt: start,
    actor: { kind: 'system', name: 'test' },
    data: {
      department: 'water',
      area: 'moxiang',
      text: '已修好',
      photos: [],
      round: 0,
      withinTarget: true,
      secondsTaken,
    },
  };
}

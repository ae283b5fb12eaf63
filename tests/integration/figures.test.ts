import {
  TransactionCanceledException,
  TransactionConflictException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportEvent } from '../../events/report.ts';
import { fold, type Command } from '../support/report-domain.ts';
import { countsOf, type Figures, resolutionTimePercentile } from '../../shared/records/report/figures.ts';
import {
  backlogCounts,
  backlogDimensions,
  type BacklogDimension,
  type BacklogEntry,
  type Move,
} from '../../shared/kernel/backlog.ts';
import { dimensions, sum, type Counts } from '../../shared/kernel/figures.ts';
import type { Actor } from '../../shared/kernel/permissions.ts';
import { cityTime } from '../../shared/kernel/clocks/city-day.ts';
import { formatNumber } from '../../shared/kernel/number.ts';
import { report } from '../../shared/records/report/kind.ts';
import { Figures as FigureStore, type CountedEvent } from '../../shared/store/figures.ts';
import { backlogEntryOf, dummyPrivate, toItem } from '../../shared/store/item.ts';
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

/** Histories of some reports over days; refused commands add no events. */
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

/** The expected figures: each event counted once. */
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

/** How each event changes the backlog, as the relay derives it from stream images. */
function movesOf(events: readonly ReportEvent[]): Map<ReportEvent, Move> {
  const moves = new Map<ReportEvent, Move>();
  const entries = new Map<string, BacklogEntry | undefined>();
  const histories = Map.groupBy(events, ({ number }) => number);
  for (const own of histories.values())
    for (const [at, event] of own.entries()) {
      const stored = { kind: report, record: fold(own.slice(0, at + 1)), events: [], private: dummyPrivate };
      const to = backlogEntryOf(toItem(stored));
      moves.set(event, { from: entries.get(event.number), to });
      entries.set(event.number, to);
    }
  return moves;
}

/** The expected backlog, counted from the state of each record. */
function backlogOfAll(events: readonly ReportEvent[], dimension: BacklogDimension): Map<string, Counts> {
  const rows = new Map<string, Counts>();
  for (const own of Map.groupBy(events, ({ number }) => number).values()) {
    const stored = { kind: report, record: fold(own), events: [], private: dummyPrivate };
    for (const { dimension: of, key, add } of backlogCounts({ to: backlogEntryOf(toItem(stored)) }))
      if (of === dimension) rows.set(key, sum(rows.get(key) ?? {}, add));
  }
  return rows;
}

/** Without counts of zero and empty rows. */
function present(rows: ReadonlyMap<string, Counts>): Map<string, Counts> {
  const found = [...rows].map(([key, row]): [string, Counts] => [
    key,
    Object.fromEntries(Object.entries(row).filter(([, count]) => count !== 0)),
  ]);
  return new Map(found.filter(([, row]) => Object.keys(row).length > 0));
}

/**
 * An engine on which writes take time and conflict as in DynamoDB: a transaction with any other that
 * shares an item with it, a write of one item with any transaction of that item.
 */
function conflicting(client: DynamoDBClient): { client: DynamoDBClient; conflicts: () => number } {
  const underWay = new Set<string>();
  let conflicts = 0;
  const keyOf = (key: Record<string, AttributeValue> = {}): string => `${key['pk']?.S} ${key['sk']?.S}`;
  const send = async (command: Parameters<DynamoDBClient['send']>[0]): Promise<unknown> => {
    if (command instanceof UpdateItemCommand && underWay.has(keyOf(command.input.Key))) {
      conflicts += 1;
      throw new TransactionConflictException({ message: 'conflict', $metadata: {} });
    }
    if (!(command instanceof TransactWriteItemsCommand)) return client.send(command);
    const keys = (command.input.TransactItems ?? []).map(({ Put, Update }) =>
      keyOf(Put?.Item ?? Update?.Key),
    );
    if (keys.some((key) => underWay.has(key))) {
      conflicts += 1;
      const CancellationReasons = keys.map((key) => ({
        Code: underWay.has(key) ? 'TransactionConflict' : 'None',
      }));
      throw new TransactionCanceledException({ message: 'cancelled', CancellationReasons, $metadata: {} });
    }
    for (const key of keys) underWay.add(key);
    try {
      await setTimeout(1);
      return await client.send(command);
    } finally {
      for (const key of keys) underWay.delete(key);
    }
  };
  return { client: { send } as unknown as DynamoDBClient, conflicts: () => conflicts };
}

const noPause = (): Promise<void> => Promise.resolve();

describe('figures and the backlog', () => {
  it('do not depend on repetition, order, delay or batching of events', async () => {
    const mixed = fc.tuple(
      histories,
      fc.infiniteStream(fc.nat(1_000_000)),
      // Rows are closed as days pass, while some events are still undelivered.
      fc.constantFrom('2026-11-20', '2026-11-22', '2026-12-01'),
      fc.integer({ min: 1, max: 12 }),
    );
    await fc.assert(
      fc.asyncProperty(mixed, async ([events, chance, last, size]) => {
        const figures = new FigureStore(engine.client, await engine.newLedger(), noPause);
        const moves = movesOf(events);
        const repeated = events.flatMap((event) =>
          Array.from({ length: 1 + (chance.next().value % 3) }, () => ({ event, at: chance.next().value })),
        );
        const arriving = repeated
          .sort((a, b) => a.at - b.at)
          .map(({ event }): CountedEvent => {
            const { day, hour } = cityTime(event.occurredAt, city.timeZone);
            const counts = [...countsOf(event, hour), ...backlogCounts(moves.get(event) ?? {})];
            return { number: event.number, sequence: event.sequence, day, counts };
          });
        const batches = Array.from({ length: Math.ceil(arriving.length / size) }, (_, at) =>
          arriving.slice(at * size, at * size + size),
        );
        for (let at = 0; at < batches.length; at += 3) {
          const today = at * 2 < batches.length ? '2026-11-20' : last;
          const counted = await Promise.all([
            ...batches.slice(at, at + 3).map((batch) => figures.count(batch, today, start)),
            figures.closeDays(today),
          ]);
          for (const failed of counted) if (typeof failed !== 'boolean') expect(failed.size).toBe(0);
        }
        const days = new Set(events.map(({ occurredAt }) => cityTime(occurredAt, city.timeZone).day));
        const counted = new Map<string, Figures>();
        for (const day of days)
          for (const dimension of dimensions)
            for (const [key, row] of await figures.day(dimension, day))
              if (Object.keys(row).length > 0) counted.set(`${dimension} ${day} ${key}`, row);
        expect(counted).toEqual(recount(events));
        const lastDay = [...days, last].sort().at(-1) ?? last;
        for (const dimension of backlogDimensions)
          expect(present(await figures.backlog(dimension, lastDay))).toEqual(
            present(backlogOfAll(events, dimension)),
          );
      }),
      { numRuns: 12 },
    );
  });

  it('count each event once after a row is full, with separate marks', async () => {
    const figures = new FigureStore(engine.client, await engine.newLedger(), noPause);
    const day = '2026-11-20';
    const events = Array.from({ length: 350 }, (_, at): CountedEvent => ({
      number: formatNumber('YT', '261120', at),
      sequence: 1,
      day,
      counts: [{ dimension: 'department', key: 'water', add: { assigned: 1, '=open': 1 } }],
    }));
    for (let at = 0; at < events.length; at += 50) {
      const batch = events.slice(Math.max(0, at - 20), at + 50);
      await Promise.all([figures.count(batch, day, start), figures.count(batch.toReversed(), day, start)]);
    }
    expect((await figures.day('department', day)).get('water')).toEqual({ assigned: 350 });
    expect((await figures.backlog('department', day)).get('water')).toEqual({ '=open': 350 });
  });

  it('count all additions of ten concurrent writers to one row despite conflicts', async () => {
    const ledger = await engine.newLedger();
    const day = '2026-11-20';
    const event = (writer: number, at: number): CountedEvent => ({
      number: formatNumber('YT', '261120', writer * 1000 + at),
      sequence: 1,
      day,
      counts: [{ dimension: 'department', key: 'water', add: { assigned: 1, '=open': 1 } }],
    });
    const { client, conflicts } = conflicting(engine.client);
    // Random and growing like the functions' own pauses, at a twentieth of the time.
    let seed = 1;
    const pause = (attempt: number): Promise<void> => {
      seed = (seed * 48271) % 2147483647;
      return setTimeout(((seed % 1000) / 1000) * Math.min(50, 2 ** attempt));
    };
    const writers = Array.from({ length: 10 }, () => new FigureStore(client, ledger, pause));
    for (let round = 0; round < 12; round += 1) {
      const left = await Promise.all(
        writers.map((figures, writer) =>
          figures.count(
            Array.from({ length: 5 }, (_, at) => event(writer, round * 5 + at)),
            day,
            start,
          ),
        ),
      );
      expect(left.map(({ size }) => size)).toEqual(Array(10).fill(0));
    }
    // The row was full after two rounds; from then on each addition is a transaction.
    expect(conflicts()).toBeGreaterThan(10);
    const figures = new FigureStore(engine.client, ledger, noPause);
    expect((await figures.day('department', day)).get('water')).toEqual({ assigned: 600 });
    expect((await figures.backlog('department', day)).get('water')).toEqual({ '=open': 600 });
  });

  it('estimate median and 90th percentile of durations within five per cent', () => {
    const took = fc.array(fc.integer({ min: 60, max: 90 * 86_400 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(took, fc.constantFrom(0.5, 0.9), (seconds, share) => {
        const figures = seconds
          .map((secondsTaken, i) => resolvedIn(secondsTaken, i))
          .flatMap((event) => countsOf(event, '09').filter(({ dimension }) => dimension === 'department'))
          .reduce<Figures>((total, { add }) => sum(total, add), {});
        const exact = seconds.toSorted((a, b) => a - b)[Math.ceil(seconds.length * share) - 1] ?? NaN;
        const told = resolutionTimePercentile(figures, share) ?? NaN;
        expect(Math.abs(told - exact)).toBeLessThanOrEqual(exact / 20 + 0.5);
        expect(figures.resolved).toBe(seconds.length);
      }),
    );
    expect(resolutionTimePercentile({}, 0.5)).toBeUndefined();
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

import { expect, it, vi } from 'vitest';
import { erasedText } from '../../shared/kernel/erasure.ts';
import { evolve } from '../../shared/kernel/fold.ts';
import { letterOf } from '../../shared/kernel/number.ts';
import { noticesOf } from '../../shared/kernel/notices.ts';
import { nextTimer } from '../../shared/kernel/timers.ts';
import { relatedKey, keyOf, storedEvents } from '../../shared/store/item.ts';
import { recordsTable } from '../../shared/store/schema.ts';
import { city } from '../simulation/city.ts';
import type { Item } from '../simulation/expressions.ts';
import { simulate } from '../simulation/simulate.ts';
import type { LoanEvent } from '../support/loan/contracts.ts';
import { loan } from '../support/loan/kind.ts';
import { LoanLives } from '../support/loan/life.ts';
import type { Loan } from '../support/loan/model.ts';
import { loanNotices } from '../support/loan/notices.ts';

/** Loans among reports, in virtual time, where everything that can fail does: the product's functions as it wires them. */
vi.mock('../../shared/records/kinds.ts', () => import('../support/loan/both.ts'));
vi.mock('../../shared/records/views.ts', () => import('../support/loan/both.ts'));
vi.mock('../../shared/records/notices.ts', () => import('../support/loan/both.ts'));
vi.mock('../../shared/records/published-kinds.ts', () => import('../support/loan/both.ts'));

type Tale = { item: Item; events: LoanEvent[]; states: Loan[]; record: Loan };

function taleOf(item: Item): Tale {
  const events = storedEvents(item) as LoanEvent[];
  const states: Loan[] = [];
  for (const event of events) states.push(evolve(loan, states.at(-1), event));
  const record = states.at(-1);
  if (!record) throw new Error('a loan without events');
  return { item, events, states, record };
}

const effects = {
  lend: 'loan-lent.v1',
  decline: 'loan-declined.v1',
  cancel: 'loan-cancelled.v1',
  'take-back': 'loan-returned.v1',
} as const;

it.each([1, 2, 3, 4])('seed %i keeps every promise, of both kinds', async (seed) => {
  const lives = new LoanLives(8);
  const { violations, faults } = await simulate({ seed, reports: 4 }, city, false, lives);
  expect(violations).toEqual([]);
  expect(faults.length).toBeGreaterThan(20);
  const { database, queues, told } = lives.world;
  const items = database.items('reports');
  const isLoan = ({ number, item }: Item): boolean =>
    item?.S === recordsTable.record && letterOf(number?.S ?? '') === loan.letter;
  const tales = new Map(items.filter(isLoan).map((item) => [item['number']?.S ?? '', taleOf(item)]));

  expect([...tales.keys()].sort(), 'no loan is lost, none is made twice').toEqual(
    [...lives.told.values()].toSorted(),
  );
  expect(tales.size).toBe(8);
  for (const { number, type } of lives.done)
    expect(
      tales.get(number)?.events.map((event) => event.type),
      'what was answered was done',
    ).toContain(effects[type as keyof typeof effects]);
  const came = (queue: string, id: string): boolean =>
    queues.find(({ shape }) => shape.name === queue)?.delivered.has(id) === true;
  const published = new Set(told.map(({ message }) => message.id));
  for (const { item, events, states, record } of tales.values()) {
    const { number } = record;
    expect(
      [item['summary']?.M?.['state']?.S, item['version']?.N, item['timerAt']?.S],
      'the item is the fold of its events, and at rest',
    ).toEqual([
      // Only what stands in a list has something to show there.
      loan.indexes(record).inbox && record.state,
      String(events.length),
      nextTimer(loan, record),
    ]);
    expect(record.endedAt, number).toBeDefined();
    expect(nextTimer(loan, record), number).toBeUndefined();
    expect(record.reason, 'words go in their time').toBe(erasedText);
    for (const [at, event] of events.entries()) {
      expect(came('stats', event.id), event.id).toBe(true);
      const asOf = states[at];
      if (!asOf) continue;
      for (const { id } of noticesOf(loan, loanNotices, event, asOf, city)) expect(published).toContain(id);
    }
    if (record.damage) {
      expect(record.damage.isReported, 'the report about it was opened').toBe(true);
      expect(database.item('reports', keyOf(record.damage.report))).toBeDefined();
    }
    const [first] = events;
    if (first?.type === 'loan-asked.v2' && first.data.behind !== undefined) {
      const ahead = tales.get(first.data.behind)?.record;
      const handledAt = queues.find(({ shape }) => shape.name === 'joint')?.handled.get(first.id) ?? 0;
      const isOver = Date.parse(ahead?.endedAt ?? '') <= handledAt;
      expect(isOver || ahead?.waiters.includes(number), 'who waits is known').toBe(true);
    }
    for (const name of record.messages)
      expect(database.item('reports', relatedKey(number, name)), name).toBeDefined();
  }
  for (const { number, name, text } of lives.said) {
    expect(tales.get(number)?.record.messages).toContain(name);
    const item = database.item('reports', relatedKey(number, name));
    expect(item?.['beside']?.M?.['text']?.S).toBe(text);
  }
});

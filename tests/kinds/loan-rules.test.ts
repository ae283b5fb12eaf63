import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { AnyEvent } from '../../events/envelope.ts';
import { pages } from '../../infra/docs.ts';
import { audiences } from '../../shared/kernel/audiences.ts';
import { decide } from '../../shared/kernel/decide.ts';
import { erasedText } from '../../shared/kernel/erasure.ts';
import { fold, redactedHistory, seenBy } from '../../shared/kernel/fold.ts';
import {
  findKind,
  formatNumber,
  isPart,
  kindOf,
  letterOf,
  numbersPerDay,
  parseNumber,
  partNumber,
} from '../../shared/kernel/number.ts';
import type { Actor } from '../../shared/kernel/permissions.ts';
import { timelineFor } from '../../shared/kernel/timeline.ts';
import { nextTimer } from '../../shared/kernel/timers.ts';
import { commandsOn, stateDiagram, targetsOf } from '../../shared/kernel/transitions.ts';
import { city } from '../support/city.ts';
import { kinds } from '../support/loan/both.ts';
import type { LoanCommand } from '../support/loan/commands.ts';
import type { LoanEvent } from '../support/loan/contracts.ts';
import { loan } from '../support/loan/kind.ts';
import { ask, days } from '../support/loan/lending.ts';
import { loanStates, type LoanState } from '../support/loan/model.ts';
import { loanTimeline } from '../support/loan/views.ts';
import { admin, resident, system } from '../support/reports.ts';

vi.mock('../../shared/records/kinds.ts', () => import('../support/loan/both.ts'));

/** A history under way; what is refused throws. */
function story(...given: [command: LoanCommand, actor: Actor, day: number][]): LoanEvent[] {
  let events: LoanEvent[] = [];
  for (const [command, actor, day] of given) {
    const record = events.length > 0 ? fold(loan, events) : undefined;
    const decision = decide(loan, record, command, { now: days(day), actor, city });
    if (!decision.ok) throw new Error(JSON.stringify(decision.refusal));
    events = [...events, ...decision.events];
  }
  return events;
}
const tick: [LoanCommand, Actor, number] = [{ type: 'fire-timers' }, system('sweep'), 7];
const whole = story(
  [ask, resident, 0],
  [{ type: 'note', text: '内部备注' }, admin, 0],
  [{ type: 'lend', handover: '在保安室取' }, admin, 0],
  tick,
  [{ type: 'take-back', damage: '少一级踏板', photos: [] }, admin, 8],
);

describe('who reads what of a loan', () => {
  const words = [ask.reason, '内部备注', '在保安室取', '少一级踏板'];
  const readBy = { party: [0, 2, 3], staff: [0, 1, 2, 3], follower: [], webhook: [], public: [] };
  const knownTo = {
    party: ['loan-asked.v2', 'loan-lent.v1', 'loan-overdue.v1', 'loan-returned.v1'],
    staff: ['loan-asked.v2', 'loan-noted.v1', 'loan-lent.v1', 'loan-overdue.v1', 'loan-returned.v1'],
    follower: ['loan-asked.v2', 'loan-lent.v1', 'loan-overdue.v1', 'loan-returned.v1'],
    webhook: ['loan-asked.v2', 'loan-lent.v1'],
    public: ['loan-asked.v2', 'loan-lent.v1'],
  };

  it.each(audiences)('is the same in events and in the timeline: %s', (audience) => {
    const seen = whole.flatMap((event) => seenBy(loan, audience, event) ?? []);
    expect(seen.map(({ type }) => type)).toEqual(knownTo[audience]);
    const lines = timelineFor(loan, loanTimeline, audience, whole, city);
    expect(lines.map(({ type }) => type)).toEqual(knownTo[audience]);
    for (const told of [JSON.stringify(seen), JSON.stringify(lines)])
      expect(words.filter((word) => told.includes(word))).toEqual(readBy[audience].map((at) => words[at]));
  });
});

describe('the timers of a loan', () => {
  it('are due when the tool is, and then for each erasure', () => {
    expect(nextTimer(loan, fold(loan, whole.slice(0, 1)))).toBe(days(14));
    expect(nextTimer(loan, fold(loan, whole.slice(0, 3)))).toBe(days(7));
    const { photoDays, textDays, contactDays } = city.retention;
    const first = Math.min(photoDays, textDays, contactDays);
    expect(nextTimer(loan, fold(loan, whole))).toBe(days(8 + first));
    const all = decide(loan, fold(loan, whole), tick[0], { now: days(8 + 4000), actor: tick[1], city });
    expect(all).toMatchObject({
      ok: true,
      events: [{ type: 'personal-data-erased.v1', data: { cause: 'retention' } }],
    });
  });

  it('erase text from the history, which folds to the same states', () => {
    const events = [...whole, ...story2()];
    const left = redactedHistory(loan, events);
    expect(left.map(({ type, sequence }) => [type, sequence])).toEqual(
      events.map(({ type, sequence }) => [type, sequence]),
    );
    expect(JSON.stringify(left)).not.toMatch(/换三楼|内部备注|保安室|踏板/);
    const { storedBytes: _, ...record } = fold(loan, left);
    expect(record).toMatchObject({ state: 'returned', reason: erasedText, damage: { text: erasedText } });
    expect(redactedHistory(loan, left)).toEqual(left);
  });

  function story2(): LoanEvent[] {
    const erasing = decide(
      loan,
      fold(loan, whole),
      { type: 'erase' },
      { now: days(9), actor: resident, city },
    );
    return erasing.ok ? erasing.events : [];
  }
});

describe('what a loan refuses', () => {
  const on = (events: LoanEvent[], command: LoanCommand, actor: Actor) => {
    const decision = decide(loan, events.length > 0 ? fold(loan, events) : undefined, command, {
      now: days(1),
      actor,
      city,
    });
    return decision.ok ? decision.events.length : decision.refusal;
  };

  it('comes from the kernel or its own rules', () => {
    const asked = whole.slice(0, 1);
    expect(on([], { ...ask, department: 'nobody' }, resident)).toEqual({
      kind: 'unknown-department',
      department: 'nobody',
    });
    expect(on([], { type: 'cancel' }, resident)).toEqual({ kind: 'not-found' });
    expect(on(asked, { type: 'lend' }, resident)).toEqual({ kind: 'not-permitted', command: 'lend' });
    expect(on(asked, { type: 'extend', days: 1 }, admin)).toMatchObject({
      kind: 'wrong-state',
      state: 'asked',
      allowed: ['lent', 'over-due'],
    });
    expect(on(whole.slice(0, 3), { type: 'lend' }, admin)).toBe(0);
    expect(on(whole.slice(0, 3), { type: 'extend', days: 60 }, admin)).toEqual({
      kind: 'extension-too-long',
      left: 54,
    });
    expect(on(asked, ask, resident)).toBe(0);
  });
});

describe('the docs generated from the rules', () => {
  it('show the states of a loan', () => {
    const diagram = stateDiagram(loan).split('\n');
    expect(diagram).toEqual(
      expect.arrayContaining([
        '  [*] --> asked: ask',
        '  over_due: over-due 已逾期',
        '  lent --> over_due: fire-timers',
        '  asked --> cancelled: cancel, fire-timers',
        '  over_due --> returned: take-back',
        '  cancelled --> [*]',
      ]),
    );
    const states = Object.keys(loanStates) as LoanState[];
    const reached = new Set(
      commandsOn(loan).flatMap((command) => states.flatMap((state) => targetsOf(loan, command, state))),
    );
    expect([...reached].sort()).toEqual(states.toSorted());
  });

  it('have a part for each kind', () => {
    for (const name of ['states.md', 'permissions.md', 'events.md'])
      expect(pages[name]?.()).toMatch(/^## report$[^]*^## loan$/m);
    expect(pages['permissions.md']?.()).toContain(
      '| `extend` | – | – | own, area | own, support, area, other | – | – |',
    );
    expect(pages['events.md']?.()).toContain(
      '| `loan-asked.v2` | yes, no text | yes, no text | yes | yes | yes, no text | yes |',
    );
    expect(pages['states.md']?.()).toContain(
      '| `take-back` | 已借出 `lent`, 已逾期 `over-due` | 已归还 `returned` |',
    );
  });
});

describe('the number of a record of any kind', () => {
  const letters = Array.from('ABCDEFGHJKMNPQRSTVWXYZ');
  const letter = fc.constantFrom('', ...letters);
  const prefix = fc.stringMatching(/^[A-Z]{2,4}$/);
  const date = fc.date({ min: new Date('2026-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
  const parts = fc.record({
    prefix,
    letter,
    date: date.map((each) => each.toISOString().slice(2, 10).replaceAll('-', '')),
    entropy: fc.nat(numbersPerDay - 1),
  });
  const numberOf = (given: { prefix: string; letter: string; date: string; entropy: number }): string =>
    formatNumber(given.prefix, given.date, given.entropy, given.letter);
  /** As somebody might type it. Between the prefix and a letter something has to stand. */
  const typed = fc.record({
    gap: fc.constantFrom('-', ' ', ' - ', '--'),
    isLower: fc.boolean(),
    isRead: fc.boolean(),
  });

  it('tells its kind, as does a part’s', () => {
    fc.assert(
      fc.property(parts, fc.integer({ min: 1, max: 999 }), (given, n) => {
        const number = numberOf(given);
        expect([letterOf(number), isPart(number), parseNumber(number)]).toEqual([
          given.letter,
          false,
          number,
        ]);
        const part = partNumber(number, n);
        expect([letterOf(part), isPart(part), parseNumber(part)]).toEqual([given.letter, true, part]);
        expect(findKind(kinds, number)?.letter).toBe({ '': '', T: 'T' }[given.letter]);
      }),
    );
    expect(() => kindOf(kinds, 'YT-Z261120-000014')).toThrow('is of no known kind');
  });

  it('is parsed as people type it', () => {
    fc.assert(
      fc.property(parts, typed, (given, { gap, isLower, isRead }) => {
        const number = numberOf(given);
        const [head = '', middle = '', tail = ''] = number.split('-');
        const spoken = isRead ? tail.replaceAll('0', 'O').replaceAll('1', 'l') : tail;
        const text = [head, middle, spoken].join(gap);
        expect(parseNumber(isLower ? ` ${text.toLowerCase()} ` : text)).toBe(number);
        // The hyphen before the random part may be left out.
        expect(parseNumber(`${head}${gap}${middle}${tail}`)).toBe(number);
      }),
    );
  });

  it('is refused with a wrong, missing or surplus letter', () => {
    fc.assert(
      fc.property(parts, letter, (given, other) => {
        fc.pre(other !== given.letter);
        const number = numberOf(given);
        const [head = '', middle = '', tail = ''] = number.split('-');
        expect(parseNumber(`${head}-${other}${middle.slice(given.letter.length)}-${tail}`)).toBeUndefined();
        // Typed in one piece, a letter would be the last of the prefix: refused, never another record's.
        if (given.letter !== '') expect(parseNumber(`${head}${middle}${tail}`)).toBeUndefined();
      }),
    );
  });

  it('accepts no letter like a digit or outside the check alphabet', () => {
    for (const wrong of ['I', 'L', 'O', 'U', 'TT', 't', '7'])
      expect(() => formatNumber('YT', '261120', 7, wrong), wrong).toThrow(RangeError);
  });
});

it('an earlier version of an event folds to the same loan', () => {
  const [first, ...rest] = whole;
  if (!first) throw new Error('no event');
  const { days: _, ...data } = first.data as Record<string, unknown>;
  const old: AnyEvent = { ...first, type: 'loan-asked.v1', data: { ...data, weeks: 1 } };
  expect(fold(loan, [loan.upcasts?.['loan-asked.v1']?.(old) as LoanEvent, ...rest])).toMatchObject({
    state: 'returned',
    days: 7,
    dueAt: days(7),
  });
});

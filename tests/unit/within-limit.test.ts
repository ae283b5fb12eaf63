import { describe, expect, it } from 'vitest';
import { withinLimit } from '../../web/resident/within-limit.ts';

type Kept = { number: number; endedAt?: string };
const open = (number: number): Kept => ({ number });
const ended = (number: number): Kept => ({ number, endedAt: '2026-11-20T01:00:00.000Z' });
const numbersOf = (reports: Kept[]): number[] => reports.map(({ number }) => number);
const oneTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('the reports that a device remembers', () => {
  it('are all of up to a hundred', () => {
    expect(numbersOf(withinLimit(oneTo(100).map(ended)))).toEqual(oneTo(100));
  });

  it('lose the oldest that have ended', () => {
    const reports = oneTo(102).map((number) => (number % 2 === 0 ? open(number) : ended(number)));
    expect(numbersOf(withinLimit(reports))).toEqual(
      oneTo(102).filter((number) => ![101, 99].includes(number)),
    );
  });

  it('never lose an open one', () => {
    expect(numbersOf(withinLimit(oneTo(150).map(open)))).toEqual(oneTo(150));
    expect(numbersOf(withinLimit([ended(0), ...oneTo(150).map(open)]))).toEqual(oneTo(150));
  });
});

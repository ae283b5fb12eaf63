import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Calendar, type Shift } from '../../shared/kernel/clocks/calendar.ts';
import { calendarsIn, smallWorld, wideWorld } from '../support/clock-cases.ts';
import { ClockOracle } from '../support/clock-oracle.ts';

const office: Shift[] = [
  [510, 720],
  [840, 1050],
];
const weekdays = [[], office, office, office, office, office, []];
const at = (text: string): number => Date.parse(text);

describe('working time', () => {
  const calendar = new Calendar({
    timeZone: 'Asia/Shanghai',
    weekly: weekdays,
    holidays: new Set(['2026-10-01', '2026-10-02']),
    workdays: new Map([['2026-10-10', 1]]),
  });

  it('skips lunch, the night and the weekend', () => {
    // Friday 16:30: one hour is left of the day, then Monday from 08:30.
    expect(calendar.add(at('2026-11-20T16:30+08:00'), 4 * 3_600_000)).toBe(at('2026-11-23T11:30+08:00'));
    expect(calendar.add(at('2026-11-20T11:30+08:00'), 3_600_000)).toBe(at('2026-11-20T14:30+08:00'));
    expect(calendar.between(at('2026-11-20T16:30+08:00'), at('2026-11-23T11:30+08:00'))).toBe(4 * 3_600_000);
  });

  it('skips holidays and works make-up days', () => {
    expect(calendar.add(at('2026-09-30T17:00+08:00'), 3_600_000)).toBe(at('2026-10-05T09:00+08:00'));
    expect(calendar.add(at('2026-10-10T12:30+08:00'), 3_600_000)).toBe(at('2026-10-10T15:00+08:00'));
  });

  it('counts working days from the day after, to the end of the last', () => {
    expect(calendar.addDays(at('2026-11-20T09:00+08:00'), 1)).toBe(at('2026-11-23T17:30+08:00'));
    expect(calendar.addDays(at('2026-09-29T23:59+08:00'), 2)).toBe(at('2026-10-05T17:30+08:00'));
  });

  it('counts a repeated hour twice as long, and a skipped one not at all', () => {
    const night = new Calendar({
      timeZone: 'Europe/Berlin',
      weekly: Array.from({ length: 7 }, () => [[0, 360] as const]),
    });
    expect(night.between(at('2024-10-27T00:00+02:00'), at('2024-10-27T12:00+01:00'))).toBe(7 * 3_600_000);
    expect(night.between(at('2024-03-31T00:00+01:00'), at('2024-03-31T12:00+02:00'))).toBe(5 * 3_600_000);
    const early = new Calendar({
      timeZone: 'Europe/Berlin',
      weekly: Array.from({ length: 7 }, () => [[0, 150] as const]),
    });
    expect(early.between(at('2024-10-27T00:00+02:00'), at('2024-10-27T12:00+01:00'))).toBe(150 * 60_000);
  });

  it('throws when there is none', () => {
    const never = new Calendar({ timeZone: 'Asia/Shanghai', weekly: Array.from({ length: 7 }, () => []) });
    expect(() => never.add(0, 1)).toThrow(RangeError);
    expect(() => never.addDays(0, 1)).toThrow(RangeError);
    expect(never.between(0, 1e12)).toBe(0);
    expect(() => new Calendar({ timeZone: 'Asia/Shanghai', weekly: [] })).toThrow(RangeError);
  });

  it('equals a minute-by-minute count', () => {
    fc.assert(
      fc.property(calendarsIn(smallWorld), fc.integer({ min: 1, max: 3000 }), ({ rules, from }, minutes) => {
        const [fast, slow] = [new Calendar(rules), new ClockOracle(rules, from)];
        const to = from + minutes * 60_000;
        const worked = slow.between(from, to);
        expect(fast.between(from, to)).toBe(worked);
        expect(fast.add(from, worked)).toBe(slow.after(from, worked));
      }),
      { numRuns: 100 },
    );
  });

  it('measures what was added', () => {
    fc.assert(
      fc.property(
        calendarsIn(wideWorld),
        fc.integer({ min: 1, max: 60 * 8 * 60 }),
        ({ rules, from }, minutes) => {
          const calendar = new Calendar(rules);
          const due = calendar.add(from, minutes * 60_000);
          expect(calendar.between(from, due)).toBe(minutes * 60_000);
          expect(calendar.between(from, due - 1)).toBe(minutes * 60_000 - 1);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('does not depend on earlier calls', () => {
    const questions = fc.array(
      fc.tuple(fc.integer({ min: -400, max: 400 }), fc.integer({ min: 1, max: 20 })),
      { minLength: 2 },
    );
    fc.assert(
      fc.property(calendarsIn(wideWorld), questions, ({ rules, from: origin }, asked) => {
        const answers = (calendar: () => Calendar): unknown[] =>
          asked.map(([offset, days]) => {
            const from = origin + offset * 86_400_000;
            const to = from + days * 86_400_000;
            return [
              calendar().addDays(from, days),
              calendar().add(from, days * 3_600_000),
              calendar().between(from, to),
              [...calendar().gaps(from, to)],
            ];
          });
        const old = new Calendar(rules);
        expect(answers(() => old)).toEqual(answers(() => new Calendar(rules)));
      }),
      { numRuns: 12 },
    );
  });

  it('gives the reasons for gaps', () => {
    const gaps = [...calendar.gaps(at('2026-09-30T10:00+08:00'), at('2026-10-05T09:00+08:00'))];
    expect(gaps.map(({ why }) => why)).toEqual(['break', 'holiday']);
    const week = [...calendar.gaps(at('2026-11-19T15:00+08:00'), at('2026-11-23T08:00+08:00'))];
    expect(week.map(({ why }) => why)).toEqual(['night', 'break', 'weekend']);
    expect(week.at(-1)).toMatchObject({
      start: at('2026-11-20T17:30+08:00'),
      end: at('2026-11-23T08:00+08:00'),
    });
    const lunch = [...calendar.gaps(at('2026-11-20T12:30+08:00'), at('2026-11-20T13:00+08:00'))];
    expect(lunch.map(({ why }) => why)).toEqual(['break']);
    const evening = [...calendar.gaps(at('2026-11-19T18:00+08:00'), at('2026-11-19T19:00+08:00'))];
    expect(evening.map(({ why }) => why)).toEqual(['night']);
  });
});

import fc from 'fast-check';
import type { CalendarRules, Shift } from '../../shared/domain/calendar.ts';

/** Zones with and without daylight saving, one with half an hour of it, one whose midnight is skipped. */
const zones = [
  'Asia/Shanghai',
  'Asia/Urumqi',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Asia/Kathmandu',
  'Africa/Casablanca',
];

const shifts: fc.Arbitrary<Shift[]> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constant<Shift[]>([
      [510, 720],
      [840, 1050],
    ]),
  },
  { weight: 1, arbitrary: fc.constant<Shift[]>([]) },
  { weight: 1, arbitrary: fc.constant<Shift[]>([[0, 1440]]) },
  {
    weight: 3,
    arbitrary: fc
      .uniqueArray(fc.integer({ min: 0, max: 1440 }), { minLength: 2, maxLength: 6 })
      .map((edges) => edges.sort((a, b) => a - b))
      .map((edges) =>
        edges.flatMap((edge, i): Shift[] =>
          i % 2 === 0 && edges[i + 1] !== undefined ? [[edge, edges[i + 1] ?? edge]] : [],
        ),
      ),
  },
);

const day = fc.integer({ min: 0, max: 365 * 12 }).map((n) => new Date(Date.UTC(2020, 0, 1) + n * 86_400_000));
const dayName = day.map((date) => date.toISOString().slice(0, 10));

export const rules: fc.Arbitrary<CalendarRules> = fc.record({
  timeZone: fc.constantFrom(...zones),
  weekly: fc
    .array(shifts, { minLength: 7, maxLength: 7 })
    .map((week) =>
      week.every((hours) => hours.length === 0) ? [[[540, 1020]] as Shift[], ...week.slice(1)] : week,
    ),
  holidays: fc.array(dayName, { maxLength: 60 }).map((days) => new Set(days)),
  workdays: fc
    .array(fc.tuple(dayName, fc.integer({ min: 0, max: 6 })), { maxLength: 20 })
    .map((days) => new Map(days)),
});

/** Whole minutes, half of them within a day of a change of clocks somewhere. */
export const instants: fc.Arbitrary<number> = fc
  .oneof(
    fc.integer({ min: 0, max: 365 * 12 * 1440 }),
    fc
      .tuple(
        fc.constantFrom(
          '2024-03-10',
          '2024-03-31',
          '2024-10-27',
          '2024-11-03',
          '2025-04-06',
          '2025-10-05',
          '2026-09-06',
          '2026-04-05',
        ),
        fc.integer({ min: -1440, max: 2880 }),
      )
      .map(([date, minutes]) => (Date.parse(date) - Date.UTC(2020, 0, 1)) / 60_000 + minutes),
  )
  .map((minutes) => Date.UTC(2020, 0, 1) + minutes * 60_000);

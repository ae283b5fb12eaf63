import fc from 'fast-check';
import { targetUnits, type City, type Target } from '../../shared/config/city.ts';
import type { CalendarRules, Shift } from '../../shared/kernel/clocks/calendar.ts';

/** Time zones and days of the cases; days are in milliseconds since 1970. */
type World = { zones: readonly string[]; days: fc.Arbitrary<number> };

const dayLength = 86_400_000;

function around(...dates: string[]): fc.Arbitrary<number> {
  return fc
    .tuple(fc.constantFrom(...dates.map((date) => Date.parse(date))), fc.integer({ min: -4, max: 2 }))
    .map(([date, days]) => date + days * dayLength);
}

/**
 * Zones with and without daylight saving, some by half an hour, some that change at midnight or across it;
 * days of six years, half of them close to a change in some zone.
 */
export const wideWorld: World = {
  zones: [
    'Asia/Shanghai',
    'Asia/Kathmandu',
    'Europe/Berlin',
    'America/New_York',
    'America/Santiago',
    'America/Nuuk',
    'Australia/Lord_Howe',
    'Africa/Casablanca',
    'Asia/Beirut',
  ],
  days: fc.oneof(
    fc.nat(6 * 365).map((days) => Date.UTC(2022, 0, 1) + days * dayLength),
    around('2023-04-02', '2024-03-10', '2024-03-31', '2024-04-07', '2024-04-14'),
    around('2024-09-08', '2024-10-06', '2024-10-27', '2024-11-03', '2025-03-30'),
  ),
};

/** A small part of it, so that few minutes have to be counted. */
export const smallWorld: World = {
  zones: ['Asia/Shanghai', 'Europe/Berlin'],
  days: around('2024-10-27', '2024-11-18'),
};

const office: Shift[] = [
  [510, 720],
  [840, 1050],
];
function shiftsBetween(edge: fc.Arbitrary<number>): fc.Arbitrary<Shift[]> {
  return fc
    .uniqueArray(edge, { minLength: 2, maxLength: 6 })
    .map((edges) => edges.sort((a, b) => a - b))
    .map((edges) =>
      edges.flatMap((from, i): Shift[] => {
        const to = edges[i + 1];
        return i % 2 === 0 && to !== undefined ? [[from, to]] : [];
      }),
    );
}

const shifts: fc.Arbitrary<Shift[]> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(office) },
  { weight: 1, arbitrary: fc.constant<Shift[]>([]) },
  { weight: 1, arbitrary: fc.constant<Shift[]>([[0, 1440]]) },
  { weight: 2, arbitrary: shiftsBetween(fc.integer({ min: 0, max: 1440 })) },
  // The hours of the night in which daylight saving changes.
  { weight: 2, arbitrary: shiftsBetween(fc.nat(20).map((quarters) => quarters * 15)) },
  { weight: 1, arbitrary: shiftsBetween(fc.nat(8).map((quarters) => 1440 - quarters * 15)) },
);

/** Instants, half of them on whole minutes. */
function instantsIn({ days }: World): fc.Arbitrary<number> {
  return fc
    .tuple(days, fc.nat(1439), fc.oneof(fc.constant(0), fc.nat(59_999)))
    .map(([day, minutes, milliseconds]) => day + minutes * 60_000 + milliseconds);
}

/** @param from holidays and make-up working days are around this instant. */
function rulesAround(from: number, { zones }: World): fc.Arbitrary<CalendarRules> {
  const date = fc
    .integer({ min: -3, max: 40 })
    .map((days) => new Date(from + days * dayLength).toISOString().slice(0, 10));
  return fc.record({
    timeZone: fc.constantFrom(...zones),
    weekly: fc
      .array(shifts, { minLength: 7, maxLength: 7 })
      .map((week) => (week.every((hours) => hours.length === 0) ? [office, ...week.slice(1)] : week)),
    holidays: fc.array(date, { maxLength: 12 }).map((days) => new Set(days)),
    workdays: fc.array(fc.tuple(date, fc.nat(6)), { maxLength: 6 }).map((days) => new Map(days)),
  });
}

/** A calendar and an instant close to its special days. */
export function calendarsIn(world: World): fc.Arbitrary<{ rules: CalendarRules; from: number }> {
  return instantsIn(world).chain((from) =>
    fc.record({ rules: rulesAround(from, world), from: fc.constant(from) }),
  );
}

const amounts: Record<Target['unit'], fc.Arbitrary<number>> = {
  minute: fc.integer({ min: 1, max: 3000 }),
  hour: fc.integer({ min: 1, max: 4 * 72 }).map((quarters) => quarters / 4),
  'working-hour': fc.integer({ min: 1, max: 4 * 40 }).map((quarters) => quarters / 4),
  'working-day': fc.integer({ min: 1, max: 7 }),
};
const targets: fc.Arbitrary<Target> = fc
  .constantFrom(...targetUnits)
  .chain((unit) => amounts[unit].map((amount) => ({ amount, unit })));

/** The terms of a clock, and the moments to check. Times are in milliseconds since 1970. */
export type ClockCase = {
  rules: CalendarRules;
  /** Whether the target names its calendar; otherwise it is the city's first. */
  isNamed: boolean;
  from: number;
  target: Target;
  extensions: number[];
  warnAtShare: number;
  /** In order, without overlap. */
  pauses: { from: number; to: number }[];
  ladder: City['supervision']['normal'];
  /** When its progress is checked; it is stopped at the last of them. */
  moments: number[];
};

/** Excludes cases that take too long, such as a target of forty hours with one working hour a week. */
function isReasonable({ rules, target, extensions, ladder }: ClockCase): boolean {
  const weekly = rules.weekly.flat().reduce((sum, [from, to]) => sum + to - from, 0) / 60;
  const days = rules.weekly.filter((hours) => hours.length > 0).length;
  const weeks = ({ amount, unit }: Target): number =>
    unit === 'working-hour' ? amount / weekly : unit === 'working-day' ? amount / days : 0;
  const more = extensions.map((amount) => ({ amount, unit: target.unit }));
  return [target, ...more, ...ladder.map(({ after }) => after)].every((each) => weeks(each) <= 3);
}

export function clockCasesIn(world: World): fc.Arbitrary<ClockCase> {
  return calendarsIn(world)
    .chain(({ rules, from }) =>
      targets.chain((target) =>
        fc.record({
          rules: fc.constant(rules),
          isNamed: fc.boolean(),
          from: fc.constant(from),
          target: fc.constant(target),
          extensions: fc.array(amounts[target.unit], { maxLength: 2 }),
          warnAtShare: fc.constantFrom(0.75, 0.5, 0.9, 1 / 3),
          pauses: fc
            .array(fc.tuple(fc.nat(3000), fc.integer({ min: 1, max: 8000 }), fc.nat(59_999)), {
              maxLength: 3,
            })
            .map((drawn) => {
              let at = from;
              return drawn.map(([gap, length, milliseconds]) => {
                const begin = at + gap * 60_000;
                at = begin + length * 60_000 + milliseconds;
                return { from: begin, to: at };
              });
            }),
          ladder: fc.array(
            fc.record({
              level: fc.constantFrom('estate', 'grid', 'community', 'street', 'district'),
              after: targets,
            }),
            { maxLength: 3 },
          ),
          moments: fc.array(
            fc.integer({ min: -1440, max: 20_000 }).map((minutes) => from + minutes * 60_000),
            { minLength: 1, maxLength: 4 },
          ),
        }),
      ),
    )
    .filter(isReasonable);
}

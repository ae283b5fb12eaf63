import { weekdays, type City, type Target } from '../../shared/config/city.ts';
import { Calendar, type CalendarRules } from '../../shared/kernel/clocks/calendar.ts';
import { pathOf } from '../../shared/place/place.ts';
import {
  instantAfter,
  progress,
  computeClock,
  resumed,
  type ClockTerms,
} from '../../shared/kernel/clocks/sla.ts';
import { city as demoCity } from './city.ts';
import type { ClockCase } from './clock-cases.ts';
import { ClockOracle, type Standstill } from './clock-oracle.ts';

/** A difference between the computed and the counted value, with the name of the check. */
export type Disagreement = { question: string; computed: unknown; counted: unknown };

const place = { priority: 'normal', path: pathOf(demoCity, 'tinglan-court') } as const;
/** The area of each level above that place; it has no grid. */
const areas = {
  estate: 'tinglan-court',
  grid: 'liuan',
  community: 'liuan',
  street: 'qilu',
  district: 'yunting',
};

/** Compares all values of a clock with the oracle's. */
export function disagreements(drawn: ClockCase): Disagreement[] {
  const { rules, isNamed, from, target, extensions, pauses, moments } = drawn;
  const found: Disagreement[] = [];
  const compare = (question: string, computed: unknown, counted: unknown): void => {
    if (JSON.stringify(computed) !== JSON.stringify(counted)) found.push({ question, computed, counted });
  };

  const city = cityOf(drawn);
  const [working, any] = [
    new ClockOracle(rules, Math.min(from, ...moments)),
    new ClockOracle(undefined, from),
  ];
  const oracleOf = ({ unit }: Pick<Target, 'unit'>): ClockOracle =>
    unit === 'working-hour' || unit === 'working-day' ? working : any;
  const oracle = oracleOf(target);

  // The target alone, and with its extensions.
  let length = oracle.lengthOf(target, from);
  compare('due alone', instantAfter(city, iso(from), target, nameOf(drawn)), iso(oracle.after(from, length)));
  for (const amount of extensions)
    length += oracle.lengthOf({ amount, unit: target.unit }, oracle.after(from, length));

  // The clock after all pauses.
  const terms: ClockTerms = {
    startedAt: iso(from),
    target,
    extensions,
    pauses: pauses.map(isoPause),
    ...(isNamed && { calendar: nameOf(drawn) }),
  };
  const due = oracle.after(from, length, pauses);
  const clock = computeClock(city, terms, place);
  compare('due', clock.dueAt, iso(due));
  compare('warning', clock.warnAt, iso(oracle.after(from, Math.floor(length * drawn.warnAtShare), pauses)));
  const climbs = drawn.ladder.map(({ level, after }) => {
    const line = oracleOf(after);
    return { level, area: areas[level], at: iso(line.after(due, line.lengthOf(after, due), pauses)) };
  });
  compare(
    'climbs',
    (clock.climbs ?? []).map(({ area, at }) => ({ area, at })),
    climbs.filter(({ area }, i) => climbs[i - 1]?.area !== area).map(({ area, at }) => ({ area, at })),
  );

  // Used and remaining time at each moment, while running, stopped and paused.
  const used = (until: number, standstills: readonly Standstill[] = pauses): number =>
    oracle.between(from, until, standstills);
  for (const moment of moments) {
    const counted = used(moment);
    compare(`progress at ${iso(moment)}`, progress(city, clock, iso(moment)), {
      used: counted,
      left: length - counted,
    });
  }
  const stop = moments.at(-1) ?? from;
  const counted = used(stop);
  compare('progress when stopped', progress(city, { ...clock, stoppedAt: iso(stop) }, iso(stop + 5e8)), {
    used: counted,
    left: length - counted,
  });

  // A pause keeps the remaining time.
  for (const [index, { from: begin, to: end }] of pauses.entries()) {
    const before = pauses.slice(0, index);
    const standing: ClockTerms = { ...terms, pauses: [...before.map(isoPause), { from: iso(begin) }] };
    const atPause = used(begin, before);
    const left = length - atPause;
    const there = computeClock(city, standing, place);
    const halfway = iso((begin + end) / 2);
    compare(`progress in pause ${index + 1}`, progress(city, there, halfway), { used: atPause, left });
    const again = computeClock(city, resumed(standing, iso(end)), place);
    compare(`progress after pause ${index + 1}`, progress(city, again, iso(end)), { used: atPause, left });
    if (left > 0) compare(`due after pause ${index + 1}`, again.dueAt, iso(oracle.after(end, left)));
  }

  // The calendar alone.
  const calendar = new Calendar(rules);
  const worked = working.between(from, stop);
  compare('between', calendar.between(from, stop), worked);
  if (worked > 0) compare('add', calendar.add(from, worked), working.after(from, worked));
  return found;
}

/** The demo city with this calendar, escalation and warning. */
function cityOf(drawn: ClockCase): City {
  const { rules, warnAtShare, ladder } = drawn;
  const name = { zh: '办公时间', en: 'Office hours' };
  const own = { ...configOf(rules), id: 'own', name };
  const other = { id: 'other', name, weekly: { sun: ['03:00-04:00'] }, closed: [], open: {} };
  return {
    ...demoCity,
    timeZone: rules.timeZone,
    warnAtShare,
    supervision: { urgent: [], high: [], normal: ladder },
    calendars: drawn.isNamed ? [other, own] : [own, other],
  };
}

function nameOf({ isNamed }: ClockCase): string | undefined {
  return isNamed ? 'own' : undefined;
}

/** The calendar in the format of a city file. */
function configOf({ weekly, holidays, workdays }: CalendarRules) {
  return {
    weekly: Object.fromEntries(
      weekdays.flatMap((day, i) => {
        const shifts = (weekly[i] ?? []).map(([from, to]) => `${wall(from)}-${wall(to)}`);
        return shifts.length > 0 ? [[day, shifts] as const] : [];
      }),
    ),
    closed: [...(holidays ?? [])],
    open: Object.fromEntries([...(workdays ?? [])].map(([day, like]) => [day, weekdays[like] ?? 'sun'])),
  };
}

function wall(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');
}

function isoPause({ from, to }: Standstill): { from: string; to: string } {
  return { from: iso(from), to: iso(to) };
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

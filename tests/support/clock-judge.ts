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

/** What was computed and what was counted, where the two differ; each with the question. */
export type Disagreement = { question: string; computed: unknown; counted: unknown };

const place = { priority: 'normal', path: pathOf(demoCity, 'tinglan-court') } as const;
/** Who stands where on the way up from that place; it has no grid. */
const areas = {
  estate: 'tinglan-court',
  grid: 'liuan',
  community: 'liuan',
  street: 'qilu',
  district: 'yunting',
};

/** Asks a whole clock everything, and the oracle the same. */
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

  // The target alone, and with what was granted on top.
  let length = oracle.lengthOf(target, from);
  compare('due alone', instantAfter(city, iso(from), target, nameOf(drawn)), iso(oracle.after(from, length)));
  for (const amount of extensions)
    length += oracle.lengthOf({ amount, unit: target.unit }, oracle.after(from, length));

  // The clock as it stands after all pauses.
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

  // What is used and left at any moment, running, stopped and standing still.
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

  // A pause keeps what is left.
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

  // The calendar by itself.
  const calendar = new Calendar(rules);
  const worked = working.between(from, stop);
  compare('between', calendar.between(from, stop), worked);
  if (worked > 0) compare('add', calendar.add(from, worked), working.after(from, worked));
  return found;
}

/** The demo city with this calendar, this ladder and this warning. */
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

/** As a city's file has it. */
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

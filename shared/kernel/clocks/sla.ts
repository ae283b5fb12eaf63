import {
  isWorkingTime,
  weekdays,
  type CalendarConfig,
  type City,
  type Priority,
  type Target,
} from '../../config/city.ts';
import { Calendar, type Shift } from './calendar.ts';
import { areaAtLevel } from '../../place/place.ts';

/** The two deadlines of a report: to acknowledge it 签收 and to resolve it 办结. */
export const clockNames = ['acknowledge', 'resolve'] as const;
export type ClockName = (typeof clockNames)[number];

/** A period in which a clock is paused; without an end it still is. */
export type Pause = { from: string; to?: string | undefined };

/** The inputs that the instants of a clock are computed from. */
export type ClockTerms = {
  startedAt: string;
  target: Target;
  /** Id of the calendar for working time, of its target or of its escalation steps. */
  calendar?: string | undefined;
  pauses?: readonly Pause[] | undefined;
  /** Approved extensions, each in the target's unit. */
  extensions?: readonly number[] | undefined;
};

/** Terms with the computed instants, in UTC (RFC 3339). */
export type ClockStart = ClockTerms & {
  warnAt: string;
  dueAt: string;
  /** The areas it is escalated to after `dueAt`, and when. */
  climbs?: readonly { level: string; area: string; at: string }[] | undefined;
};

/** A clock of a report. It runs until it is stopped; warning, breach and each escalation happen at most once. */
export type Clock = ClockStart & {
  warnedAt?: string | undefined;
  breachedAt?: string | undefined;
  /** How many escalation steps have been taken. */
  climbed?: number | undefined;
  stoppedAt?: string;
};

/** The report's place decides whom the clock is escalated to, its priority how soon. */
export type ClockPlace = { priority: Priority; path: readonly string[] };

/** How time is counted: all of it, or only a calendar's working hours. */
type TimeLine = {
  add: (from: number, milliseconds: number) => number;
  between: (from: number, to: number) => number;
};

const anyTime: TimeLine = {
  add: (from, milliseconds) => from + milliseconds,
  between: (from, to) => Math.max(0, to - from),
};

/**
 * Computes when the clock warns, breaches and escalates: a pure function of its terms and the city's rules. A pause
 * moves every later instant by its length; the time left of the target stays the same.
 */
export function computeClock(city: City, terms: ClockTerms, place: ClockPlace): ClockStart {
  const { line, length } = measured(city, terms);
  const start = Date.parse(terms.startedAt);
  const due = advance(line, terms, start, length);
  const climbs = city.supervision[place.priority].flatMap(({ level, after }) => {
    const area = areaAtLevel(city, place.path, level);
    const at = advance(lineOf(city, after, terms), terms, due, lengthOf(city, after, terms, due));
    return area === undefined ? [] : [{ level: area.level, area: area.id, at: instant(at) }];
  });
  return {
    ...terms,
    warnAt: instant(advance(line, terms, start, Math.floor(length * city.warnAtShare))),
    dueAt: instant(due),
    ...(climbs.length > 0 && { climbs: climbs.filter(({ area }, i) => climbs[i - 1]?.area !== area) }),
  };
}

/** The instant at which a length of time ends, by the named calendar or the city's first. */
export function instantAfter(city: City, from: string, target: Target, calendar?: string): string {
  const terms = { calendar };
  const at = Date.parse(from);
  return instant(lineOf(city, target, terms).add(at, lengthOf(city, target, terms, at)));
}

/**
 * The used and the remaining part of the target at an instant, in milliseconds of the time that counts. `left` is
 * negative when overdue.
 */
export function progress(city: City, clock: Clock, now: string): { used: number; left: number } {
  const { line, length } = measured(city, clock);
  const until = Date.parse(earliestOf([now, clock.stoppedAt, openPause(clock)?.from]));
  const start = Date.parse(clock.startedAt);
  const paused = closedPauses(clock)
    .map(({ from, to }) => line.between(Math.max(from, start), Math.min(to, until)))
    .reduce((sum, each) => sum + each, 0);
  const used = line.between(start, until) - paused;
  return { used, left: length - used };
}

/** The pause that has not ended, if any. */
export function openPause({ pauses }: ClockTerms): Pause | undefined {
  const last = pauses?.at(-1);
  return last?.to === undefined ? last : undefined;
}

/** The terms with the open pause, if any, ended. */
export function resumed(terms: ClockTerms, at: string): ClockTerms {
  if (!openPause(terms)) return terms;
  return { ...terms, pauses: (terms.pauses ?? []).map((pause) => ({ to: at, ...pause })) };
}

/** The terms without the computed instants. */
export function termsOf({ startedAt, target, calendar, pauses, extensions }: ClockTerms): ClockTerms {
  return {
    startedAt,
    target,
    ...(calendar !== undefined && { calendar }),
    ...(pauses !== undefined && { pauses }),
    ...(extensions !== undefined && { extensions }),
  };
}

/** The next action of a clock, if any: it warns, breaches, then escalates step by step. */
export function nextOf(clock: Clock): { at: string; does: 'warn' | 'breach' | 'escalate' } | undefined {
  if (clock.stoppedAt !== undefined || openPause(clock)) return undefined;
  if (clock.breachedAt === undefined)
    return clock.warnedAt === undefined && clock.warnAt < clock.dueAt
      ? { at: clock.warnAt, does: 'warn' }
      : { at: clock.dueAt, does: 'breach' };
  const step = clock.climbs?.[clock.climbed ?? 0];
  return step && { at: step.at, does: 'escalate' };
}

/** The action due at `now`: when the breach is due, a warning that was not given is skipped. */
export function dueAction(clock: Clock, now: string): 'warn' | 'breach' | 'escalate' | undefined {
  const next = nextOf(clock);
  if (next === undefined || next.at > now) return undefined;
  return next.does === 'warn' && clock.dueAt <= now ? 'breach' : next.does;
}

/** Whole seconds from one instant to a later one, never negative. */
export function secondsBetween(from: string, to: string): number {
  return Math.max(0, Math.floor((Date.parse(to) - Date.parse(from)) / 1000));
}

/** The named calendar of a city, or its first. Built once per city. */
export function calendarOf(city: City, name: string | undefined): Calendar {
  let built = calendars.get(city);
  if (!built) {
    built = new Map(
      city.calendars.map((config) => [config.id, new Calendar(rulesOf(config, city.timeZone))]),
    );
    calendars.set(city, built);
  }
  // Reports may name a calendar that the city has since removed: the first one replaces it.
  const calendar = (name === undefined ? undefined : built.get(name)) ?? built.values().next().value;
  if (!calendar) throw new Error(`${city.id} has no calendar, but a target in working time`);
  return calendar;
}

const calendars = new WeakMap<City, Map<string, Calendar>>();

function rulesOf({ weekly, official, closed, open, id }: CalendarConfig, timeZone: string) {
  if (official !== undefined) throw new Error(`the official days of calendar "${id}" were not written out`);
  return {
    timeZone,
    weekly: weekdays.map((day) => (weekly[day] ?? []).map(shiftOf)),
    holidays: new Set(closed),
    workdays: new Map(Object.entries(open).map(([day, like]) => [day, weekdays.indexOf(like)])),
  };
}

function shiftOf(text: string): Shift {
  const [from = 0, to = 0] = text.split('-').map((edge) => {
    const [hours = 0, minutes = 0] = edge.split(':').map(Number);
    return hours * 60 + minutes;
  });
  return [from, to];
}

/** The time line of a clock and the length of its target on it. Pauses do not change the length. */
function measured(city: City, terms: ClockTerms): { line: TimeLine; length: number } {
  const line = lineOf(city, terms.target, terms);
  const start = Date.parse(terms.startedAt);
  let length = lengthOf(city, terms.target, terms, start);
  for (const amount of terms.extensions ?? []) {
    const extension = { amount, unit: terms.target.unit };
    length += lengthOf(city, extension, terms, line.add(start, length));
  }
  return { line, length };
}

function lineOf(
  city: City,
  target: Pick<Target, 'unit'>,
  { calendar }: Pick<ClockTerms, 'calendar'>,
): TimeLine {
  return isWorkingTime(target) ? calendarOf(city, calendar) : anyTime;
}

const unitMilliseconds = { minute: 60_000, hour: 3_600_000, 'working-hour': 3_600_000 };

/** The length of a target that starts at `from`, in milliseconds of the time that counts. */
function lengthOf(
  city: City,
  { amount, unit }: Target,
  { calendar }: Pick<ClockTerms, 'calendar'>,
  from: number,
): number {
  if (unit !== 'working-day') return Math.round(amount * unitMilliseconds[unit]);
  const days = calendarOf(city, calendar);
  return days.between(from, days.addDays(from, amount));
}

/** Adds time along the line, skipping pauses. */
function advance(line: TimeLine, terms: ClockTerms, from: number, milliseconds: number): number {
  let [at, left] = [from, milliseconds];
  for (const pause of closedPauses(terms)) {
    if (pause.to <= at) continue;
    const before = line.between(at, pause.from);
    if (left <= before) break;
    left -= before;
    at = pause.to;
  }
  return line.add(at, left);
}

function closedPauses({ pauses = [] }: ClockTerms): { from: number; to: number }[] {
  return pauses.flatMap(({ from, to }) =>
    to === undefined ? [] : [{ from: Date.parse(from), to: Date.parse(to) }],
  );
}

function earliestOf(instants: (string | undefined)[]): string {
  return instants.filter((each) => each !== undefined).sort()[0] ?? '';
}

function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

import type { CalendarRules } from '../../shared/kernel/clocks/calendar.ts';
import type { Target } from '../../shared/config/city.ts';

/**
 * A slow reference implementation of clocks: every minute is looked up on the wall clock of
 * `Intl`, and counted or not. No offset arithmetic, no skipping; only the reading of each minute is cached.
 */

/** A span that does not count, in milliseconds since 1970. */
export type Standstill = { from: number; to: number };

const minute = 60_000;
const minutesOfDay = 1440;
/** A case that takes longer is not reasonable. */
const longestWalkDays = 500;

/** Counts the working minutes of a calendar; without rules, all minutes. */
export class ClockOracle {
  readonly #rules: CalendarRules | undefined;
  /** The first minute of the earliest day, and whether each from there on is a working minute. */
  readonly #first: number;
  readonly #isOpen: boolean[] = [];
  readonly #dates: number[] = [];
  #highest = -1;
  #shifts: readonly (readonly [number, number])[] = [];

  /** @param earliest no instant before this instant's day can be looked up. */
  constructor(rules: CalendarRules | undefined, earliest: number) {
    this.#rules = rules;
    this.#first = Math.floor(earliest / minute) * minute;
    if (!rules) return;
    const date = dateShown(rules.timeZone, this.#first);
    while (dateShown(rules.timeZone, this.#first - minute) === date) this.#first -= minute;
  }

  /** The counted milliseconds between two instants. */
  between(from: number, to: number, standstills: readonly Standstill[] = []): number {
    let sum = 0;
    if (to <= from) return sum;
    this.#walk(from, standstills, (start, end, counts) => {
      if (counts) sum += Math.min(end, to) - start;
      return end >= to;
    });
    return sum;
  }

  /** The instant at which this many milliseconds have been counted. */
  after(from: number, milliseconds: number, standstills: readonly Standstill[] = []): number {
    let left = milliseconds;
    let answer = from;
    if (left <= 0) return from;
    this.#walk(from, standstills, (start, end, counts) => {
      if (!counts) return false;
      answer = Math.min(end, start + left);
      left -= answer - start;
      return left === 0;
    });
    return answer;
  }

  /** The counted milliseconds of a target that starts at an instant. */
  lengthOf({ amount, unit }: Target, from: number): number {
    if (unit === 'minute') return amount * minute;
    return unit === 'working-day' ? this.between(from, this.#endOfDays(from, amount)) : amount * 60 * minute;
  }

  /** The end of the last working minute on the n-th working day after today. */
  #endOfDays(from: number, days: number): number {
    const today = this.#dateOf(from);
    const seen = new Set<number>();
    let last = from;
    this.#walk(from, [], (start, end, counts) => {
      const date = this.#dateOf(start);
      if (seen.size === days && !seen.has(date)) return true;
      if (counts && date !== today) {
        seen.add(date);
        last = end;
      }
      return false;
    });
    return last;
  }

  /** Visits the minutes from an instant, split where standstills start or end, until `visit` returns true. */
  #walk(
    from: number,
    standstills: readonly Standstill[],
    visit: (start: number, end: number, counts: boolean) => boolean,
  ): void {
    const limit = from + longestWalkDays * minutesOfDay * minute;
    for (let start = from; start < limit;) {
      let end = Math.floor(start / minute) * minute + minute;
      let stands = false;
      for (const still of standstills) {
        if (still.from > start) end = Math.min(end, still.from);
        else if (still.to > start) {
          end = Math.min(end, still.to);
          stands = true;
        }
      }
      if (visit(start, end, !stands && this.#counts(start))) return;
      start = end;
    }
    throw new Error(`the walk from ${new Date(from).toISOString()} does not end`);
  }

  #counts(instant: number): boolean {
    return this.#rules === undefined || this.#isOpen[this.#judged(instant)] === true;
  }

  #dateOf(instant: number): number {
    return this.#dates[this.#judged(instant)] ?? NaN;
  }

  /** Computes the minutes up to the one of this instant in order; returns its index. */
  #judged(instant: number): number {
    const index = Math.floor((instant - this.#first) / minute);
    if (index < 0 || !this.#rules) throw new RangeError('asked about a day before the earliest');
    while (this.#isOpen.length <= index) {
      const shown = minutesShown(this.#rules.timeZone, this.#first + this.#isOpen.length * minute);
      const date = Math.floor(shown / minutesOfDay);
      if (date !== this.#dates.at(-1)) {
        this.#highest = -1;
        this.#shifts = shiftsOf(this.#rules, date);
      }
      // The highest reading of the day decides: a repeated hour neither ends nor starts a shift again.
      const highest = (this.#highest = Math.max(this.#highest, shown - date * minutesOfDay));
      this.#isOpen.push(this.#shifts.some(([begin, end]) => begin <= highest && highest < end));
      this.#dates.push(date);
    }
    return index;
  }
}

function shiftsOf(
  { weekly, holidays, workdays }: CalendarRules,
  date: number,
): CalendarRules['weekly'][number] {
  const day = new Date(date * minutesOfDay * minute);
  const name = day.toISOString().slice(0, 10);
  const made = workdays?.get(name);
  if (made !== undefined) return weekly[made] ?? [];
  return holidays?.has(name) === true ? [] : (weekly[day.getUTCDay()] ?? []);
}

function dateShown(timeZone: string, instant: number): number {
  return Math.floor(minutesShown(timeZone, instant) / minutesOfDay);
}

/** The local time of a zone at the start of a minute, in minutes since local 1970-01-01 00:00. */
function minutesShown(timeZone: string, instant: number): number {
  let zone = zones.get(timeZone);
  if (!zone) zones.set(timeZone, (zone = new Zone(timeZone)));
  return zone.at(instant);
}

/** Reads every minute of a day once. */
class Zone {
  readonly #format: Intl.DateTimeFormat;
  readonly #days = new Map<number, Int32Array>();

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  }

  at(instant: number): number {
    const day = Math.floor(instant / (minutesOfDay * minute));
    let read = this.#days.get(day);
    if (!read) {
      read = Int32Array.from({ length: minutesOfDay }, (_, i) =>
        this.#read((day * minutesOfDay + i) * minute),
      );
      this.#days.set(day, read);
    }
    return read[Math.floor(instant / minute) - day * minutesOfDay] ?? NaN;
  }

  /** The format is like `2024-03-31 02:30`. */
  #read(instant: number): number {
    return Date.parse(`${this.#format.format(instant).replace(' ', 'T')}Z`) / minute;
  }
}

const zones = new Map<string, Zone>();

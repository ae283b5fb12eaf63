/**
 * Working time: which stretches of the real time line are working hours of a calendar, and adding and measuring
 * along them. All instants are milliseconds since 1970 (UTC); wall times are the calendar's own.
 *
 * One rule places wall times on the time line, also where daylight saving skips or repeats an hour: a wall time
 * stands for the first instant of its day at which the clock on the wall shows it or something later. A shift
 * that spans a repeated hour is therefore an hour longer, one that spans a skipped hour an hour shorter, as it is
 * for the people who work it, and no minute is ever counted twice.
 */

/** A stretch of a day, in minutes since its midnight; the end is not part of it. 24:00 is 1440. */
export type Shift = readonly [from: number, to: number];

export type CalendarRules = {
  /** IANA name. */
  timeZone: string;
  /** The shifts of each weekday, Sunday first; each list in order and without overlap. */
  weekly: readonly (readonly Shift[])[];
  /** Days `YYYY-MM-DD` without work. */
  holidays?: ReadonlySet<string>;
  /** Days `YYYY-MM-DD` worked all the same (make-up days 调休), with the shifts of this weekday. They win over holidays. */
  workdays?: ReadonlyMap<string, number>;
};

/** Why nobody works. */
export type Gap = 'break' | 'night' | 'weekend' | 'holiday';

type Stretch = readonly [start: number, end: number];

const dayLength = 86_400_000;
const minute = 60_000;
/** A calendar that has no work for this long has none at all, by mistake. */
const longestSearchDays = 3 * 366;

export class Calendar {
  readonly #rules: CalendarRules;
  readonly #offsets: (instant: number) => number;
  readonly #stretches = new Map<number, readonly Stretch[]>();

  constructor(rules: CalendarRules) {
    if (rules.weekly.length !== 7) throw new RangeError('a week has seven days');
    this.#rules = rules;
    this.#offsets = offsetsOf(rules.timeZone);
  }

  /**
   * The instant at which that much working time has passed since `from`. Time outside working hours does not
   * count; the answer is inside working hours or at their end.
   */
  add(from: number, milliseconds: number): number {
    if (milliseconds <= 0) return from;
    let left = milliseconds;
    for (const [start, end] of this.#from(from)) {
      const begin = Math.max(start, from);
      if (left <= end - begin) return begin + left;
      left -= end - begin;
    }
    throw new RangeError('the calendar has too little working time');
  }

  /** Working time between two instants; 0 when the second is not later. */
  between(from: number, to: number): number {
    let sum = 0;
    if (to <= from) return sum;
    for (const [start, end] of this.#from(from, to)) {
      if (start >= to) break;
      sum += Math.min(end, to) - Math.max(start, from);
    }
    return sum;
  }

  /**
   * The end of the last working hour of the n-th working day after the day of `from`. The day on which it begins
   * does not count (Civil Code of China, art. 201, on how periods of days are reckoned).
   */
  addDays(from: number, days: number): number {
    let left = days;
    const today = this.#dayOf(from);
    for (let day = today + 1; day <= today + longestSearchDays; day += 1) {
      const last = this.#stretchesOf(day).at(-1);
      if (last && (left -= 1) <= 0) return last[1];
    }
    throw new RangeError('the calendar has too few working days');
  }

  /** Whether the instant lies in working hours. */
  isOpen(instant: number): boolean {
    const day = this.#dayOf(instant);
    return this.#stretchesOf(day).some(([start, end]) => start <= instant && instant < end);
  }

  /** The first working instant at or after this one. */
  nextOpen(from: number): number {
    for (const [start] of this.#from(from)) return Math.max(start, from);
    throw new RangeError('the calendar has no working time');
  }

  /** The stretches without work between two instants, in order, each with why there is none. */
  *gaps(from: number, to: number): Generator<{ start: number; end: number; why: Gap }> {
    let at = from;
    for (const [start, end] of this.#from(from, to)) {
      if (start >= to) break;
      if (start > at) yield { start: at, end: start, why: this.#why(at, start) };
      at = Math.max(at, end);
    }
    if (at < to) yield { start: at, end: to, why: this.#why(at, to) };
  }

  /** The gravest reason: a night between two days of work, a break on one of them, or a day without. */
  #why(start: number, end: number): Gap {
    const [first, last] = [this.#dayOf(start), this.#dayOf(end - 1)];
    const idle = Array.from({ length: last - first + 1 }, (_, i) => first + i).filter(
      (day) => this.#stretchesOf(day).length === 0,
    );
    if (idle.some((day) => this.#rules.holidays?.has(nameOf(day)) === true)) return 'holiday';
    if (idle.length > 0) return 'weekend';
    return first === last &&
      this.#stretchesOf(first).some(([begin]) => begin >= end) &&
      this.#stretchesOf(first).some(([, finish]) => finish <= start)
      ? 'break'
      : 'night';
  }

  /** Working stretches that end after `from`, in order. */
  *#from(from: number, to = Infinity): Generator<Stretch> {
    // No zone is more than a day away from UTC.
    const first = Math.floor(from / dayLength) - 1;
    const last = Math.min(first + longestSearchDays, Math.floor(to / dayLength) + 1);
    for (let day = first; day <= last; day += 1)
      for (const stretch of this.#stretchesOf(day)) if (stretch[1] > from) yield stretch;
  }

  /** @param day days since 1970-01-01 on the wall. */
  #stretchesOf(day: number): readonly Stretch[] {
    let stretches = this.#stretches.get(day);
    if (!stretches) {
      const at = this.#wallOf(day);
      stretches = this.#shiftsOf(day)
        .map(([from, to]) => [at(from), at(to)] as const)
        .filter(([start, end]) => start < end);
      this.#stretches.set(day, stretches);
    }
    return stretches;
  }

  #shiftsOf(day: number): readonly Shift[] {
    const { weekly, holidays, workdays } = this.#rules;
    const date = new Date(day * dayLength);
    const name = nameOf(day);
    const made = workdays?.get(name);
    if (made !== undefined) return weekly[made] ?? [];
    return holidays?.has(name) === true ? [] : (weekly[date.getUTCDay()] ?? []);
  }

  /** Places the minutes of one day on the time line. */
  #wallOf(day: number): (minutes: number) => number {
    const midnight = day * dayLength;
    // Far enough on both sides to stand before and after any change on that day.
    const [early, late] = [midnight - dayLength, midnight + 2 * dayLength];
    const [before, after] = [this.#offsets(early), this.#offsets(late)];
    if (before === after) return (minutes) => midnight + minutes * minute - before;
    const change = this.#changeBetween(early, late);
    return (minutes) => {
      const wall = midnight + minutes * minute;
      return wall < change + before ? wall - before : Math.max(change, wall - after);
    };
  }

  /** The instant of the one change of offset between two instants. */
  #changeBetween(early: number, late: number): number {
    const before = this.#offsets(early);
    let [low, high] = [early, late];
    while (high - low > 1000) {
      const middle = Math.floor((low + high) / 2000) * 1000;
      if (this.#offsets(middle) === before) low = middle;
      else high = middle;
    }
    return high;
  }

  #dayOf(instant: number): number {
    return Math.floor((instant + this.#offsets(instant)) / dayLength);
  }
}

/** @param day days since 1970-01-01 on the wall. */
function nameOf(day: number): string {
  return new Date(day * dayLength).toISOString().slice(0, 10);
}

/** Milliseconds that a zone's clocks are ahead of UTC at an instant, as far as whole seconds go. */
function offsetsOf(timeZone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instant) => {
    const parts = Object.fromEntries(
      format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]),
    );
    const { year = 0, month = 1, day = 1, hour = 0, minute: minutes = 0, second = 0 } = parts;
    const wall = Date.UTC(year, month - 1, day, hour, minutes, second);
    return wall - Math.floor(instant / 1000) * 1000;
  };
}

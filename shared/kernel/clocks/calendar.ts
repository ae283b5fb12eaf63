/**
 * Working time: which periods are working hours of a calendar, and how to add and measure working time. All instants
 * are milliseconds since 1970 (UTC); wall times are in the calendar's time zone.
 *
 * One rule maps wall times to instants, also where daylight saving skips or repeats an hour: a wall time means the
 * first instant of its day at which the local clock shows that time or a later one. A shift that spans a repeated hour
 * is therefore an hour longer, one that spans a skipped hour an hour shorter, and no minute is counted twice.
 */

/** A period of a day, in minutes since its midnight, end exclusive. 24:00 is 1440. */
export type Shift = readonly [from: number, to: number];

export type CalendarRules = {
  /** IANA name. */
  timeZone: string;
  /** The shifts of each weekday, Sunday first; each list in order and without overlap. */
  weekly: readonly (readonly Shift[])[];
  /** Days `YYYY-MM-DD` without work. */
  holidays?: ReadonlySet<string>;
  /** Extra working days `YYYY-MM-DD` (make-up days 调休), with the shifts of this weekday. They override holidays. */
  workdays?: ReadonlyMap<string, number>;
};

/** Why a period is not working time. */
export type Gap = 'break' | 'night' | 'weekend' | 'holiday';

/** A period of working time, and how much working time precedes it. */
type Stretch = { start: number; end: number; before: number };

const dayLength = 86_400_000;
const minute = 60_000;
/** Instants in the past are asked about too, so generated days start well before the first instant asked for. */
const daysBefore = 92;

/**
 * Days are generated one after the other as far as needed and kept. Instants are found by binary search, so adding or
 * measuring a year takes as few steps as an hour.
 */
export class Calendar {
  readonly #rules: CalendarRules;
  readonly #offsets: (instant: number) => number;
  readonly #hasWork: boolean;
  /** The first generated day, in local days since 1970-01-01. */
  #firstDay = 0;
  /** The start of each generated day, and the end of the last one. */
  #midnights: number[] = [];
  #stretches: Stretch[] = [];
  /** The end of work on each day that has any. */
  #closings: number[] = [];

  constructor(rules: CalendarRules) {
    if (rules.weekly.length !== 7) throw new RangeError('a week has seven days');
    this.#rules = rules;
    this.#offsets = offsetsOf(rules.timeZone);
    this.#hasWork = rules.weekly.some((shifts) => shifts.some(([from, to]) => from < to));
  }

  /** The instant at which that much working time has passed since `from`: within working hours or at their end. */
  add(from: number, milliseconds: number): number {
    if (milliseconds <= 0) return from;
    const goal = this.#workedUntil(from) + milliseconds;
    this.#generateWhile(() => this.#worked < goal);
    const last = this.#stretches[firstIndex(this.#stretches, ({ before }) => before >= goal) - 1];
    return last ? last.start + goal - last.before : NaN;
  }

  /** Working time between two instants; 0 when the second is not later. */
  between(from: number, to: number): number {
    if (to <= from) return 0;
    // The earlier instant first: it may restart the generated days.
    const before = this.#workedUntil(from);
    return this.#workedUntil(to) - before;
  }

  /**
   * The end of the last working hour of the n-th working day after the day of `from`. The day on which it begins
   * does not count (Civil Code of China, art. 201, on how periods of days are counted).
   */
  addDays(from: number, days: number): number {
    const today = this.#indexOf(from);
    const tomorrow = this.#midnights[today + 1] ?? NaN;
    this.#generateWhile(() => (this.#closings.at(-1) ?? 0) <= tomorrow);
    const last = firstIndex(this.#closings, (closing) => closing > tomorrow) + Math.ceil(days) - 1;
    this.#generateWhile(() => this.#closings.length <= last);
    return this.#closings[last] ?? NaN;
  }

  /** The periods without work between two instants, in order, each with its reason. */
  *gaps(from: number, to: number): Generator<{ start: number; end: number; why: Gap }> {
    this.#generateUntil(from);
    this.#generateUntil(to);
    let at = from;
    for (let i = firstIndex(this.#stretches, ({ end }) => end > from); i < this.#stretches.length; i += 1) {
      const { start, end } = this.#stretches[i] ?? { start: to, end: to };
      if (start >= to) break;
      if (start > at) yield { start: at, end: start, why: this.#reasonFor(at, start) };
      at = Math.max(at, end);
    }
    if (at < to) yield { start: at, end: to, why: this.#reasonFor(at, to) };
  }

  /** The strongest reason: holiday, weekend, night between two working days, break within a day. */
  #reasonFor(start: number, end: number): Gap {
    const [first, last] = [this.#indexOf(start), this.#indexOf(end - 1)];
    const worked = this.#midnights.slice(first, last + 1).map((_, i) => this.#workOn(first + i));
    const idle = worked.flatMap((work, i) => (work ? [] : [this.#firstDay + first + i]));
    if (idle.some((day) => this.#rules.holidays?.has(nameOf(day)) === true)) return 'holiday';
    if (idle.length > 0) return 'weekend';
    const [today] = worked;
    return first === last && today && today.from < start && end < today.to ? 'break' : 'night';
  }

  /** The first and last working instant of a generated day. */
  #workOn(index: number): { from: number; to: number } | undefined {
    const [midnight = NaN, next = NaN] = this.#midnights.slice(index, index + 2);
    const from = this.#stretches[firstIndex(this.#stretches, ({ start }) => start >= midnight)]?.start ?? NaN;
    const to = this.#closings[firstIndex(this.#closings, (closing) => closing > midnight)] ?? NaN;
    return from < next ? { from, to } : undefined;
  }

  /** Working time of all generated days. */
  get #worked(): number {
    const last = this.#stretches.at(-1);
    return last ? last.before + last.end - last.start : 0;
  }

  /** Working time from the first generated day to an instant. */
  #workedUntil(instant: number): number {
    this.#generateUntil(instant);
    const last = this.#stretches[firstIndex(this.#stretches, ({ start }) => start > instant) - 1];
    return last ? last.before + Math.min(instant, last.end) - last.start : 0;
  }

  /** The index of an instant's day among the generated ones. */
  #indexOf(instant: number): number {
    this.#generateUntil(instant);
    return firstIndex(this.#midnights, (midnight) => midnight > instant) - 1;
  }

  /** Generates days up to the one of this instant. */
  #generateUntil(instant: number): void {
    if (!((this.#midnights[0] ?? Infinity) <= instant)) {
      this.#firstDay = Math.floor(instant / dayLength) - daysBefore;
      this.#midnights = [this.#instantsOfDay(this.#firstDay)(0)];
      this.#stretches = [];
      this.#closings = [];
    }
    while ((this.#midnights.at(-1) ?? NaN) <= instant) this.#generateDay();
  }

  #generateWhile(isShort: () => boolean): void {
    if (!this.#hasWork) throw new RangeError('the calendar has no working time');
    while (isShort()) this.#generateDay();
  }

  #generateDay(): void {
    const day = this.#firstDay + this.#midnights.length - 1;
    const at = this.#instantsOfDay(day);
    for (const [from, to] of this.#shiftsOf(day)) {
      const [start, end] = [at(from), at(to)];
      if (start < end) this.#stretches.push({ start, end, before: this.#worked });
    }
    const closing = this.#stretches.at(-1)?.end ?? -Infinity;
    if (closing > (this.#midnights.at(-1) ?? NaN)) this.#closings.push(closing);
    this.#midnights.push(at(dayLength / minute));
  }

  #shiftsOf(day: number): readonly Shift[] {
    const { weekly, holidays, workdays } = this.#rules;
    const date = new Date(day * dayLength);
    const name = nameOf(day);
    const makeUp = workdays?.get(name);
    if (makeUp !== undefined) return weekly[makeUp] ?? [];
    return holidays?.has(name) === true ? [] : (weekly[date.getUTCDay()] ?? []);
  }

  /** Maps the minutes of one local day to instants. */
  #instantsOfDay(day: number): (minutes: number) => number {
    const midnight = day * dayLength;
    // Far enough apart that any change of offset on that day lies between them.
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
}

/** Binary search: the index of the first entry that satisfies `fits`, as all after it must. */
function firstIndex<T>(list: readonly T[], fits: (entry: T) => boolean): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (fits(list[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** @param day local days since 1970-01-01. */
function nameOf(day: number): string {
  return new Date(day * dayLength).toISOString().slice(0, 10);
}

/** The UTC offset of a time zone at an instant, in milliseconds, to whole seconds; cached. */
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
  const known = new Map<number, number>();
  const read = (instant: number): number => {
    const parts = Object.fromEntries(
      format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]),
    );
    const { year = 0, month = 1, day = 1, hour = 0, minute: minutes = 0, second = 0 } = parts;
    const wall = Date.UTC(year, month - 1, day, hour, minutes, second);
    return wall - Math.floor(instant / 1000) * 1000;
  };
  return (instant) => {
    const offset = known.get(instant) ?? read(instant);
    known.set(instant, offset);
    return offset;
  };
}

import type { CalendarRules } from '../../shared/domain/calendar.ts';

/**
 * Working time the slow way, to judge the fast one by: every minute of the time line is looked at on the wall
 * clock that `Intl` shows, and counted or not. No arithmetic on offsets, no jumps, no memory.
 */
export class ClockOracle {
  readonly #rules: CalendarRules;
  readonly #wall: Intl.DateTimeFormat;

  constructor(rules: CalendarRules) {
    this.#rules = rules;
    this.#wall = new Intl.DateTimeFormat('sv-SE', {
      timeZone: rules.timeZone,
      dateStyle: 'short',
      timeStyle: 'short',
    });
  }

  /** Minutes of working time between two instants on whole minutes. */
  between(from: number, to: number): number {
    let count = 0;
    this.#walk(from, (instant, isOpen) => {
      if (instant >= to) return true;
      if (isOpen) count += 1;
      return false;
    });
    return count;
  }

  /** The end of the n-th working minute from an instant on a whole minute. */
  add(from: number, minutes: number): number {
    let left = minutes;
    let answer = from;
    if (minutes <= 0) return from;
    this.#walk(from, (instant, isOpen) => {
      if (isOpen) left -= 1;
      answer = instant + 60_000;
      return left === 0;
    });
    return answer;
  }

  /** Visits the minutes from an instant on, until `visit` answers true. */
  #walk(from: number, visit: (instant: number, isOpen: boolean) => boolean): void {
    // A day is judged from its own beginning: how often its wall clock has shown a time matters.
    const [startDate] = this.#read(from);
    let instant = from;
    while (this.#read(instant - 60_000)[0] === startDate) instant -= 60_000;
    let date = '';
    let highest = -1;
    for (; ; instant += 60_000) {
      const [today, shown] = this.#read(instant);
      if (today !== date) {
        date = today;
        highest = -1;
      }
      highest = Math.max(highest, shown);
      // What the clock has shown up to now decides: a repeated hour neither ends a shift again nor begins one again.
      const isOpen = this.#shifts(date).some(([begin, end]) => begin <= highest && highest < end);
      if (instant >= from && visit(instant, isOpen)) return;
    }
  }

  #read(instant: number): [date: string, minutes: number] {
    const [date = '', time = ''] = this.#wall.format(instant).split(' ');
    const [hours = 0, minutes = 0] = time.split(':').map(Number);
    return [date, hours * 60 + minutes];
  }

  #shifts(date: string): readonly (readonly [number, number])[] {
    const { weekly, holidays, workdays } = this.#rules;
    const made = workdays?.get(date);
    if (made !== undefined) return weekly[made] ?? [];
    if (holidays?.has(date) === true) return [];
    const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
    return weekly[new Date(year, month - 1, day, 12).getDay()] ?? [];
  }
}

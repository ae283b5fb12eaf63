import days from 'chinese-days/dist/chinese-days.json' with { type: 'json' };
import type { CalendarConfig, City } from './city.ts';

/** The last year with announced official holidays when the calendar library was published. */
export const lastOfficialYear = Math.max(...Object.keys(days.holidays).map((day) => Number(day.slice(0, 4))));

/** A make-up day has the hours of this weekday. */
const ordinaryDay = 'mon';

/**
 * Writes the official days into the calendars that include them, so that functions need no library. The city's own
 * days override them.
 */
export function withOfficialDays(city: City): City {
  return { ...city, calendars: city.calendars.map(spelledOut) };
}

function spelledOut({ official, ...calendar }: CalendarConfig): CalendarConfig {
  if (official === undefined) return calendar;
  const ownDays = new Set([...calendar.closed, ...Object.keys(calendar.open)]);
  const notOwn = (day: string): boolean => !ownDays.has(day);
  return {
    ...calendar,
    closed: [...calendar.closed, ...Object.keys(days.holidays).filter(notOwn)].sort(),
    open: {
      ...Object.fromEntries(
        Object.keys(days.workdays)
          .filter(notOwn)
          .map((day) => [day, ordinaryDay] as const),
      ),
      ...calendar.open,
    },
  };
}

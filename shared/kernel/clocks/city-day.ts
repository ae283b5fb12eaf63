import { dateFormat } from '../../language/date-format.ts';

/** The calendar day of an instant where the city is, `YYYY-MM-DD`. */
export function cityDay(instant: string, timeZone: string): string {
  return dateFormat('en-CA', { timeZone, dateStyle: 'short' }).format(new Date(instant));
}

export type CityTime = { day: string; hour: string };

/** Day `YYYY-MM-DD` and hour `00` to `23` of an instant where the city is. */
export function cityTime(instant: string, timeZone: string): CityTime {
  const hour = dateFormat('en-GB', { timeZone, hour: '2-digit', hourCycle: 'h23' });
  return { day: cityDay(instant, timeZone), hour: hour.format(new Date(instant)) };
}

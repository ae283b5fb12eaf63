/** The calendar day of an instant where the city is, `YYYY-MM-DD`. */
export function cityDay(instant: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(new Date(instant));
}

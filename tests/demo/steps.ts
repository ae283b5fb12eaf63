/** The demo's schedule: the stops at which people act, and how far the clock moves between them. */

export type Stop = { afterMinutes: number; takesReports: boolean };

const minute = 60_000;

/**
 * From 07:00: every half hour until 19:00, the night, the next working day, and the morning after, by which most
 * overdue reports are resolved.
 */
export const stops: readonly Stop[] = [
  ...Array.from({ length: 24 }, () => ({ afterMinutes: 30, takesReports: true })),
  { afterMinutes: 180, takesReports: false },
  { afterMinutes: 560, takesReports: false },
  ...Array.from({ length: 7 }, () => ({ afterMinutes: 85, takesReports: false })),
  { afterMinutes: 780, takesReports: false },
  ...Array.from({ length: 3 }, () => ({ afterMinutes: 90, takesReports: false })),
];

/** Milliseconds, less than a day, until this many minutes past midnight in the time zone. */
export function untilTimeOfDay(now: string, timeZone: string, minutesPastMidnight: number): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
    .formatToParts(new Date(now))
    .map(({ type, value }) => [type, Number(value)] as const);
  const of = (wanted: string): number => parts.find(([type]) => type === wanted)?.[1] ?? 0;
  const passed = of('hour') * 60 + of('minute');
  return ((minutesPastMidnight - passed + 1440) % 1440) * minute;
}

/** The calendar day of an instant in a time zone, `YYYY-MM-DD`. */
export function dayOf(instant: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(new Date(instant));
}

/** Month, day and time of an instant in a time zone. */
export function clockWords(instant: string, timeZone: string): string {
  const options = { timeZone, month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
  return new Intl.DateTimeFormat('sv-SE', options).format(new Date(instant));
}

/** No clock may be due this shortly before, or this shortly after, a stop, in milliseconds. */
const before = 10_000;
const after = 90_000;

/**
 * How far to move the clock: about as far as requested, to a time at which no clock event is near. Otherwise the
 * instance's own sweep, some seconds later, could record an event that the demo does not expect yet.
 */
export function chooseAdvance(now: number, afterMinutes: number, instants: readonly number[]): number {
  const sorted = [...instants].sort((a, b) => a - b);
  const isQuiet = (length: number): boolean =>
    !sorted.some((instant) => instant > now + length - before && instant < now + length + after);
  const wished = afterMinutes * minute;
  for (let step = 0; step < 80; step += 1) {
    const length = wished + (step % 2 === 0 ? 1 : -1) * Math.ceil(step / 2) * 15_000;
    if (length > 0 && isQuiet(length)) return length;
  }
  return wished;
}

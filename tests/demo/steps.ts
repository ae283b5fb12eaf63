/** How the demo walks through its days: when it stops to let people act, and how it moves the clock. */

export type Stop = { afterMinutes: number; takesReports: boolean };

const minute = 60_000;

/**
 * From seven in the morning: every half hour until seven in the evening, the night, a working day after that, and
 * the next morning, by when most of what was late has been settled.
 */
export const stops: readonly Stop[] = [
  ...Array.from({ length: 24 }, () => ({ afterMinutes: 30, takesReports: true })),
  { afterMinutes: 180, takesReports: false },
  { afterMinutes: 560, takesReports: false },
  ...Array.from({ length: 7 }, () => ({ afterMinutes: 85, takesReports: false })),
  { afterMinutes: 780, takesReports: false },
  ...Array.from({ length: 3 }, () => ({ afterMinutes: 90, takesReports: false })),
];

/** Milliseconds until it is this many minutes past midnight in the time zone, less than a day. */
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

/** A city's calendar day, `YYYY-MM-DD`, of an instant. */
export function dayOf(instant: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(new Date(instant));
}

/** `DD HH:mm` where the city is. */
export function clockWords(instant: string, timeZone: string): string {
  const options = { timeZone, month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
  return new Intl.DateTimeFormat('sv-SE', options).format(new Date(instant));
}

/** No clock may run out this close before, or this long after, the moment the demo stops at. */
const before = 10_000;
const after = 90_000;

/**
 * How far to move the clock: about as far as wished, to a moment at which no report's clock is about to say
 * something. Otherwise the instance's own sweep, some seconds later, would say what the demo had not foreseen.
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

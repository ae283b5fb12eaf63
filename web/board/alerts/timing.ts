import type { ListedReport } from '../open/listed-report.ts';

export type Alert = ListedReport & { alert: NonNullable<ListedReport['alert']> };

/**
 * How an alert's clock stands: `late` since an instant, `done` when what was promised was done after all, too late,
 * `left` until it is due.
 */
export type Timing = { kind: 'late' | 'left'; milliseconds: number } | { kind: 'done' };

export function timingOf({ alert, dueAt, acknowledged }: Alert, now: number): Timing {
  if (alert.clock === 'acknowledge' && acknowledged) return { kind: 'done' };
  // The list tells the due time of the clock that is next: before it is taken up, that is not the one of resolving,
  // and then the instant of the alert stands for it.
  const isItsDue = alert.clock === 'acknowledge' || acknowledged;
  const due = alert.dueAt ?? (alert.kind === 'warning' || isItsDue ? dueAt : undefined) ?? alert.at;
  const milliseconds = now - Date.parse(due);
  // The service tells its time to the second, so that what just broke may seem to lie ahead.
  if (alert.kind === 'breach') return { kind: 'late', milliseconds: Math.max(0, milliseconds) };
  return milliseconds >= 0 ? { kind: 'late', milliseconds } : { kind: 'left', milliseconds: -milliseconds };
}

/** Breaches before warnings, each by when it began, the oldest first. */
export function byUrgency(a: Alert, b: Alert): number {
  if (a.alert.kind !== b.alert.kind) return a.alert.kind === 'breach' ? -1 : 1;
  return a.alert.at.localeCompare(b.alert.at) || a.number.localeCompare(b.number);
}

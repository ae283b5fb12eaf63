import type { ListedReport } from '../open/listed-report.ts';

export type Alert = ListedReport & { alert: NonNullable<ListedReport['alert']> };

/**
 * How long an alert's clock has been overdue (`late`) or has time `left`, or how long a decision or call has been
 * `waiting`; `done` if the target was met after it was overdue.
 */
export type Timing = { kind: 'late' | 'left' | 'waiting'; milliseconds: number } | { kind: 'done' };

export function timingOf({ alert, dueAt, acknowledged }: Alert, now: number): Timing {
  if (alert.kind === 'extension' || alert.kind === 'follow-up')
    return { kind: 'waiting', milliseconds: Math.max(0, now - Date.parse(alert.at)) };
  if (alert.clock === 'acknowledge' && acknowledged) return { kind: 'done' };
  // `dueAt` in lists is that of the next clock. Before acknowledgement, that is not the resolve clock, so the
  // alert's own time is used for it.
  const isSameClock = alert.clock === 'acknowledge' || acknowledged;
  const due = alert.dueAt ?? (alert.kind === 'warning' || isSameClock ? dueAt : undefined) ?? alert.at;
  const milliseconds = now - Date.parse(due);
  // The server's time has whole seconds, so a new breach may seem to be in the future.
  if (alert.kind === 'breach') return { kind: 'late', milliseconds: Math.max(0, milliseconds) };
  return milliseconds >= 0 ? { kind: 'late', milliseconds } : { kind: 'left', milliseconds: -milliseconds };
}

export const alertKinds = ['breach', 'warning', 'extension', 'follow-up'] as const;

/** Sorts escalated breaches first, then other breaches, calls, extensions and warnings; each oldest first. */
export function byUrgency(a: Alert, b: Alert): number {
  return (
    severityOf(b) - severityOf(a) || a.alert.at.localeCompare(b.alert.at) || a.number.localeCompare(b.number)
  );
}

function severityOf({ alert: { kind, area } }: Alert): number {
  if (kind === 'breach' && area !== undefined) return 4;
  return { breach: 3, 'follow-up': 2, extension: 1, warning: 0 }[kind];
}

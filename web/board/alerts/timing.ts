import type { ListedReport } from '../open/listed-report.ts';

export type Alert = ListedReport & { alert: NonNullable<ListedReport['alert']> };

/**
 * How an alert stands: its clock is `late` since an instant, or `done` when what was promised was done after all, too
 * late, or time is `left` until it is due; somebody is `waiting` for a decision or a call.
 */
export type Timing = { kind: 'late' | 'left' | 'waiting'; milliseconds: number } | { kind: 'done' };

export function timingOf({ alert, dueAt, acknowledged }: Alert, now: number): Timing {
  if (alert.kind === 'extension' || alert.kind === 'follow-up')
    return { kind: 'waiting', milliseconds: Math.max(0, now - Date.parse(alert.at)) };
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

export const alertKinds = ['breach', 'warning', 'extension', 'follow-up'] as const;

/** What has climbed, then other breaches, calls, decisions and warnings; each by when it began, the oldest first. */
export function byUrgency(a: Alert, b: Alert): number {
  return (
    gravityOf(b) - gravityOf(a) || a.alert.at.localeCompare(b.alert.at) || a.number.localeCompare(b.number)
  );
}

function gravityOf({ alert: { kind, area } }: Alert): number {
  if (kind === 'breach' && area !== undefined) return 4;
  return { breach: 3, 'follow-up': 2, extension: 1, warning: 0 }[kind];
}

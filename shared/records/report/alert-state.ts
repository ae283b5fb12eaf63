import type { Alert, Report } from './model.ts';

/** Which alert stands on a report, as its events leave it. */

const gravity: Record<Alert['kind'], number> = { warning: 0, extension: 1, breach: 2, 'follow-up': 3 };

/** A graver alert that nobody has taken on is not hidden by a lighter one. */
export function withAlert(report: Report, alert: Alert): Report {
  const current = report.alert;
  return current && gravity[current.kind] > gravity[alert.kind] ? report : { ...report, alert };
}

export function withoutAlert(report: Report): Report {
  const { alert: _alert, ...rest } = report;
  return rest;
}

/**
 * Under other rules an alert stands as far as they bear it: what is not late by them is no alert, and whoever they
 * would not have sent it to is rid of it.
 */
export function withRecalculatedAlert(report: Report, at: string): Report {
  const { alert } = report;
  const clock = alert?.clock && report.clocks[alert.clock];
  if (!clock || (alert.kind !== 'warning' && alert.kind !== 'breach')) return report;
  if (at < (alert.kind === 'warning' ? clock.warnAt : clock.dueAt)) return withoutAlert(report);
  const { area: _area, ...own } = alert;
  const step = clock.climbs?.slice(0, clock.climbed ?? 0).at(-1);
  return { ...report, alert: { ...own, ...(step && { area: step.area }) } };
}

/** An extension that was decided on, or is no longer of any use. */
export function withoutExtension(report: Report): Report {
  const { extension: _extension, ...rest } = report;
  return rest.alert?.kind === 'extension' ? withoutAlert(rest) : rest;
}

export function withoutFollowUp(report: Report): Report {
  const { followUp: _followUp, ...rest } = report;
  return rest.alert?.kind === 'follow-up' ? withoutAlert(rest) : rest;
}

/** Nothing is waited or asked for any more. */
export function withoutWaiting(report: Report): Report {
  const { suspension: _suspension, ...rest } = report;
  return withoutExtension(rest);
}

/** A new assignment begins with nothing acknowledged or started. */
export function withoutWork(report: Report): Report {
  const { acknowledgedAt: _acknowledged, startedAt: _started, ...rest } = report;
  return withoutWaiting(rest);
}

import type { Alert, Report } from './model.ts';

/** The alert of a report after its events. */

const severity: Record<Alert['kind'], number> = { warning: 0, extension: 1, breach: 2, 'follow-up': 3 };

/** A more severe alert that nobody has taken over is not replaced by a lesser one. */
export function withAlert(report: Report, alert: Alert): Report {
  const current = report.alert;
  return current && severity[current.kind] > severity[alert.kind] ? report : { ...report, alert };
}

export function withoutAlert(report: Report): Report {
  const { alert: _alert, ...rest } = report;
  return rest;
}

/**
 * The alert after clocks were recalculated: removed if its clock is no longer due, and returned to the department if
 * the clock is no longer escalated.
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

/** Without the requested extension, once it is decided on or no longer needed. */
export function withoutExtension(report: Report): Report {
  const { extension: _extension, ...rest } = report;
  return rest.alert?.kind === 'extension' ? withoutAlert(rest) : rest;
}

export function withoutFollowUp(report: Report): Report {
  const { followUp: _followUp, ...rest } = report;
  return rest.alert?.kind === 'follow-up' ? withoutAlert(rest) : rest;
}

/** Without suspension and requested extension. */
export function withoutWaiting(report: Report): Report {
  const { suspension: _suspension, ...rest } = report;
  return withoutExtension(rest);
}

/** Without acknowledgement and start: for a new assignment. */
export function withoutWork(report: Report): Report {
  const { acknowledgedAt: _acknowledged, startedAt: _started, ...rest } = report;
  return withoutWaiting(rest);
}

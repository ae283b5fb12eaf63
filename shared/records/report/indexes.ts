import { openPause } from '../../kernel/clocks/sla.ts';
import type { Indexed, Neighbour } from '../../kernel/kind.ts';
import { excerptOf } from '../../language/excerpt.ts';
import { areaCell, cellOf, positionOf } from '../../place/cell.ts';
import { dueAt, isOverdue } from './clock-state.ts';
import type { Alert, Report, ReportModel, Summary } from './model.ts';
import { openParts } from './support.ts';

/** The index entries of a report. */
export function indexes(report: Report): Indexed<ReportModel> {
  const isOpen = report.endedAt === undefined && report.state !== 'merged';
  const position = positionOf(report.location);
  const inbox = inboxOf(report);
  return {
    summary: summaryOf(report),
    ...(inbox && { inbox }),
    // A part is not public: the public sees, and joins, its parent. Neither is a report before its category is known,
    // which takes seconds.
    ...(isOpen &&
      report.state !== 'submitted' &&
      !report.parent && {
        cell: position ? cellOf(position) : areaCell(report.location.area),
        neighbour: neighbourOf(report),
      }),
    ...(report.alert &&
      (isOpen || report.alert.kind === 'follow-up') && {
        alert: { area: streetOf(report), at: report.alert.at },
      }),
  };
}

/** A report is in the inbox of the department that holds it; merged and withdrawn ones are in none. */
function inboxOf(report: Report): Indexed['inbox'] {
  const { department, submittedAt, suspension, endedAt, location } = report;
  if (department === undefined) return undefined;
  const lists = { department, area: location.area };
  switch (report.state) {
    case 'triage':
      return { ...lists, view: 'triage', order: dueAt(report) ?? submittedAt };
    case 'assigned':
    case 'in-progress':
      return { ...lists, view: 'open', order: dueAt(report) ?? submittedAt };
    case 'suspended':
      return { ...lists, view: 'suspended', order: suspension?.resumeAt ?? submittedAt };
    case 'resolved':
    case 'closed':
    case 'rejected':
      return { ...lists, view: 'done', order: endedAt ?? submittedAt };
    case 'submitted':
    case 'merged':
    case 'withdrawn':
      return undefined;
  }
}

/** Alerts are listed by subdistrict: the second area of a place's path, or the root where there is none. */
function streetOf({ location }: Report): string {
  return location.path[1] ?? location.area;
}

/** Contains no text of a person. */
function neighbourOf(report: Report): Neighbour {
  const { number, state, submittedAt, area, photos, category, position } = summaryOf(report);
  return {
    number,
    state,
    submittedAt,
    area,
    photos,
    ...(category !== undefined && { category }),
    ...(position && { position }),
  };
}

export function summaryOf(report: Report): Summary {
  const due = dueAt(report);
  const position = positionOf(report.location);
  const parts = openParts(report).length;
  return {
    number: report.number,
    state: report.state,
    submittedAt: report.submittedAt,
    excerpt: excerptOf(report.description),
    ...(report.location.address !== undefined && { address: excerptOf(report.location.address, 40) }),
    ...(isOverdue(report) && { overdue: true }),
    area: report.location.area,
    photos: report.photos.filter((photo) => photo.purpose === 'report').length,
    acknowledged: report.acknowledgedAt !== undefined,
    breached: Object.values(report.clocks).some((clock) => clock.breachedAt !== undefined),
    ...(report.priority !== undefined && { priority: report.priority }),
    ...(report.category !== undefined && { category: report.category }),
    ...(report.department !== undefined && { department: report.department }),
    ...(due !== undefined && { dueAt: due }),
    ...(report.rating && { score: report.rating.score }),
    ...(position && { position }),
    ...(report.alert && { alert: alertOf(report, report.alert) }),
    ...(report.supervisedAt !== undefined && { supervised: true }),
    ...(report.resolution && { resolvedAt: report.resolution.at }),
    ...(report.extension && {
      extension: { amount: report.extension.amount, reason: report.extension.reason },
    }),
    ...(report.parent && { parent: report.parent.number }),
    ...(parts > 0 && { support: parts }),
    ...(report.suspension && {
      suspended: { waitingFor: report.suspension.waitingFor, resumeAt: report.suspension.resumeAt },
    }),
  };
}

function alertOf({ clocks }: Report, alert: Alert): NonNullable<Summary['alert']> {
  const clock = alert.clock && clocks[alert.clock];
  const isRunning = clock !== undefined && clock.stoppedAt === undefined && !openPause(clock);
  return { ...alert, ...(isRunning && { dueAt: clock.dueAt }) };
}

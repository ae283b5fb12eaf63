import type { ReportData } from '../../../events/report.ts';
import { retentionDates, type RetentionDates } from '../../kernel/erasure.ts';
import type { Priority } from '../../config/city.ts';
import { keepsWork } from './clock-state.ts';
import { clocksFor } from './clocks.ts';
import { rowKeys, currentPriority, unknownDepartment, knownRowKeys } from './facts.ts';
import type { ReportHistory } from './model.ts';
import { route, triageDepartment } from './routing.ts';

/** Events that dispatch a report to a department, return it, and end it. */

export function classified(
  history: ReportHistory,
  category: string,
  {
    by,
    confidence,
    alternatives,
  }: Pick<ReportData<'report-classified.v1'>, 'by' | 'confidence' | 'alternatives'> = {
    by: 'staff',
    confidence: 1,
    alternatives: [],
  },
): ReportHistory {
  const priority = currentPriority({ ...history.state, category }, history.context.city);
  return history.add('report-classified.v1', { category, priority, confidence, by, alternatives });
}

/** @param priority if it is given along with the assignment. */
export function assigned(
  history: ReportHistory,
  department: string,
  category: string,
  reason: ReportData<'report-assigned.v1'>['reason'],
  priority: Priority = currentPriority({ ...history.state, category }, history.context.city),
): ReportHistory {
  const { state: report } = history;
  const acknowledgeSince = keepsWork(report, { department, reason })
    ? report.clocks.acknowledge?.startedAt
    : undefined;
  return history.add('report-assigned.v1', {
    department,
    category,
    area: report.location.area,
    reason,
    priority,
    description: report.description,
    location: report.location,
    photos: report.photos.map((photo) => photo.id),
    submittedAt: report.submittedAt,
    round: report.round,
    clocks: clocksFor(history, { department, category, priority, acknowledgeSince }, reason === 'reopened'),
  });
}

/** Leaves the choice of department to the triage department of the report's place. */
export function triaged(
  history: ReportHistory,
  reason: ReportData<'report-triaged.v1'>['reason'],
): ReportHistory {
  const { state: report, context } = history;
  const department = triageDepartment(context.city, report.location.path);
  const category = report.category ?? context.city.unclearCategory;
  return history.add('report-triaged.v1', {
    ...knownRowKeys(report),
    department,
    reason,
    clocks: clocksFor(history, { department, category }),
  });
}

/** Reassigns it to the department that resolved it, with the target for rework. */
export function reopened(history: ReportHistory, reason: string): ReportHistory {
  const { city } = history.context;
  const { state: report } = history;
  const { category = city.unclearCategory, location } = report;
  const before = report.resolution?.department ?? rowKeys(report).department;
  // The city may have removed that department since.
  const department = unknownDepartment(city, [before])
    ? route(city, category, location.path).department
    : before;
  history.add('report-reopened.v1', { ...rowKeys(report), reason, round: report.round + 1 });
  return assigned(history, department, category, 'reopened');
}

/** The retention of a report that ends now; only until it closes if its resident asked for erasure. */
export function retention({ state, context }: ReportHistory, closeAt = context.now): RetentionDates {
  if (state.erasureAsked === true) return { contact: closeAt, text: closeAt, photos: closeAt };
  return retentionDates(context.now, context.city);
}

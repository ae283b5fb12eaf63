import type { ReportData } from '../../../events/report.ts';
import { retentionDates, type RetentionDates } from '../../kernel/erasure.ts';
import type { Priority } from '../../config/city.ts';
import { keepsWork } from './clock-state.ts';
import { clocksFor } from './clocks.ts';
import { rowKeys, currentPriority, unknownDepartment, knownRowKeys } from './facts.ts';
import type { ReportHistory } from './model.ts';
import { route, triageDepartment } from './routing.ts';

/** How a report comes to a department, comes back, and ends. */

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

/** @param priority where it is given along with the assignment. */
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

/** Where the report lies, a person decides. */
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

/** Back to whoever resolved it, on the target for rework. */
export function reopened(history: ReportHistory, reason: string): ReportHistory {
  const { city } = history.context;
  const { state: report } = history;
  const { category = city.unclearCategory, location } = report;
  const before = report.resolution?.department ?? rowKeys(report).department;
  // A department that the city no longer has cannot redo its work.
  const department = unknownDepartment(city, [before])
    ? route(city, category, location.path).department
    : before;
  history.add('report-reopened.v1', { ...rowKeys(report), reason, round: report.round + 1 });
  return assigned(history, department, category, 'reopened');
}

/**
 * Until when what is personal is kept, now that it ends; where its reporter has asked for it to be erased, no longer
 * than until it closes.
 */
export function retentionOf({ state, context }: ReportHistory, closeAt = context.now): RetentionDates {
  if (state.erasureAsked === true) return { contact: closeAt, text: closeAt, photos: closeAt };
  return retentionDates(context.now, context.city);
}

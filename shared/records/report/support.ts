import { partNumber } from '../../kernel/number.ts';
import { rowKeys } from './facts.ts';
import type { Part, Report, ReportHistory } from './model.ts';

/** The parts of a report for supporting departments 协办, as its parent sees them. */

/** Numbers of the parts that have not been answered. */
export function openParts({ support }: Pick<Report, 'support'>): string[] {
  return support
    .filter(({ state }) => state === 'asked' || state === 'acknowledged')
    .map(({ number }) => number);
}

/** Whether a department already holds the report or has an open part. */
export function isAsked(report: Report, department: string): boolean {
  const open = openParts(report);
  return (
    report.department === department ||
    report.support.some((part) => part.department === department && open.includes(part.number))
  );
}

/** Requests support from departments that are not involved yet. */
export function requestSupport(
  history: ReportHistory,
  { departments, request }: { departments: readonly string[]; request: string },
): ReportHistory {
  const { state: report } = history;
  const asked = [...new Set(departments)].filter((department) => !isAsked(report, department));
  if (asked.length === 0) return history;
  const parts = asked.map((department, index) => ({
    number: partNumber(report.number, report.support.length + index + 1),
    department,
  }));
  return history.add('support-requested.v1', { ...rowKeys(report), request, parts });
}

export type SupportUpdate = {
  part: string;
  partVersion: number;
  department: string;
  state: Exclude<Part['state'], 'cancelled'>;
  text: string;
};

/** Records the state of a part. An update may have skipped steps, so every difference is recorded. */
export function recordSupportUpdate(history: ReportHistory, update: SupportUpdate): ReportHistory {
  const { part: number, partVersion, department: supporter, state, text } = update;
  const part = history.state.support.find((each) => each.number === number);
  if (!part) return history;
  const about = { ...rowKeys(history.state), part: number, partVersion, supporter };
  const isMoved = part.department !== supporter;
  if (isMoved) history.add('support-transferred.v1', about);
  const known = isMoved ? 'asked' : part.state;
  if (state === 'asked' || state === known) return history;
  // A resolved part has been acknowledged.
  if (known === 'asked' && state !== 'ended') history.add('support-acknowledged.v1', about);
  return state === 'acknowledged'
    ? history
    : history.add('support-answered.v1', { ...about, outcome: state, text });
}

export function cancelSupport(history: ReportHistory, reason: string): ReportHistory {
  const [first, ...others] = openParts(history.state);
  if (first === undefined) return history;
  return history.add('support-cancelled.v1', {
    ...rowKeys(history.state),
    parts: [first, ...others],
    reason,
  });
}

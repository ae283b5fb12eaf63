import { currentRating } from '../../../shared/records/report/rating.ts';
import type { ReportView } from '../../api/report.ts';

/** Until when the rating can be changed; undefined if it cannot be. */
export function changeableUntil(report: ReportView): string | undefined {
  const until = currentRating(report)?.changeableUntil;
  return until !== undefined && Date.parse(until) > Date.now() ? until : undefined;
}

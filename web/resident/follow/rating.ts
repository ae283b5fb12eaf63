import type { Rating } from '../../../shared/domain/report.ts';
import type { ReportView } from '../../api/report.ts';

/** What was said about the work as it is now, not about what was then done again. */
export function currentRating({ rating, round }: ReportView): Rating | undefined {
  return rating?.round === round ? rating : undefined;
}

/** Until when the rating can be changed, while it can. */
export function changeableUntil(report: ReportView): string | undefined {
  const until = currentRating(report)?.changeableUntil;
  return until !== undefined && Date.parse(until) > Date.now() ? until : undefined;
}

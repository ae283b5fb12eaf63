import type { Rating, Report } from './model.ts';

/** What was said about the work as it is now, not about what was done before a reopening. */
export function currentRating({ rating, round }: Pick<Report, 'rating' | 'round'>): Rating | undefined {
  return rating?.round === round ? rating : undefined;
}

/** Whether the work as it is now is yet to be rated, or its rating can still be changed. */
export function mayRate(report: Pick<Report, 'rating' | 'round'>, now: string): boolean {
  const earlier = currentRating(report);
  return !earlier || now <= (earlier.changeableUntil ?? earlier.at);
}

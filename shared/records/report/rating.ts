import type { Rating, Report } from './model.ts';

/** The rating of the current round, not one from before a reopening. */
export function currentRating({ rating, round }: Pick<Report, 'rating' | 'round'>): Rating | undefined {
  return rating?.round === round ? rating : undefined;
}

/** Whether the current round is not rated yet, or its rating can still be changed. */
export function mayRate(report: Pick<Report, 'rating' | 'round'>, now: string): boolean {
  const earlier = currentRating(report);
  return !earlier || now <= (earlier.changeableUntil ?? earlier.at);
}

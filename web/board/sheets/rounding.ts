/** A share in tenths of a percent, the precision in which shares are shown and compared. */
export function tenths(share: number): number {
  return Math.round(share * 1000);
}

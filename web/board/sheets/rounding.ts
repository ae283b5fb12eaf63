/** Shares are told to one decimal of a percentage, and what is told alike is treated alike. */
export function tenths(share: number): number {
  return Math.round(share * 1000);
}

/** Longer than a message can live in any queue, its dead-letter queue and a redrive together. */
const rememberSeconds = 45 * 24 * 3600;

/** When a mark may go: later than anything it keeps from being done twice. */
export function expiry(now: string): number {
  return Math.floor(Date.parse(now) / 1000) + rememberSeconds;
}

/** Longer than the retention of a queue, its dead-letter queue and a redrive together. */
const rememberSeconds = 45 * 24 * 3600;

/** When an idempotency mark expires: after any repetition that it guards against. */
export function expiry(now: string): number {
  return Math.floor(Date.parse(now) / 1000) + rememberSeconds;
}

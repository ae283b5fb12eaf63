/**
 * What time it is over there. Countdowns follow it: a telephone's clock may be wrong, and on one machine the
 * product's clock can be moved.
 */

/** Within what a header of whole seconds and a slow answer can be mistaken about. */
const toleranceMilliseconds = 5_000;

let offsetMilliseconds = 0;

/** Learns from the `Date` of an answer that no cache has kept. */
export function learnServerTime(response: Response): void {
  const told = Date.parse(response.headers.get('date') ?? '');
  if (Number.isNaN(told)) return;
  const offset = told - Date.now();
  offsetMilliseconds = Math.abs(offset) > toleranceMilliseconds ? offset : 0;
}

export function serverNow(): number {
  return Date.now() + offsetMilliseconds;
}

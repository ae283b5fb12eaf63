/**
 * The server's time. Countdowns use it, because a phone's clock may be wrong, and a local installation can move its
 * clock.
 */

/** Smaller offsets are ignored: the header has whole seconds, and answers may be slow. */
const toleranceMilliseconds = 5_000;

let offsetMilliseconds = 0;

/** Takes the server's time from the `Date` header of an uncached response. */
export function syncServerClock(response: Response): void {
  const serverTime = Date.parse(response.headers.get('date') ?? '');
  if (Number.isNaN(serverTime)) return;
  const offset = serverTime - Date.now();
  offsetMilliseconds = Math.abs(offset) > toleranceMilliseconds ? offset : 0;
}

export function serverNow(): number {
  return Date.now() + offsetMilliseconds;
}

import { setTimeout } from 'node:timers/promises';

/** Repeats `find` until it returns a value. */
export async function eventually<T>(find: () => Promise<T | undefined>, milliseconds = 300_000): Promise<T> {
  const until = performance.now() + milliseconds;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    if (performance.now() > until) throw new Error(`not within ${milliseconds} ms: ${find.toString()}`);
    await setTimeout(25);
  }
}

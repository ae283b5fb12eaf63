import type { Connection } from './connection.ts';
import { readClock } from './embedded-clock.ts';

/** The functions' time, RFC 3339 in UTC; an embedded cloud's clock may be ahead. */
export async function timeOf({ local }: Pick<Connection, 'local'>): Promise<string> {
  if (!local) return new Date().toISOString();
  const now = await readClock(local.url);
  if (now === undefined) throw new Error(`nothing answers at ${local.url}`);
  return now;
}

import type { Connection } from './connection.ts';
import { readClock } from './embedded-clock.ts';

/** The instant by which functions go, RFC 3339 in UTC; an embedded cloud's may be ahead. */
export async function timeOf({ local }: Pick<Connection, 'local'>): Promise<string> {
  if (!local) return new Date().toISOString();
  const now = await readClock(local.url);
  if (now === undefined) throw new Error(`nobody answers at ${local.url}`);
  return now;
}

import type { Connection } from './connection.ts';

/** The instant by which functions go, RFC 3339 in UTC; an embedded cloud's may be ahead. */
export async function timeOf({ local }: Pick<Connection, 'local'>): Promise<string> {
  if (!local) return new Date().toISOString();
  const answer = await fetch(`${local.url}/local/clock`);
  return ((await answer.json()) as { now: string }).now;
}

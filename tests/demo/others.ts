import { mapConcurrently } from './concurrency.ts';
import { countTimeline, noRows, type Breaches, type AllRows } from './ledger.ts';
import type { CityView } from './answers.ts';
import type { Client } from './client.ts';

/**
 * Reports that were open before the demo. Their clocks run too, and their events are in the product's statistics but
 * not in the demo's counts.
 */
export type Others = { number: string; entries: number }[];

const requestsAtOnce = 6;

export async function findOthers(client: Client, admin: string, city: CityView): Promise<Others> {
  const lists = city.departments.flatMap(({ id }) => [
    { id, view: 'open' },
    { id, view: 'triage' },
    { id, view: 'suspended' },
  ]);
  const numbers = await mapConcurrently(requestsAtOnce, lists, ({ id, view }) =>
    client.inbox(admin, id, view),
  );
  return mapConcurrently(requestsAtOnce, numbers.flat(), async (number) => ({
    number,
    entries: (await client.readAs(admin, number)).timeline.length,
  }));
}

/** Counts their events since then. */
export async function countOthers(
  client: Client,
  admin: string,
  city: CityView,
  others: Others,
): Promise<AllRows> {
  const rows = noRows();
  const breaches: Breaches = { acknowledge: 0, resolve: 0 };
  await mapConcurrently(requestsAtOnce, others, async ({ number, entries }) => {
    countTimeline(rows, breaches, await client.readAs(admin, number), city, entries);
  });
  return rows;
}

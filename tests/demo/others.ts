import { atOnce } from './at-once.ts';
import { countTimeline, noRows, type Breaches, type AllRows } from './book.ts';
import type { CityView } from './answers.ts';
import type { Client } from './client.ts';

/**
 * Reports that are open already, from an earlier run or from people trying things out. Their clocks run as well, and
 * what becomes of them meanwhile is in the product's figures but not in the demo's books.
 */
export type Others = { number: string; entries: number }[];

const requestsAtOnce = 6;

export async function findOthers(client: Client, admin: string, city: CityView): Promise<Others> {
  const lists = city.departments.flatMap(({ id }) => [
    { id, view: 'open' },
    { id, view: 'triage' },
    { id, view: 'suspended' },
  ]);
  const numbers = await atOnce(requestsAtOnce, lists, ({ id, view }) => client.inbox(admin, id, view));
  return atOnce(requestsAtOnce, numbers.flat(), async (number) => ({
    number,
    entries: (await client.readAs(admin, number)).timeline.length,
  }));
}

/** What has happened to them since. */
export async function countOthers(
  client: Client,
  admin: string,
  city: CityView,
  others: Others,
): Promise<AllRows> {
  const rows = noRows();
  const breaches: Breaches = { acknowledge: 0, resolve: 0 };
  await atOnce(requestsAtOnce, others, async ({ number, entries }) => {
    countTimeline(rows, breaches, await client.readAs(admin, number), city, entries);
  });
  return rows;
}

/** A stretch of one list: entries with their places in the order, and whether nothing lies behind them. */
export type Stretch<T> = { entries: { at: string; item: T }[]; isLast: boolean };

export type MergeOptions<T> = {
  /** The place after which the page begins; without it, with the first. */
  after: string | undefined;
  limit: number;
  descending: boolean;
  keep: (item: T) => boolean;
};

/** Stretches that one page reads when nothing, or little, of what it reads is kept. */
const furtherReads = 40;

/**
 * One page of several ordered lists as if they were one. What is not kept is read past, so a page may hold few items,
 * or none, and still not be the last.
 *
 * @param read the stretch of a list behind a place. Places are the same in every list.
 * @returns `last`: the place where the page ends, if more may follow.
 */
export async function mergeLists<L, T>(
  lists: readonly L[],
  read: (list: L, after: string | undefined) => Promise<Stretch<T>>,
  { after, limit, descending, keep }: MergeOptions<T>,
): Promise<{ items: T[]; last?: string }> {
  const open = await Promise.all(lists.map(async (list) => ({ list, ...(await read(list, after)) })));
  const items: T[] = [];
  let last = after;
  for (let reads = 0; items.length < limit;) {
    const dry = open.find(({ entries, isLast }) => entries.length === 0 && !isLast);
    if (dry && reads === furtherReads) break;
    if (dry) {
      reads += 1;
      // All that was read of it has been taken, so whatever it has left lies behind the last place.
      Object.assign(dry, await read(dry.list, last));
      continue;
    }
    const [next] = open
      .filter(({ entries }) => entries.length > 0)
      .sort((a, b) => (headOf(a) < headOf(b) === descending ? 1 : -1));
    const taken = next?.entries.shift();
    if (!taken) return { items };
    last = taken.at;
    if (keep(taken.item)) items.push(taken.item);
  }
  return { items, ...(last !== undefined && { last }) };
}

function headOf({ entries }: Stretch<unknown>): string {
  return entries[0]?.at ?? '';
}

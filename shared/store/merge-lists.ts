/** A segment of one list: entries with their sort positions, and whether the list ends there. */
export type Segment<T> = { entries: { at: string; item: T }[]; isLast: boolean };

export type MergeOptions<T> = {
  /** The sort position after which the page begins; undefined for the first page. */
  after: string | undefined;
  limit: number;
  descending: boolean;
  keep: (item: T) => boolean;
};

/** Limit of further reads for one page when few of the entries read are kept. */
const maxFurtherReads = 40;

/**
 * One page of several merged ordered lists. Entries that are not kept are skipped, so a page may hold few items, or
 * none, and still not be the last.
 *
 * @param read the segment of a list after a sort position. Positions are the same in every list.
 * @returns `last`: the position where the page ends, if more may follow.
 */
export async function mergeLists<L, T>(
  lists: readonly L[],
  read: (list: L, after: string | undefined) => Promise<Segment<T>>,
  { after, limit, descending, keep }: MergeOptions<T>,
): Promise<{ items: T[]; last?: string }> {
  const open = await Promise.all(lists.map(async (list) => ({ list, ...(await read(list, after)) })));
  const items: T[] = [];
  let last = after;
  for (let reads = 0; items.length < limit;) {
    const dry = open.find(({ entries, isLast }) => entries.length === 0 && !isLast);
    if (dry && reads === maxFurtherReads) break;
    if (dry) {
      reads += 1;
      // All entries read of it are taken, so its remaining ones are after the last position.
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

function headOf({ entries }: Segment<unknown>): string {
  return entries[0]?.at ?? '';
}

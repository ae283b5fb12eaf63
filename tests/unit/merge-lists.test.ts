import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeLists, type Segment } from '../../shared/store/merge-lists.ts';

const places = fc.uniqueArray(fc.integer({ min: 100, max: 999 }), { maxLength: 60 });

describe('merged lists', () => {
  it('are read as one, each entry once and in order, whatever the filter', async () => {
    const cases = fc.record({
      places,
      lists: fc.integer({ min: 1, max: 5 }),
      stretch: fc.integer({ min: 1, max: 7 }),
      limit: fc.integer({ min: 1, max: 9 }),
      keepEach: fc.integer({ min: 1, max: 12 }),
      descending: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ places, lists, stretch, limit, keepEach, descending }) => {
        const all = places.map(String).sort((a, b) => (a < b === descending ? 1 : -1));
        const behind = (at: string, after: string | undefined): boolean =>
          after === undefined || (descending ? at < after : at > after);
        const read = (list: string, after: string | undefined): Promise<Segment<string>> => {
          const left = all.filter((at) => Number(at) % lists === Number(list) && behind(at, after));
          const entries = left.slice(0, stretch).map((at) => ({ at, item: at }));
          return Promise.resolve({ entries, isLast: left.length <= stretch });
        };
        const keep = (item: string): boolean => Number(item) % keepEach === 0;
        const names = Array.from({ length: lists }, (_, i) => String(i));
        const found: string[] = [];
        let after: string | undefined;
        let pages = 0;
        do {
          const page = await mergeLists(names, read, { after, limit, descending, keep });
          expect(page.items.length).toBeLessThanOrEqual(limit);
          found.push(...page.items);
          after = page.last;
          pages += 1;
        } while (after !== undefined && pages < 100);
        expect(found).toEqual(all.filter(keep));
      }),
    );
  });

  it('end a page where nothing is kept, and continue after it', async () => {
    let reads = 0;
    const read = (_: string, after: string | undefined): Promise<Segment<number>> => {
      reads += 1;
      const at = after === undefined ? 0 : Number(after) + 1;
      return Promise.resolve({ entries: [{ at: String(at).padStart(6, '0'), item: at }], isLast: false });
    };
    const options = { after: undefined, limit: 25, descending: false, keep: () => false };
    const { items, last } = await mergeLists(['endless'], read, options);
    expect([items, last, reads]).toEqual([[], '000040', 41]);
  });
});

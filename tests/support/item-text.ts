import type { Item } from '../../shared/store/item.ts';
import { unpack } from '../../shared/store/packed.ts';

/** The whole content of an item as text; compressed attributes are unpacked, to be searchable. */
export function itemText(item: Item): string {
  return JSON.stringify(
    Object.fromEntries(
      Object.entries(item).map(([name, value]) => [name, value.B === undefined ? value : unpack(value.B)]),
    ),
  );
}

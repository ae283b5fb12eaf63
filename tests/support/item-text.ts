import type { Item } from '../../shared/store/item.ts';
import { unpack } from '../../shared/store/packed.ts';

/** All that an item says, as text; what is packed in it is unpacked, for nothing can be found in its bytes. */
export function itemText(item: Item): string {
  return JSON.stringify(
    Object.fromEntries(
      Object.entries(item).map(([name, value]) => [name, value.B === undefined ? value : unpack(value.B)]),
    ),
  );
}

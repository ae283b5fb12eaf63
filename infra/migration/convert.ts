import { kindOf } from '../../shared/kernel/number.ts';
import { kinds } from '../../shared/records/kinds.ts';
import { fromItem, storedEvents, toItem, type Item } from '../../shared/store/item.ts';
import { recordsTable } from '../../shared/store/schema.ts';

/**
 * The table of the versions before: one key, `number`, and a record's events as a list of JSON texts. Whether a table
 * is one is told by its key.
 */
export function isFormer(keySchema: readonly { AttributeName?: string | undefined }[] | undefined): boolean {
  return keySchema?.length === 1 && keySchema[0]?.AttributeName === recordsTable.hashKey;
}

/**
 * An item of the former table as an item of today's, of the same version. One whose history cannot be read stays as it
 * is, so that nothing of it is lost: today's code says of it what the former said.
 * @throws for any other reason: then nothing is deleted.
 */
export function converted(former: Item): { item: Item; problem?: string } {
  const number = former[recordsTable.hashKey]?.S ?? '';
  try {
    storedEvents(former);
  } catch (error) {
    const item = { ...former, [recordsTable.rangeKey]: { S: recordsTable.record } };
    return { item, problem: `${number}: ${error instanceof Error ? error.message : 'not readable'}` };
  }
  return { item: toItem(fromItem(kindOf(kinds, number), former)) };
}

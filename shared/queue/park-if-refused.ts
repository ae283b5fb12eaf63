import type { AnyKind } from '../kernel/kind.ts';
import type { Stored } from '../store/item.ts';
import type { Executed } from '../store/records.ts';
import { Unprocessable } from './consume.ts';

/**
 * What a consumer makes of its command's outcome. Repetitions are "done already" and no refusal; what is left
 * can never succeed, so it is parked for a person to see.
 */
export function parkIfRefused<K extends AnyKind>(result: Executed<K>): Stored<K> {
  if (!result.ok) throw new Unprocessable(`refused: ${JSON.stringify(result.refusal)}`);
  return result.stored;
}

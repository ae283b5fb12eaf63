import type { Executed, Stored } from '../store/records.ts';
import { Unprocessable } from './consume.ts';

/**
 * What a consumer makes of its command's outcome. Repetitions are "done already" and no refusal; what is left
 * can never succeed, so it is parked for a person to see.
 */
export function obey(result: Executed): Stored {
  if (!result.ok) throw new Unprocessable(`refused: ${JSON.stringify(result.refusal)}`);
  return result.stored;
}

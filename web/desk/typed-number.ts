import { parseNumber } from '../../shared/kernel/number.ts';
import { city } from '../api/city.ts';

/** A report's number as somebody types it. Whoever reads one aloud leaves out the letters, which are always the same. */
export function parseTypedNumber(text: string): string | undefined {
  return parseNumber(text) ?? parseNumber((city.value?.numberPrefix ?? '') + text);
}

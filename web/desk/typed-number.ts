import { parseNumber } from '../../shared/kernel/number.ts';
import { city } from '../api/city.ts';

/** Parses a typed report number; its prefix, which is always the same, may be missing. */
export function parseTypedNumber(text: string): string | undefined {
  return parseNumber(text) ?? parseNumber((city.value?.numberPrefix ?? '') + text);
}

import type { AnyKind } from '../kernel/kind.ts';
import { report } from './report/kind.ts';

/** Every kind of record, one line each. The letter in a number tells which it is of. */
export const kinds: readonly AnyKind[] = [report];

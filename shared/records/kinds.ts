import type { AnyKind } from '../kernel/kind.ts';
import { report } from './report/kind.ts';

/** Every kind of record. The letter in a number tells its kind. */
export const kinds: readonly AnyKind[] = [report];

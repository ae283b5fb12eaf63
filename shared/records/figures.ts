import type { CountEvent } from '../kernel/figures.ts';
import { countsOf } from './report/figures.ts';

/** What each kind counts. */
export const figures: Readonly<Record<string, CountEvent>> = { report: countsOf };

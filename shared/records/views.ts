import type { Views } from '../kernel/views.ts';
import { reportViews } from './report/views.ts';

/** What each kind shows of a record. */
export const views: Readonly<Record<string, Views>> = { report: reportViews };

import type { Views } from '../kernel/views.ts';
import { reportViews } from './report/views.ts';

/** The views of each kind. */
export const views: Readonly<Record<string, Views>> = { report: reportViews };

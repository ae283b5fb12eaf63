import * as z from 'zod';
import { setting } from '../../shared/config/environment.ts';

export const settings = z.object({ LEDGER_TABLE: setting });
export type Settings = z.infer<typeof settings>;

import * as z from 'zod';
import { setting } from '../../shared/config/environment.ts';

export const settings = z.object({ LEDGER_TABLE: setting, PARKING_QUEUE_URL: setting });
export type Settings = z.infer<typeof settings>;

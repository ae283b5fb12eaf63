import * as z from 'zod';
import { recordsSettings, setting } from '../../shared/config/environment.ts';

export const settings = z.object({
  ...recordsSettings,
  LEDGER_TABLE: setting,
  NOTICE_TOPIC_ARN: setting,
  PARKING_QUEUE_URL: setting,
});
export type Settings = z.infer<typeof settings>;

import * as z from 'zod';
import { limitSettings, recordsSettings, setting } from '../../shared/config/environment.ts';

export const settings = z.object({
  ...recordsSettings,
  PHOTO_BUCKET: setting,
  CONTACT_KEY_ARN: setting,
  ...limitSettings,
});
export type Settings = z.infer<typeof settings>;

import * as z from 'zod';
import { limitSettings, recordsSettings, setting } from '../../shared/config/environment.ts';

export const settings = z.object({
  ...recordsSettings,
  PHOTO_BUCKET: setting,
  ISSUER: setting,
  USER_POOL_CLIENT_ID: setting,
  ...limitSettings,
});
export type Settings = z.infer<typeof settings>;

import * as z from 'zod';
import { limitSettings, setting } from '../../shared/config/environment.ts';

export const settings = z.object({ PHOTO_BUCKET: setting, ...limitSettings });
export type Settings = z.infer<typeof settings>;

import * as z from 'zod';
import { recordsSettings, setting } from '../../shared/config/environment.ts';

export const settings = z.object({ ...recordsSettings, PHOTO_BUCKET: setting });
export type Settings = z.infer<typeof settings>;

import * as z from 'zod';
import { recordsSettings } from '../../shared/config/environment.ts';

export const settings = z.object({ ...recordsSettings });
export type Settings = z.infer<typeof settings>;

import * as z from 'zod';
import { setting } from '../../shared/config/environment.ts';

export const settings = z.object({ EVENT_TOPIC_ARN: setting });
export type Settings = z.infer<typeof settings>;

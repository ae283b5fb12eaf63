import * as z from 'zod';
import { setting } from '../../shared/config/environment.ts';

export const settings = z.object({ SECRET_ARN: setting, PARKING_QUEUE_URL: setting });
export type Settings = z.infer<typeof settings>;

import * as z from 'zod';

export const settings = z.object({});

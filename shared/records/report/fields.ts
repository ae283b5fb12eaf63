import * as z from 'zod';
import { textLimits } from '../../config/limits.ts';
import { textSchema } from '../../kernel/fields.ts';

const { least, most } = textLimits.description;

/** The fields of a submitted report, in the HTTP body and in the command. */
export const reportFields = {
  description: textSchema(least, most),
  category: z.string().min(1).max(60).optional(),
  locale: z.enum(['zh', 'en']).default('zh'),
};

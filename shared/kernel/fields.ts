import * as z from 'zod';
import { visibleCharacterCount } from '../language/characters.ts';

/**
 * Text of a person, stored unchanged: any script, emoji and direction, and private-use characters, which some phones
 * use for rare Chinese characters. Text that shows nothing is refused, and so are lone surrogates and U+FFFE/U+FFFF,
 * which are not text and which no queue carries.
 * @param least visible characters. @param most characters.
 */
export const textSchema = (least: number, most: number): z.ZodString =>
  z
    .string()
    .max(most)
    .refine((value) => value.isWellFormed() && !/[\0\uFFFE\uFFFF]/.test(value), { error: 'not-text' })
    .refine((value) => visibleCharacterCount(value) >= least, {
      error: 'blank-or-short',
      params: { minimum: least },
    })
    .meta({ least, most });

export const idField = z.string().min(1).max(60);
export const reasonField = textSchema(2, 500);

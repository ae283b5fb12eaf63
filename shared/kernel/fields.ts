import * as z from 'zod';

/**
 * Text of a person, stored unchanged: any script, emoji and direction. Blank text is refused, and so are lone
 * surrogates and U+FFFE/U+FFFF, which are not text and which no queue carries.
 * @param least characters, not counting blanks at the ends. @param most UTF-16 units.
 */
export const textSchema = (least: number, most: number): z.ZodString =>
  z
    .string()
    .max(most)
    .refine((value) => value.isWellFormed() && !/[\0\uFFFE\uFFFF]/.test(value), { error: 'not-text' })
    .refine((value) => value.trim().length >= least && /[\p{L}\p{N}\p{P}\p{S}]/u.test(value), {
      error: 'blank-or-short',
      params: { minimum: least },
    })
    .meta({ least, most });

export const idField = z.string().min(1).max(60);
export const reasonField = textSchema(2, 500);

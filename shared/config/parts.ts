import * as z from 'zod';

/** Schemas shared by parts of a city's configuration. */

export const id = matching(
  /^[a-z][a-z0-9-]{0,39}$/,
  '只能用小写字母、数字和连字符，以字母开头，最多 40 个',
  'lower-case letters, digits and hyphens, a letter first, at most 40',
);
export const bilingual = z.strictObject({ zh: z.string().min(1).max(80), en: z.string().min(1).max(120) });
export const words = z.strictObject({
  zh: z.array(z.string().min(1).max(20)),
  en: z.array(z.string().min(1).max(40)),
});

export const targetUnits = ['minute', 'hour', 'working-hour', 'working-day'] as const;

/** A target time: of all time, or of the working time of a calendar. */
export const targetSchema = z
  .strictObject({ amount: z.number().positive().max(10_000), unit: z.enum(targetUnits) })
  .refine(
    ({ amount, unit }) => unit !== 'working-day' || Number.isInteger(amount),
    both('工作日要写整数', 'working days are whole'),
  );
export type Target = z.infer<typeof targetSchema>;

/** Whether only working time counts. */
export function isWorkingTime({ unit }: Pick<Target, 'unit'>): boolean {
  return unit === 'working-hour' || unit === 'working-day';
}

export const hours = (amount: number): Target => ({ amount, unit: 'hour' });

export const priorities = ['urgent', 'high', 'normal'] as const;
export const priority = z.enum(priorities);
export type Priority = z.infer<typeof priority>;

export const areaLevels = ['district', 'street', 'community', 'grid', 'estate'] as const;

/**
 * An external system that is called. `intranet` 政务内网 means that it is in the city's own network: only then private
 * addresses and http are allowed.
 */
export const webhookSchema = z
  .strictObject({ url: z.url({ protocol: /^https?$/ }), intranet: z.boolean().optional() })
  .refine(({ url, intranet = false }) => intranet || !/^http:/i.test(url), {
    path: ['url'],
    ...both(
      '要用 https；在政务内网里的，请写 "intranet": true',
      'is called by https; if it lies in the city\'s own network, say "intranet": true',
    ),
  });
export type Webhook = z.infer<typeof webhookSchema>;

/** A contact for alerts: receives a digest, at most one per minute. */
export const alertContact = z.strictObject({
  email: z.email().optional(),
  /** A group robot, such as 企业微信's. */
  webhook: webhookSchema.optional(),
});
export type AlertContact = z.infer<typeof alertContact>;

/** A message in both languages, for any check. */
export function both(zh: string, en: string): { message: string; params: { zh: string } } {
  return { message: en, params: { zh } };
}

export function matching(pattern: RegExp, zh: string, en: string): z.ZodString {
  return z.string().refine((value) => pattern.test(value), both(zh, en));
}

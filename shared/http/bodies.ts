import * as z from 'zod';
import { areaLevels } from '../config/city.ts';
import { photoLimits, photoTypes } from '../config/limits.ts';
import { textSchema } from '../kernel/fields.ts';
import { alertLevels } from '../records/report/alert-levels.ts';
import { reportFields } from '../records/report/fields.ts';
import { leagueOrders } from '../records/report/league.ts';
import { inboxViews } from '../store/schema.ts';

/** The bodies and queries of the API, each the only definition of what it may hold. */

const types = Object.values(photoTypes);
export const photoKeys = z
  .array(z.string().regex(/^[\w./-]{1,200}$/))
  .max(photoLimits.count, { error: 'too-many-photos' })
  .refine((keys) => new Set(keys).size === keys.length, { error: 'photo-twice' });

export const uploadsBody = z.strictObject({
  photos: z
    .array(
      z.strictObject({
        contentType: z.enum(types, { error: 'photo-not-an-image' }),
        size: z.int().positive().max(photoLimits.bytes, { error: 'photo-too-large' }),
      }),
    )
    .min(1)
    .max(photoLimits.count, { error: 'too-many-photos' }),
});

const locationBody = z
  .strictObject({
    area: z.string().min(1).max(60).optional(),
    address: textSchema(1, 200).optional(),
    longitude: z.number().min(-180).max(180).optional(),
    latitude: z.number().min(-90).max(90).optional(),
    crs: z.enum(['wgs84', 'gcj02']).optional(),
  })
  .refine((place) => (place.longitude === undefined) === (place.latitude === undefined), {
    error: 'position-incomplete',
  })
  .refine((place) => place.longitude === undefined || place.crs !== undefined, {
    error: 'crs-required',
    path: ['crs'],
  });

// The order of the members is part of what tells a repeated request.
const { description, category, ...otherFields } = reportFields;
export const reportBody = z.strictObject({
  description,
  category,
  location: locationBody.default({}),
  contact: z
    .strictObject({
      name: textSchema(1, 60).optional(),
      phone: z
        .string()
        .max(30)
        .refine((phone) => /^\+?[\d\s()-]+$/.test(phone.normalize('NFKC')) && isPhoneLength(phone), {
          error: 'not-a-phone',
        })
        .optional(),
    })
    .optional(),
  photos: photoKeys.default([]),
  /** The open report that this one repeats: it is filed and merged into that one at once. */
  joins: z.string().max(40).optional(),
  ...otherFields,
});
export type ReportBody = z.infer<typeof reportBody>;

/** `near` is `longitude,latitude`; without it the area says where. */
export const nearbyQuery = z
  .strictObject({
    near: z
      .string()
      .regex(/^-?\d{1,3}(\.\d+)?,-?\d{1,2}(\.\d+)?$/)
      .optional(),
    crs: z.enum(['wgs84', 'gcj02']).optional(),
    area: z.string().max(60).optional(),
    category: z.string().max(60).optional(),
  })
  .refine((query) => query.near !== undefined || query.area !== undefined, { error: 'place-required' })
  .refine((query) => query.near === undefined || query.crs !== undefined, {
    error: 'crs-required',
    path: ['crs'],
  });
export const alertsQuery = z.strictObject({
  area: z.string().max(60).optional(),
  /** Whom the alert has climbed to. */
  level: z.enum(alertLevels).optional(),
  cursor: z.string().max(1000).optional(),
});

/** In a body, not in the address: addresses end in logs. */
export const phoneSearchBody = z.strictObject({
  phone: z.string().max(30).refine(isPhoneLength, { error: 'not-a-phone' }),
  cursor: z.string().max(1000).optional(),
});

function isPhoneLength(phone: string): boolean {
  const digits = phone.normalize('NFKC').replaceAll(/\D/g, '').length;
  return digits >= 5 && digits <= 17;
}

const day = z.iso.date();
export const inboxQuery = z.strictObject({
  view: z.enum(inboxViews).default('open'),
  department: z.string().max(60).optional(),
  /** All that lies there, whoever has it; with a department, what it has there. */
  area: z.string().max(60).optional(),
  /** What this person of the department has in hand. */
  handler: z.string().max(60).optional(),
  /** All of which stand in what lists show: the number, the beginning of the text, the address. */
  words: z.string().max(60).optional(),
  cursor: z.string().max(1000).optional(),
});
export const countsQuery = z.strictObject({
  department: z.string().max(60).optional(),
  /** Rows by this, in place of one department's counts. */
  by: z.enum(['department', 'area', 'category', 'priority', 'handler']).optional(),
});
export type CountsQuery = z.infer<typeof countsQuery>;
export const policyBody = z.strictObject({ apply: z.boolean(), cursor: z.string().max(2000).optional() });
export const statsQuery = z.strictObject({
  from: day.optional(),
  to: day.optional(),
  by: z.enum(['department', 'category', 'area', 'hour']).default('department'),
  /** One row alone, such as one department. */
  key: z.string().max(60).optional(),
});
export const leagueQuery = z.strictObject({
  from: day.optional(),
  to: day.optional(),
  by: z.enum(['department', 'area']).default('department'),
  /** The level of area that is compared, each with all that lies in it. */
  level: z.enum(areaLevels).default('street'),
  order: z.enum(leagueOrders).default('both'),
});

import * as z from 'zod';
import { captchaSchema, limitsSchema, mapSchema } from './access.ts';
import { reportSettings } from './kinds/report.ts';
import { alertContact, areaLevels, bilingual, id, matching, both, webhookSchema } from './parts.ts';

/** The schema of each part of a city's configuration. */

export const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const weekday = z.enum(weekdays);
const shift = matching(
  /^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/,
  '要写成 08:30-12:00',
  'is written like 08:30-12:00',
);

/** Working hours 办公时间, in the city's time zone. */
const calendarSchema = z.strictObject({
  id,
  name: bilingual,
  /** The shifts of each weekday, in order; a missing day has none. The time between two shifts is a break. */
  weekly: z.partialRecord(weekday, z.array(shift).min(1).max(6)),
  /** Includes the State Council's holidays and make-up days, from the calendar library. */
  official: z.literal('china').optional(),
  /** Further days without work. They override the official ones. */
  closed: z.array(z.iso.date()).default([]),
  /** Further working days, with the hours of this weekday (make-up days 调休). They override `closed`. */
  open: z.record(z.iso.date(), weekday).default({}),
});
export type CalendarConfig = z.infer<typeof calendarSchema>;

const areaSchema = z.strictObject({
  id,
  name: bilingual,
  level: z.enum(areaLevels),
  /** The area that contains this one; only the root, the district, has none. */
  parent: id.optional(),
  /** The contact for escalations to this area. */
  alerts: alertContact.optional(),
  /** Other names residents use for it. */
  aliases: z.array(z.string().min(2).max(40)).optional(),
  /** WGS-84 centre and radius: a position inside the circle can select the area. */
  centre: z
    .strictObject({
      longitude: z.number().min(-180).max(180),
      latitude: z.number().min(-90).max(90),
      radiusMetres: z.number().positive().max(50_000),
    })
    .optional(),
});
export type Area = z.infer<typeof areaSchema>;

const departmentSchema = z.strictObject({
  id,
  name: bilingual,
  /** The services it offers, which categories name in `handledBy`. */
  services: z.array(id).min(1),
  /** It serves these areas and all below them. */
  areas: z.array(id).min(1),
  /** Receives every new assignment. */
  email: z.email().optional(),
  /** Its own system, called for each assignment; optional, as the desk has an inbox. */
  webhook: webhookSchema.optional(),
  /** Its head; receives every breach. */
  alerts: alertContact.optional(),
  /** The id of its calendar; the city's first by default. */
  calendar: id.optional(),
  /** Whether its own system reads its queue; then no other consumer does. */
  readsQueue: z.boolean().optional(),
});
export type Department = z.infer<typeof departmentSchema>;

export const staffRoles = ['grid-worker', 'handler', 'manager', 'admin'] as const;

const staffSchema = z.strictObject({
  username: id,
  name: z.string().min(1).max(40),
  role: z.enum(staffRoles),
  departments: z.array(id),
  areas: z.array(id),
});

/** At least long enough for rating, reopening and a follow-up call. */
const retentionDays = z.int().min(30).max(3650);

export const cityShape = z.strictObject({
  id,
  name: bilingual,
  timeZone: z
    .string()
    .refine(isTimeZone, both('要写 IANA 时区，如 Asia/Shanghai', 'an IANA time zone such as Asia/Shanghai')),
  /** First part of every report number, such as YT. */
  numberPrefix: matching(/^[A-Z]{2,4}$/, '2 至 4 个大写字母', 'two to four capital letters'),
  /** The public URL of the pages, without a final slash; tracking links start with it. */
  publicUrl: z.url().optional(),
  areas: z.array(areaSchema).min(1),
  departments: z.array(departmentSchema).min(1),
  ...reportSettings,
  /** Calendars for targets in working time; the first is the default. */
  calendars: z.array(calendarSchema).default([]),
  /** How many days after its end the personal data of a report is kept; figures stay. */
  retention: z
    .strictObject({
      /** The resident's name and telephone number. */
      contactDays: retentionDays.default(180),
      /** What people wrote, and the exact place. Claims about how a matter was handled lapse after three years. */
      textDays: retentionDays.default(1095),
      photoDays: retentionDays.default(365),
    })
    .prefault({}),
  /** The telephone number for people who cannot use the pages, such as 12345. */
  hotline: matching(
    /^\+?\d[\d -]{1,19}$/,
    '要写电话号码，如 12345',
    'a telephone number such as 12345',
  ).optional(),
  limits: limitsSchema,
  captcha: captchaSchema.optional(),
  /** The map of the pages. Without it they show none and send no request to a third party. */
  map: mapSchema.optional(),
  /** Text templates for staff. */
  replyTemplates: z
    .array(z.strictObject({ zh: z.string().min(2).max(300), en: z.string().min(2).max(500) }))
    .default([]),
  /** Staff accounts for local use; in the cloud they are in the user pool. */
  staff: z.array(staffSchema).default([]),
});

/** A city before the check of its references. */
export type CityDocument = z.infer<typeof cityShape>;

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

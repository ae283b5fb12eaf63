import * as z from 'zod';
import { captchaSchema, limitsSchema, mapSchema } from './access.ts';
import { reportSettings } from './kinds/report.ts';
import { alertContact, areaLevels, bilingual, id, matching, says, webhookSchema } from './parts.ts';

/** The form of each part of a city's configuration. */

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
  /** The shifts of each weekday, in order; a day that is not there has none. What lies between two is a break. */
  weekly: z.partialRecord(weekday, z.array(shift).min(1).max(6)),
  /** Follows the State Council's holidays and make-up days, as the calendar library knows them. */
  official: z.literal('china').optional(),
  /** Days without work besides. They win over all that is official. */
  closed: z.array(z.iso.date()).default([]),
  /** Days worked all the same, with the hours of this weekday (make-up days 调休). They win over what is closed. */
  open: z.record(z.iso.date(), weekday).default({}),
});
export type CalendarConfig = z.infer<typeof calendarSchema>;

const areaSchema = z.strictObject({
  id,
  name: bilingual,
  level: z.enum(areaLevels),
  /** The area that this one lies in; only the root, the district, has none. */
  parent: id.optional(),
  /** Whoever is responsible for what happens there; hears of supervision at its level. */
  alerts: alertContact.optional(),
  /** Other names residents use for it. */
  aliases: z.array(z.string().min(2).max(40)).optional(),
  /** WGS-84 centre and radius: a position inside the circle may stand for the area. */
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
  /** What it does: the services that categories name in `handledBy`. */
  services: z.array(id).min(1),
  /** Where it does it: it serves these areas and all below them. */
  areas: z.array(id).min(1),
  /** Told of every new assignment. */
  email: z.email().optional(),
  /** Its own system, called for each assignment; without one the desk's inbox is all it needs. */
  webhook: webhookSchema.optional(),
  /** Its head; hears of every clock of theirs that ran out. */
  alerts: alertContact.optional(),
  /** Its working hours, of `calendars`; the city's first if it names none. */
  calendar: id.optional(),
  /** Its own system reads its queue: then nothing else does. */
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

/** Long enough to be rated, reopened and called back about. */
const retentionDays = z.int().min(30).max(3650);

export const cityShape = z.strictObject({
  id,
  name: bilingual,
  timeZone: z
    .string()
    .refine(isTimeZone, says('要写 IANA 时区，如 Asia/Shanghai', 'an IANA time zone such as Asia/Shanghai')),
  /** First part of every report number, such as YT. */
  numberPrefix: matching(/^[A-Z]{2,4}$/, '2 至 4 个大写字母', 'two to four capital letters'),
  /** Where residents open the pages, without a final slash; tracking links start with it. */
  publicUrl: z.url().optional(),
  areas: z.array(areaSchema).min(1),
  departments: z.array(departmentSchema).min(1),
  ...reportSettings,
  /** Working hours that targets in working hours and days run on; the first is everyone's without their own. */
  calendars: z.array(calendarSchema).default([]),
  /** How many days after its end a report keeps what is personal; figures stay. */
  retention: z
    .strictObject({
      /** The reporter's name and telephone number. */
      contactDays: retentionDays.default(180),
      /** What people wrote, and the exact place. Claims about how a matter was handled lapse after three years. */
      textDays: retentionDays.default(1095),
      photoDays: retentionDays.default(365),
    })
    .prefault({}),
  /** The telephone number for those whom the pages cannot help, such as 12345. */
  hotline: matching(
    /^\+?\d[\d -]{1,19}$/,
    '要写电话号码，如 12345',
    'a telephone number such as 12345',
  ).optional(),
  limits: limitsSchema,
  captcha: captchaSchema.optional(),
  /** Where the pages find a map. Without it they show none, and ask no third party for anything. */
  map: mapSchema.optional(),
  /** Sentences that staff often answer with. */
  replyTemplates: z
    .array(z.strictObject({ zh: z.string().min(2).max(300), en: z.string().min(2).max(500) }))
    .default([]),
  /** People who can sign in on one machine; in the cloud they live in the user pool. */
  staff: z.array(staffSchema).default([]),
});

/** A city before what its parts refer to is looked for. */
export type CityDocument = z.infer<typeof cityShape>;

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

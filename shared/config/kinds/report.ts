import * as z from 'zod';
import { areaLevels, bilingual, hours, id, matching, priority, both, targetSchema, words } from '../parts.ts';

/** The configuration of reports. */

/** `acknowledge` 签收, `resolve` 办结, `rework` 重办 (the resolve target after a reopening). */
const targetsSchema = z.strictObject({
  acknowledge: targetSchema,
  resolve: targetSchema,
  rework: targetSchema,
});
export type Targets = z.infer<typeof targetsSchema>;
const partialTargets = targetsSchema.partial();

const categorySchema = z.strictObject({
  code: matching(
    /^[a-z]+(\.[a-z-]+)+$/,
    '小写单词，用点连接，如 city.road',
    'words in lower case, joined by dots, such as city.road',
  ),
  group: matching(/^[a-z-]+$/, '只能用小写字母和连字符', 'lower-case letters and hyphens'),
  name: bilingual,
  /** The service that handles it. */
  handledBy: id,
  priority,
  /** Keywords that the classifier looks for in reports. */
  keywords: words,
  targets: partialTargets.optional(),
});
export type Category = z.infer<typeof categorySchema>;

const overrideSchema = z
  .strictObject({
    department: id.optional(),
    area: id.optional(),
    category: z.string().optional(),
    priority: priority.optional(),
    targets: partialTargets,
  })
  .refine(
    (o) => o.department ?? o.area ?? o.category ?? o.priority,
    both(
      '要写明针对什么：department、area、category、priority 至少一个',
      'an override must say what it is for: a department, an area, a category or a priority',
    ),
  )
  .refine(
    ({ targets }) => targets.acknowledge ?? targets.resolve ?? targets.rework,
    both('没有写任何时限', 'an override must change at least one target'),
  );

/** One escalation step of an overdue clock: to the area of this level on the report's path, this long after `dueAt`. */
const supervisionStep = z.strictObject({ level: z.enum(areaLevels), after: targetSchema });
const ladder = z.array(supervisionStep).max(5).default([]);

/** The members of a city's configuration about reports. */
export const reportSettings = {
  categoryGroups: z.array(z.strictObject({ code: z.string(), name: bilingual })),
  categories: z.array(categorySchema).min(1),
  targets: z.strictObject({ urgent: targetsSchema, high: targetsSchema, normal: targetsSchema }),
  targetOverrides: z.array(overrideSchema).default([]),
  /** Words that make a report urgent whatever its category: somebody is in danger. */
  urgentWords: words.default({ zh: [], en: [] }),
  /** A warning fires when this share of a target has passed. */
  warnAtShare: z.number().gt(0).lt(1).default(0.75),
  /** After this time a suspended report resumes automatically. */
  longestSuspension: targetSchema.default(hours(120)),
  /** How many extensions a target may get, and their sum as a share of the target. */
  extension: z
    .strictObject({ times: z.int().min(0).max(10), share: z.number().positive().max(10) })
    .default({ times: 1, share: 1 }),
  /** The escalation steps 提级 of an overdue clock, by priority, and the interval of reminders. */
  supervision: z
    .strictObject({ urgent: ladder, high: ladder, normal: ladder, remindAfter: targetSchema.optional() })
    .default({ urgent: [], high: [], normal: [] }),
  /** What follows a resolution. */
  afterResolution: z
    .strictObject({
      /** Closed automatically if it was not rated. */
      closeAfter: targetSchema.default(hours(168)),
      /** How long a rating can be changed. */
      changeRatingWithin: targetSchema.default(hours(24)),
      /** Ratings up to this score cause a follow-up call 回访; 0 for never. */
      followUpAtMost: z.int().min(0).max(5).default(2),
    })
    .prefault({}),
  /** Below this confidence a person decides the category. */
  triageBelow: z.number().min(0).max(1).default(0.6),
  /** The category of unrecognised reports; its targets apply to reports in triage. */
  unclearCategory: z.string().default('other.unclear'),
  /** The service that dispatches what the classifier cannot, and returned reports. */
  triageService: id.default('grid'),
  /** Whether the public may see open reports of the same category close by (category, place and age only). */
  publicNearby: z.boolean().default(true),
};

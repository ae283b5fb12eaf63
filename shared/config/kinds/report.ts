import * as z from 'zod';
import { areaLevels, bilingual, hours, id, matching, priority, says, targetSchema, words } from '../parts.ts';

/** What a city decides about reports. */

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
  /** What residents write when they mean it; the classifier's evidence. */
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
    says(
      '要写明针对什么：department、area、category、priority 至少一个',
      'an override must say what it is for: a department, an area, a category or a priority',
    ),
  )
  .refine(
    ({ targets }) => targets.acknowledge ?? targets.resolve ?? targets.rework,
    says('没有写任何时限', 'an override must change at least one target'),
  );

/** Whom a clock that ran out climbs to: the area of this level on the report's path, so long after it ran out. */
const supervisionStep = z.strictObject({ level: z.enum(areaLevels), after: targetSchema });
const ladder = z.array(supervisionStep).max(5).default([]);

/** The members of a city's configuration that reports go by. */
export const reportSettings = {
  categoryGroups: z.array(z.strictObject({ code: z.string(), name: bilingual })),
  categories: z.array(categorySchema).min(1),
  targets: z.strictObject({ urgent: targetsSchema, high: targetsSchema, normal: targetsSchema }),
  targetOverrides: z.array(overrideSchema).default([]),
  /** Words that make a report urgent whatever its category: somebody is in danger. */
  urgentWords: words.default({ zh: [], en: [] }),
  /** A warning fires when this share of a target has passed. */
  warnAtShare: z.number().gt(0).lt(1).default(0.75),
  /** After this a suspended report goes on by itself. */
  longestSuspension: targetSchema.default(hours(120)),
  /** How often a department may be given more time for one promise, and how much in all, as a share of its target. */
  extension: z
    .strictObject({ times: z.int().min(0).max(10), share: z.number().positive().max(10) })
    .default({ times: 1, share: 1 }),
  /** The ladder 督办 that an overdue clock climbs, by the report's priority, and how often an alert is repeated. */
  supervision: z
    .strictObject({ urgent: ladder, high: ladder, normal: ladder, remindAfter: targetSchema.optional() })
    .default({ urgent: [], high: [], normal: [] }),
  /** What follows a resolution. */
  afterResolution: z
    .strictObject({
      /** Closed by itself when nobody has rated it. */
      closeAfter: targetSchema.default(hours(168)),
      /** How long a rating can be changed. */
      changeRatingWithin: targetSchema.default(hours(24)),
      /** A rating this low asks for a call to the resident 回访; 0 for never. */
      followUpAtMost: z.int().min(0).max(5).default(2),
    })
    .prefault({}),
  /** Below this confidence a person decides the category. */
  triageBelow: z.number().min(0).max(1).default(0.6),
  /** The category of what nobody recognises; triaged reports run on its targets. */
  unclearCategory: z.string().default('other.unclear'),
  /** The service that decides what the classifier cannot, and takes what comes back. */
  triageService: id.default('grid'),
  /** Whether anyone may see that an open report of the same kind is close by (category, place and age only). */
  publicNearby: z.boolean().default(true),
};

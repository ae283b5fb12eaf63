import * as z from 'zod';
import { toDotPath } from 'zod/v4/core';

/**
 * A city's configuration: one JSON file that says who is responsible for what, where, and by when.
 * Everything a city may want to change lives here; nothing of it is a constant in the code.
 */

const id = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'lower-case letters, digits and hyphens, at most 40');
const bilingual = z.strictObject({ zh: z.string().min(1).max(80), en: z.string().min(1).max(120) });
const words = z.strictObject({
  zh: z.array(z.string().min(1).max(20)),
  en: z.array(z.string().min(1).max(40)),
});

/** A length of time a department is given. Working hours and days join with the calendars. */
export const targetSchema = z.strictObject({
  amount: z.number().positive().max(10_000),
  unit: z.enum(['minute', 'hour']),
});
export type Target = z.infer<typeof targetSchema>;

/** `acknowledge` 签收, `resolve` 办结, `rework` 重办 (the resolve target after a reopening). */
const targetsSchema = z.strictObject({
  acknowledge: targetSchema,
  resolve: targetSchema,
  rework: targetSchema,
});
export type Targets = z.infer<typeof targetsSchema>;
const partialTargets = targetsSchema.partial();

export const priorities = ['urgent', 'high', 'normal'] as const;
const priority = z.enum(priorities);
export type Priority = z.infer<typeof priority>;

export const areaLevels = ['district', 'street', 'community', 'grid', 'estate'] as const;

const areaSchema = z.strictObject({
  id,
  name: bilingual,
  level: z.enum(areaLevels),
  /** The area that this one lies in; only the root, the district, has none. */
  parent: id.optional(),
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
  webhook: z.strictObject({ url: z.url({ protocol: /^https?$/ }) }).optional(),
});
export type Department = z.infer<typeof departmentSchema>;

const categorySchema = z.strictObject({
  code: z.string().regex(/^[a-z]+(\.[a-z-]+)+$/, 'words in lower case, joined by dots'),
  group: z.string().regex(/^[a-z-]+$/),
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
  .refine((o) => o.department ?? o.area ?? o.category ?? o.priority, {
    message: 'an override must say what it is for: a department, an area, a category or a priority',
  });

export const staffRoles = ['grid-worker', 'handler', 'manager', 'admin'] as const;

const staffSchema = z.strictObject({
  username: id,
  name: z.string().min(1).max(40),
  role: z.enum(staffRoles),
  departments: z.array(id),
  areas: z.array(id),
});

const shape = z.strictObject({
  id,
  name: bilingual,
  timeZone: z.string().refine(isTimeZone, 'an IANA time zone such as Asia/Shanghai'),
  /** First part of every report number, such as SB. */
  numberPrefix: z.string().regex(/^[A-Z]{2,4}$/),
  /** Where residents open the pages, without a final slash; tracking links start with it. */
  publicUrl: z.url().optional(),
  areas: z.array(areaSchema).min(1),
  departments: z.array(departmentSchema).min(1),
  categoryGroups: z.array(z.strictObject({ code: z.string(), name: bilingual })),
  categories: z.array(categorySchema).min(1),
  targets: z.strictObject({ urgent: targetsSchema, high: targetsSchema, normal: targetsSchema }),
  targetOverrides: z.array(overrideSchema).default([]),
  /** A warning fires when this share of a target has passed. */
  warnAtShare: z.number().gt(0).lt(1).default(0.75),
  /** Below this confidence a person decides the category. */
  triageBelow: z.number().min(0).max(1).default(0.6),
  /** The category of what nobody recognises; triaged reports run on its targets. */
  unclearCategory: z.string().default('other.unclear'),
  /** The service that decides what the classifier cannot, and takes what comes back. */
  triageService: id.default('grid'),
  /** People who can sign in on one machine; in the cloud they live in the user pool. */
  staff: z.array(staffSchema).default([]),
});

export const citySchema = shape.superRefine((city, context) => {
  const complain = (path: (string | number)[], message: string): void => {
    context.addIssue({ code: 'custom', path, message });
  };
  const areaById = new Map(city.areas.map((area) => [area.id, area]));
  const departmentIds = new Set(city.departments.map((department) => department.id));
  const services = new Set(city.departments.flatMap((department) => department.services));
  const groups = new Set(city.categoryGroups.map((group) => group.code));
  const codes = new Set(city.categories.map((category) => category.code));

  const uniques: [string, string[]][] = [
    ['areas', city.areas.map((area) => area.id)],
    ['departments', city.departments.map((department) => department.id)],
    ['categories', city.categories.map((category) => category.code)],
    ['staff', city.staff.map((person) => person.username)],
  ];
  for (const [list, keys] of uniques) {
    keys.forEach((key, index) => {
      if (keys.indexOf(key) !== index) complain([list, index], `"${key}" stands twice`);
    });
  }

  const roots = city.areas.filter((area) => area.parent === undefined);
  if (roots.length !== 1)
    complain(['areas'], `exactly one area has no parent; here ${roots.length} have none`);
  city.areas.forEach((area, index) => {
    if (area.parent === undefined) return;
    const parent = areaById.get(area.parent);
    if (!parent) complain(['areas', index, 'parent'], `no area "${area.parent}"`);
    else if (areaLevels.indexOf(parent.level) >= areaLevels.indexOf(area.level))
      complain(['areas', index, 'parent'], `a ${area.level} cannot lie in a ${parent.level}`);
  });

  city.departments.forEach((department, index) => {
    department.areas.forEach((area, at) => {
      if (!areaById.has(area)) complain(['departments', index, 'areas', at], `no area "${area}"`);
    });
  });
  // Two departments for the same service at the same place would make routing a toss-up.
  const claims = new Map<string, string>();
  city.departments.forEach((department, index) => {
    for (const service of department.services) {
      for (const area of department.areas) {
        const claim = `${service} in ${area}`;
        const other = claims.get(claim);
        if (other) complain(['departments', index], `"${other}" already does ${claim}`);
        else claims.set(claim, department.id);
      }
    }
  });
  const root = roots[0];
  if (root && !claims.has(`${city.triageService} in ${root.id}`))
    complain(
      ['departments'],
      `a department must do "${city.triageService}" in "${root.id}": it takes what nobody else does`,
    );

  city.categories.forEach((category, index) => {
    if (!groups.has(category.group))
      complain(['categories', index, 'group'], `no category group "${category.group}"`);
    if (!services.has(category.handledBy))
      complain(['categories', index, 'handledBy'], `no department does "${category.handledBy}"`);
  });
  city.targetOverrides.forEach((override, index) => {
    const at = ['targetOverrides', index];
    if (override.department !== undefined && !departmentIds.has(override.department))
      complain([...at, 'department'], `no department "${override.department}"`);
    if (override.area !== undefined && !areaById.has(override.area))
      complain([...at, 'area'], `no area "${override.area}"`);
    if (override.category !== undefined && !codes.has(override.category))
      complain([...at, 'category'], `no category "${override.category}"`);
  });
  city.staff.forEach((person, index) => {
    person.departments.forEach((department, at) => {
      if (!departmentIds.has(department))
        complain(['staff', index, 'departments', at], `no department "${department}"`);
    });
    person.areas.forEach((area, at) => {
      if (!areaById.has(area)) complain(['staff', index, 'areas', at], `no area "${area}"`);
    });
  });
});

export type City = z.infer<typeof citySchema>;

export type CityProblem = { path: string; message: string };

/** Checks a parsed JSON document. Every problem is told at once, each with its place such as `areas[3].parent`. */
export function parseCity(
  document: unknown,
): { ok: true; city: City } | { ok: false; problems: CityProblem[] } {
  const result = citySchema.safeParse(document);
  if (result.success) return { ok: true, city: result.data };
  return {
    ok: false,
    problems: result.error.issues.map((issue) => ({ path: toDotPath(issue.path), message: issue.message })),
  };
}

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

import type * as z from 'zod';
import { problemsOf, type CityProblem } from './city-problems.ts';
import { referenceProblems } from './city-references.ts';
import { cityShape } from './city-shape.ts';
import { says } from './parts.ts';

export { captchaOrigins, tileOrigins, type Captcha, type CityMap, type Limit } from './access.ts';
export type { CityProblem } from './city-problems.ts';
export { staffRoles, weekdays, type Area, type CalendarConfig, type Department } from './city-shape.ts';
export type { Category, Targets } from './kinds/report.ts';
export {
  areaLevels,
  isWorkingTime,
  priorities,
  targetUnits,
  type AlertContact,
  type Priority,
  type Target,
  type Webhook,
} from './parts.ts';

/**
 * A city's configuration: one JSON file that says who is responsible for what, where, and by when.
 * Everything a city may want to change lives here; nothing of it is a constant in the code.
 */

export const citySchema = cityShape.superRefine((city, context) => {
  for (const { path, zh, en } of referenceProblems(city))
    context.addIssue({ code: 'custom', path, ...says(zh, en) });
});

export type City = z.infer<typeof citySchema>;

/**
 * Checks a parsed JSON document. Every problem is told, each with its place; what refers to something that is not
 * there is only looked for once every part has its form.
 */
export function parseCity(
  document: unknown,
): { ok: true; city: City } | { ok: false; problems: CityProblem[] } {
  const result = citySchema.safeParse(document, { reportInput: true });
  if (result.success) return { ok: true, city: result.data };
  return { ok: false, problems: result.error.issues.flatMap(problemsOf) };
}

import type * as z from 'zod';
import { problemsOf, type CityProblem } from './city-problems.ts';
import { referenceProblems } from './city-references.ts';
import { cityShape } from './city-shape.ts';
import { both } from './parts.ts';

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
 * A city's configuration: one JSON file that says who is responsible for what, where, and by when. Everything that a
 * city may want to change is here, not in the code.
 */

export const citySchema = cityShape.superRefine((city, context) => {
  for (const { path, zh, en } of referenceProblems(city))
    context.addIssue({ code: 'custom', path, ...both(zh, en) });
});

export type City = z.infer<typeof citySchema>;

/** Checks a parsed JSON document. Returns all problems with their paths; references are checked if the schema fits. */
export function parseCity(
  document: unknown,
): { ok: true; city: City } | { ok: false; problems: CityProblem[] } {
  const result = citySchema.safeParse(document, { reportInput: true });
  if (result.success) return { ok: true, city: result.data };
  return { ok: false, problems: result.error.issues.flatMap(problemsOf) };
}

import type { City, Priority, Targets } from '../config/city.ts';

type PartialTargets = City['targetOverrides'][number]['targets'];

/** `service`: the department does what the category needs; `triage`: nobody there does, so a person decides. */
export type Routing = { department: string; by: 'service' | 'triage' };

/**
 * Who handles a category at a place. Of the departments that offer the category's service and serve an area on
 * the path, the one whose area lies deepest; without any, the triage department.
 *
 * A category or an area that the city's file no longer has is no error: old reports outlive the file.
 *
 * @param path the place's areas from the root down, as `resolvePlace` answers.
 */
export function route(city: City, categoryCode: string, path: readonly string[]): Routing {
  const service = city.categories.find((category) => category.code === categoryCode)?.handledBy;
  const department = service === undefined ? undefined : provider(city, service, path);
  return department === undefined
    ? { department: triageDepartment(city, path), by: 'triage' }
    : { department, by: 'service' };
}

/** The id of the department that decides, at this place, what the classifier could not. */
export function triageDepartment(city: City, path: readonly string[]): string {
  const root = city.areas.find((area) => area.parent === undefined)?.id;
  const department =
    provider(city, city.triageService, path) ??
    (root === undefined ? undefined : provider(city, city.triageService, [root]));
  // The schema demands such a department at the root.
  if (department === undefined)
    throw new Error(`no department does "${city.triageService}" in the whole city`);
  return department;
}

/**
 * The targets of an assignment. Each of `acknowledge`, `resolve` and `rework` comes from the most specific rule
 * that sets it, in this order, least specific first:
 *
 * 1. the city's targets for the priority;
 * 2. the category's own targets;
 * 3. the overrides that fit, ordered by how deep their area lies on the path (none is least), then by whether
 *    they name the department, then the category, then the priority. Of equals, the later in the file wins.
 */
export function targetsFor(
  city: City,
  about: { category: string; department: string; path: readonly string[]; priority: Priority },
): Targets {
  const own = city.categories.find((category) => category.code === about.category)?.targets;
  const fitting = city.targetOverrides
    .filter(
      (override) =>
        (override.area === undefined || about.path.includes(override.area)) &&
        (override.department === undefined || override.department === about.department) &&
        (override.category === undefined || override.category === about.category) &&
        (override.priority === undefined || override.priority === about.priority),
    )
    .map((override) => ({
      targets: override.targets,
      specificity: [
        override.area === undefined ? -1 : about.path.indexOf(override.area),
        Number(override.department !== undefined),
        Number(override.category !== undefined),
        Number(override.priority !== undefined),
      ],
    }))
    // Sorting is stable, so equals keep the file's order.
    .sort((a, b) => compare(a.specificity, b.specificity));

  return fitting.reduce(
    (targets, override) => layered(targets, override.targets),
    layered(city.targets[about.priority], own ?? {}),
  );
}

function layered(under: Targets, over: PartialTargets): Targets {
  return {
    acknowledge: over.acknowledge ?? under.acknowledge,
    resolve: over.resolve ?? under.resolve,
    rework: over.rework ?? under.rework,
  };
}

function provider(city: City, service: string, path: readonly string[]): string | undefined {
  let best: { department: string; depth: number } | undefined;
  for (const department of city.departments) {
    if (!department.services.includes(service)) continue;
    const depth = Math.max(...department.areas.map((area) => path.lastIndexOf(area)));
    if (depth >= 0 && (best === undefined || depth > best.depth)) best = { department: department.id, depth };
  }
  return best?.department;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

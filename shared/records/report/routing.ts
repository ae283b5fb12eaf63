import type { City, Priority, Target, Targets } from '../../config/city.ts';
import { compareUrgency } from './priority.ts';

type PartialTargets = City['targetOverrides'][number]['targets'];

/** `service`: the department offers the category's service; `triage`: none there does, so a person decides. */
export type Routing = { department: string; by: 'service' | 'triage' };

/**
 * The department for a category at a place: of those that offer the category's service and serve an area on the path,
 * the one with the deepest area; else the triage department.
 *
 * The category or the area may be missing in the city's configuration, since reports outlive it.
 *
 * @param path the place's areas from the root down, as `resolvePlace` returns them.
 */
export function route(city: City, categoryCode: string, path: readonly string[]): Routing {
  const service = city.categories.find((category) => category.code === categoryCode)?.handledBy;
  const department = service === undefined ? undefined : provider(city, service, path);
  return department === undefined
    ? { department: triageDepartment(city, path), by: 'triage' }
    : { department, by: 'service' };
}

/** The id of the triage department at a place. */
export function triageDepartment(city: City, path: readonly string[]): string {
  const root = city.areas.find((area) => area.parent === undefined)?.id;
  const department =
    provider(city, city.triageService, path) ??
    (root === undefined ? undefined : provider(city, city.triageService, [root]));
  // The schema requires such a department at the root.
  if (department === undefined)
    throw new Error(`no department does "${city.triageService}" in the whole city`);
  return department;
}

/**
 * The targets of an assignment. Each of `acknowledge`, `resolve` and `rework` comes from the most specific rule
 * that sets it, in this order, least specific first:
 *
 * 1. the city's targets for the priority;
 * 2. the category's own targets. They are meant for its own priority: where the report's is higher the shorter of
 *    the two counts, where it is lower the longer;
 * 3. the overrides that fit, ordered by how deep their area lies on the path (none is least), then by whether
 *    they name the department, then the category, then the priority. Of equals, the later in the file wins.
 */
export function targetsFor(
  city: City,
  about: { category: string; department: string; path: readonly string[]; priority: Priority },
): Targets {
  const category = city.categories.find(({ code }) => code === about.category);
  const byPriority = city.targets[about.priority];
  const raised = category ? compareUrgency(about.priority, category.priority) : 0;
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
    // The sort is stable, so equals keep the file's order.
    .sort((a, b) => compare(a.specificity, b.specificity));

  return fitting.reduce(
    (targets, override) => layered(targets, override.targets),
    layered(byPriority, adjusted(category?.targets ?? {}, byPriority, raised)),
  );
}

/** @param raised negative when the report is more urgent than its category usually is, positive when it is less. */
function adjusted(own: PartialTargets, byPriority: Targets, raised: number): PartialTargets {
  if (raised === 0) return own;
  const chosen = (name: keyof Targets): Target | undefined => {
    const [ours, theirs] = [own[name], byPriority[name]];
    if (!ours) return undefined;
    return roughMinutes(ours) <= roughMinutes(theirs) === raised < 0 ? ours : theirs;
  };
  return { acknowledge: chosen('acknowledge'), resolve: chosen('resolve'), rework: chosen('rework') };
}

/** The approximate minutes of a target in an ordinary week; only for comparing targets. */
export function roughMinutes({ amount, unit }: Target): number {
  return amount * { minute: 1, hour: 60, 'working-hour': 240, 'working-day': 2000 }[unit];
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

import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import type { City } from '../../shared/config/city.ts';
import { alertsQuery, countsQuery, inboxQuery } from '../../shared/http/bodies.ts';
import { staffOf, type Staff } from '../../shared/http/credentials.ts';
import { listed, readPlace, writePlace } from '../../shared/http/cursors.ts';
import { readQuery, type Answer, type Route } from '../../shared/http/endpoint.ts';
import { fieldProblem, Problem } from '../../shared/http/problems.ts';
import { secondsBetween } from '../../shared/kernel/clocks/sla.ts';
import { alertAreas, departmentsIn, mayOversee, mayReadInbox } from '../../shared/kernel/inbox-access.ts';
import type { SummaryBase } from '../../shared/kernel/kind.ts';
import { maySee } from '../../shared/kernel/permissions.ts';
import { areaName } from '../../shared/language/wording.ts';
import { pathOf } from '../../shared/place/place.ts';
import { alertLevelOf } from '../../shared/records/report/alert-levels.ts';
import type { Records } from '../../shared/store/records.ts';

export type Dependencies = {
  city: City;
  store: Records;
  now: () => string;
};

/** Beyond it a count is only said to be more. */
const mostCounted = 200;
const countedViews = ['triage', 'open', 'overdue', 'suspended'] as const;

/** Which list of several, and the cursor within it. */
const placeSchema = z.union([z.tuple([z.int().nonnegative()]), z.tuple([z.int().nonnegative(), z.string()])]);

/** The lists of the desk: inboxes and alerts. */
export function listRoutes(deps: Dependencies): Record<string, Route> {
  return {
    'GET /api/desk/reports': (event) => inbox(deps, event),
    'GET /api/desk/counts': (event) => counts(deps, event),
    'GET /api/desk/alerts': (event) => alerts(deps, event),
  };
}

async function inbox(deps: Dependencies, event: APIGatewayProxyEventV2): Promise<Answer> {
  const { city, store, now } = deps;
  const staff = staffOf(event);
  const query = readQuery(event, inboxQuery);
  if (query.area !== undefined) return areaInbox(deps, staff, query.area, query);
  const department = departmentOf(city, staff, query.department);
  const page = await listed(() => store.inbox(department, query.view, { now: now(), cursor: query.cursor }));
  return {
    status: 200,
    body: {
      department,
      view: query.view,
      ...page,
      items: page.items.filter(({ area }) => maySee(staff, { department, path: pathOf(city, area) })),
    },
  };
}

/** What lies in an area, whoever has it, for those who oversee it. */
async function areaInbox(
  { city, store, now }: Dependencies,
  staff: Staff,
  area: string,
  { view, department, cursor }: z.infer<typeof inboxQuery>,
): Promise<Answer> {
  if (!city.areas.some(({ id }) => id === area)) throw fieldProblem('area', 'unknown-area');
  if (staff.role === 'handler' || !mayOversee(city, staff, area)) throw new Problem('not-permitted');
  const departments =
    department === undefined
      ? departmentsIn(city, area).map(({ id }) => id)
      : [departmentOf(city, staff, department)];
  const keep = (item: SummaryBase): boolean => pathOf(city, item.area).includes(area);
  const page = await listed(() => store.inboxes(departments, view, { now: now(), cursor, keep }));
  return { status: 200, body: { area, view, ...page } };
}

/** How much lies in a department's inbox. */
async function counts({ city, store, now }: Dependencies, event: APIGatewayProxyEventV2): Promise<Answer> {
  const staff = staffOf(event);
  const department = departmentOf(city, staff, readQuery(event, countsQuery).department);
  const options = { now: now(), most: mostCounted + 1 };
  const counted = await Promise.all(
    countedViews.map(async (view) => {
      const count = await store.count(department, view, options);
      return [view, { count: Math.min(count, mostCounted), isMore: count > mostCounted }] as const;
    }),
  );
  return { status: 200, body: { department, counts: Object.fromEntries(counted) } };
}

/** The department that is asked for, or one's own, if one may read its inbox. */
function departmentOf(city: City, staff: Staff, asked: string | undefined): string {
  const department = asked ?? staff.departments[0];
  if (department === undefined) throw fieldProblem('department', 'unknown-department');
  const known = city.departments.find(({ id }) => id === department);
  // What a department held that the city no longer has, an administrator still finds.
  if (!known && staff.role !== 'admin') throw fieldProblem('department', 'unknown-department');
  if (known && !mayReadInbox(city, staff, known)) throw new Problem('not-permitted');
  return department;
}

/** One page of what nobody has taken on in the subdistricts this person oversees, oldest first. */
async function alerts(deps: Dependencies, event: APIGatewayProxyEventV2): Promise<Answer> {
  const { city, store } = deps;
  const staff = staffOf(event);
  if (staff.role === 'handler') throw new Problem('not-permitted');
  const query = readQuery(event, alertsQuery);
  const within = query.area === undefined ? staff.areas : [query.area];
  if (!within.every((area) => mayOversee(city, staff, area))) throw new Problem('not-permitted');
  const streets = alertAreas(city, within);
  const [at = 0, inner] = query.cursor === undefined ? [] : readPlace(query.cursor, placeSchema);
  const street = streets[at];
  if (street === undefined) return { status: 200, body: { items: [] } };
  const page = await listed(() => store.alerts(street, inner));
  const more = page.cursor !== undefined || at + 1 < streets.length;
  const items = page.items
    .filter((item) => pathOf(city, item.area).some((area) => within.includes(area)))
    .map((item) => withStanding(deps, item))
    .filter(({ alert }) => query.level === undefined || alert?.level === query.level);
  return {
    status: 200,
    body: {
      items,
      ...(more && { cursor: writePlace(page.cursor === undefined ? [at + 1] : [at, page.cursor]) }),
    },
  };
}

/** With how far up the alert is, and how late its clock is. */
function withStanding({ city, now }: Dependencies, { alert, ...item }: SummaryBase) {
  const { area, dueAt } = alert ?? {};
  return {
    ...item,
    alert: alert && {
      ...alert,
      level: alertLevelOf(city, alert, pathOf(city, item.area)),
      ...(area !== undefined && { areaName: areaName(city, area) }),
      ...(dueAt !== undefined && { lateSeconds: secondsBetween(dueAt, now()) }),
    },
  };
}

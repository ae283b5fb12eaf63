import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import type { City } from '../../shared/config/city.ts';
import { alertsQuery, inboxQuery } from '../../shared/http/bodies.ts';
import { askedDepartment } from '../../shared/http/asked-department.ts';
import { staffOf, type Staff } from '../../shared/http/credentials.ts';
import { listed, readPlace, writePlace } from '../../shared/http/cursors.ts';
import type { Answer } from '../../shared/http/answers.ts';
import type { Route } from '../../shared/http/endpoint.ts';
import { readQuery } from '../../shared/http/read-request.ts';
import { fieldProblem, Problem } from '../../shared/http/problems.ts';
import { secondsBetween } from '../../shared/kernel/clocks/sla.ts';
import { alertAreas, mayOversee } from '../../shared/kernel/inbox-access.ts';
import type { SummaryBase } from '../../shared/kernel/kind.ts';
import { maySee } from '../../shared/kernel/permissions.ts';
import { foldText } from '../../shared/language/fold-text.ts';
import { areaName } from '../../shared/language/wording.ts';
import { areasIn, pathOf } from '../../shared/place/place.ts';
import { alertLevelOf } from '../../shared/records/report/alert-levels.ts';
import type { Records } from '../../shared/store/records.ts';
import type { List } from '../../shared/store/schema.ts';

export type Dependencies = {
  city: City;
  store: Records;
  now: () => string;
};

/** The index of a list, and the cursor within it. */
const placeSchema = z.union([z.tuple([z.int().nonnegative()]), z.tuple([z.int().nonnegative(), z.string()])]);

/** The lists of the desk: inboxes and alerts. */
export function listRoutes(deps: Dependencies): Record<string, Route> {
  return {
    'GET /api/desk/reports': (event) => inbox(deps, event),
    'GET /api/desk/alerts': (event) => alerts(deps, event),
  };
}

async function inbox(deps: Dependencies, event: APIGatewayProxyEventV2): Promise<Answer> {
  const { city, store, now } = deps;
  const staff = staffOf(event);
  const query = readQuery(event, inboxQuery);
  if (query.area !== undefined) return areaInbox(deps, staff, query.area, query);
  const { view, handler, cursor } = query;
  const department = askedDepartment(city, staff, query.department);
  const list: List =
    handler === undefined ? { of: 'department', department } : { of: 'handler', department, handler };
  const matchesText = textFilter(query.words);
  const page = await listed(() =>
    matchesText
      ? store.inboxes([list], view, { now: now(), cursor, keep: matchesText })
      : store.inbox(list, view, { now: now(), cursor }),
  );
  return {
    status: 200,
    body: {
      department,
      ...(handler !== undefined && { handler }),
      view,
      ...page,
      items: page.items.filter(({ area }) => maySee(staff, { department, path: pathOf(city, area) })),
    },
  };
}

/** The records of an area, for those who oversee it. */
async function areaInbox(
  { city, store, now }: Dependencies,
  staff: Staff,
  area: string,
  { view, department, words, cursor }: z.infer<typeof inboxQuery>,
): Promise<Answer> {
  if (!city.areas.some(({ id }) => id === area)) throw fieldProblem('area', 'unknown-area');
  if (staff.role === 'handler' || !mayOversee(city, staff, area)) throw new Problem('not-permitted');
  const lists = areasIn(city, area).map((each): List => ({ of: 'area', area: each }));
  const of = department === undefined ? undefined : askedDepartment(city, staff, department);
  const matchesText = textFilter(words);
  const keep =
    of === undefined && !matchesText
      ? undefined
      : (item: SummaryBase): boolean =>
          (of === undefined || item.department === of) && (matchesText === undefined || matchesText(item));
  const page = await listed(() => store.inboxes(lists, view, { now: now(), cursor, keep }));
  return { status: 200, body: { area, view, ...page } };
}

/** A filter for list entries that contain all of these words; undefined without words. */
function textFilter(typed: string | undefined): ((item: SummaryBase) => boolean) | undefined {
  const words = foldText(typed ?? '')
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return undefined;
  return ({ number, excerpt = '', address = '' }) => {
    const text = foldText(`${number} ${excerpt} ${address}`);
    return words.every((word) => text.includes(word));
  };
}

/** One page of the alerts in the subdistricts that this person oversees, oldest first. */
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
    .map((item) => withAlertLevel(deps, item))
    .filter(({ alert }) => query.level === undefined || alert?.level === query.level);
  return {
    status: 200,
    body: {
      items,
      ...(more && { cursor: writePlace(page.cursor === undefined ? [at + 1] : [at, page.cursor]) }),
    },
  };
}

/** Adds the level of the alert, and how late its clock is. */
function withAlertLevel({ city, now }: Dependencies, { alert, ...item }: SummaryBase) {
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

import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import type { City } from '../../shared/config/city.ts';
import { alertLevelOf } from '../../shared/records/report/alerts.ts';
import { maySee } from '../../shared/kernel/permissions.ts';
import { pathOf } from '../../shared/place/place.ts';
import { secondsBetween } from '../../shared/kernel/clocks/sla.ts';
import { areaName } from '../../shared/language/wording.ts';
import { alertsQuery, countsQuery, inboxQuery } from '../../shared/http/bodies.ts';
import { staffOf, type Staff } from '../../shared/http/credentials.ts';
import { listed, readPlace, writePlace } from '../../shared/http/cursors.ts';
import { readQuery, type Answer, type Route } from '../../shared/http/endpoint.ts';
import { fieldProblem, Problem } from '../../shared/http/problems.ts';
import type { ReportStore, Summary } from '../../shared/store/records.ts';

export type Dependencies = {
  city: City;
  store: ReportStore;
  now: () => string;
};

/** Beyond it a count is only said to be more. */
const mostCounted = 200;
const countedViews = ['triage', 'open', 'overdue', 'suspended'] as const;

/** Which list of several, and the cursor within it. */
const placeSchema = z.union([z.tuple([z.int().nonnegative()]), z.tuple([z.int().nonnegative(), z.string()])]);

/** The lists of the desk: inboxes and alerts. */
export function createLists({ city, store, now }: Dependencies): Record<string, Route> {
  async function inbox(event: APIGatewayProxyEventV2): Promise<Answer> {
    const staff = staffOf(event);
    const query = readQuery(event, inboxQuery);
    if (query.area !== undefined) return areaInbox(staff, query.area, query);
    const department = departmentOf(staff, query.department);
    const page = await listed(() =>
      store.inbox(department, query.view, { now: now(), cursor: query.cursor }),
    );
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
    staff: Staff,
    area: string,
    { view, department, cursor }: z.infer<typeof inboxQuery>,
  ): Promise<Answer> {
    if (!city.areas.some(({ id }) => id === area)) throw fieldProblem('area', 'unknown-area');
    if (staff.role === 'handler' || !mayOversee(staff, area)) throw new Problem('not-permitted');
    const departments =
      department === undefined
        ? city.departments.filter(({ areas }) => areas.some((served) => areTogether(served, area)))
        : [{ id: departmentOf(staff, department) }];
    const page = await listed(() =>
      store.inboxes(
        departments.map(({ id }) => id),
        view,
        { now: now(), cursor, keep: (item) => pathOf(city, item.area).includes(area) },
      ),
    );
    return { status: 200, body: { area, view, ...page } };
  }

  /** How much lies in a department's inbox. */
  async function counts(event: APIGatewayProxyEventV2): Promise<Answer> {
    const staff = staffOf(event);
    const department = departmentOf(staff, readQuery(event, countsQuery).department);
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
  function departmentOf(staff: Staff, asked: string | undefined): string {
    const department = asked ?? staff.departments[0];
    if (department === undefined) throw fieldProblem('department', 'unknown-department');
    const known = city.departments.find(({ id }) => id === department);
    // What a department held that the city no longer has, an administrator still finds.
    if (!known && staff.role !== 'admin') throw fieldProblem('department', 'unknown-department');
    if (known && !mayReadInbox(city, staff, known)) throw new Problem('not-permitted');
    return department;
  }

  /** One page of what nobody has taken on in the streets this person oversees, oldest first. */
  async function alerts(event: APIGatewayProxyEventV2): Promise<Answer> {
    const staff = staffOf(event);
    if (staff.role === 'handler') throw new Problem('not-permitted');
    const query = readQuery(event, alertsQuery);
    const within = query.area === undefined ? staff.areas : [query.area];
    if (!within.every((area) => mayOversee(staff, area))) throw new Problem('not-permitted');
    const streets = alertAreas(within);
    const [at = 0, inner] = query.cursor === undefined ? [] : readPlace(query.cursor, placeSchema);
    const street = streets[at];
    if (street === undefined) return { status: 200, body: { items: [] } };
    const page = await listed(() => store.alerts(street, inner));
    const more = page.cursor !== undefined || at + 1 < streets.length;
    const items = page.items
      .filter((item) => pathOf(city, item.area).some((area) => within.includes(area)))
      .map(withStanding)
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
  function withStanding({ alert, ...item }: Summary) {
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

  function mayOversee(staff: Staff, area: string): boolean {
    return staff.role === 'admin' || pathOf(city, area).some((id) => staff.areas.includes(id));
  }

  /** Whether one of two areas lies in the other. */
  function areTogether(one: string, other: string): boolean {
    return pathOf(city, one).includes(other) || pathOf(city, other).includes(one);
  }

  /** Alerts are kept by street: those that the areas lie in, or that lie in them; reports at the root by the root. */
  function alertAreas(within: readonly string[]): string[] {
    return city.areas
      .map(({ id }) => id)
      .filter((id) => {
        const path = pathOf(city, id);
        if (path.length > 2) return false;
        return within.some((area) => path.includes(area) || pathOf(city, area)[1] === id);
      });
  }

  return {
    'GET /api/desk/reports': inbox,
    'GET /api/desk/counts': counts,
    'GET /api/desk/alerts': alerts,
  };
}

/** An overseer reads, of every department that works in a place of theirs, what lies there. */
export function mayReadInbox(
  city: City,
  staff: Staff,
  department: { id: string; areas: readonly string[] },
): boolean {
  if (staff.role === 'admin' || staff.departments.includes(department.id)) return true;
  if (staff.role === 'handler') return false;
  return department.areas.some((served) =>
    staff.areas.some((own) => pathOf(city, own).includes(served) || pathOf(city, served).includes(own)),
  );
}

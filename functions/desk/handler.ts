import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import { cityDay } from '../../shared/domain/city-day.ts';
import { parseNumber } from '../../shared/domain/number.ts';
import {
  figureNames,
  plainFigures,
  ratesOf,
  settledWithin,
  sum,
  type Figures,
} from '../../shared/domain/figures.ts';
import { decide } from '../../shared/domain/decide.ts';
import { maySee, standingOf } from '../../shared/domain/permissions.ts';
import type { City } from '../../shared/config/city.ts';
import { pathOf } from '../../shared/domain/place.ts';
import { staffView } from '../../shared/domain/views.ts';
import { areaName, categoryName, departmentName, type Words } from '../../shared/domain/wording.ts';
import {
  alertsQuery,
  inboxQuery,
  phoneSearchBody,
  staffCommandBody,
  statsQuery,
} from '../../shared/http/bodies.ts';
import { staffOf, type Keys, type Staff } from '../../shared/http/credentials.ts';
import { endpoint, readBody, readQuery, type Answer, type HttpHandler } from '../../shared/http/endpoint.ts';
import { giveCommand, type CommandDependencies } from '../../shared/http/give-command.ts';
import { linkedPhotos } from '../../shared/http/linked-photos.ts';
import { numberOf } from '../../shared/http/open-report.ts';
import { fieldProblem, Problem } from '../../shared/http/problems.ts';
import { problemOf } from '../../shared/http/refusals.ts';
import type { Ledger } from '../../shared/store/ledger.ts';
import { InvalidCursor, type Stored, type Summary } from '../../shared/store/reports.ts';

export type Dependencies = CommandDependencies & { ledger: Ledger; keys: () => Promise<Keys> };

const longestSpanDays = 92;

/** What staff see and do. The gateway has checked who they are; what they may is decided here and in `decide`. */
export function createHandler(deps: Dependencies): HttpHandler {
  const { city, store, ledger } = deps;

  async function openFor(staff: Staff, number: string): Promise<Stored> {
    const stored = await store.load(number);
    if (!stored) throw new Problem('report-not-found');
    if (!maySee(staff, standingOf(stored.report))) throw new Problem('not-permitted');
    return stored;
  }

  async function answer(
    staff: Staff,
    { report, events, private: secret }: Stored,
  ): Promise<{ status: number; body: object }> {
    const view = staffView(report, events, secret.contact, staff, city, deps.now());
    return {
      status: 200,
      body: { ...view, photos: await linkedPhotos(deps.photos, report.photos, report.number) },
    };
  }

  async function list(event: APIGatewayProxyEventV2): Promise<Answer> {
    const staff = staffOf(event);
    const query = readQuery(event, inboxQuery);
    const department = query.department ?? staff.departments[0];
    if (department === undefined) throw fieldProblem('department', 'unknown-department');
    const known = city.departments.find(({ id }) => id === department);
    // What a department held that the city no longer has, an administrator still finds.
    if (!known && staff.role !== 'admin') throw fieldProblem('department', 'unknown-department');
    if (known && !mayReadInbox(staff, known)) throw new Problem('not-permitted');
    const page = await listed(() =>
      store.inbox(department, query.view, { now: deps.now(), cursor: query.cursor }),
    );
    return {
      status: 200,
      body: { department, view: query.view, ...page, items: visible(staff, page.items) },
    };
  }

  /** One person's reports, as far as this member of staff may see them. */
  async function search(event: APIGatewayProxyEventV2): Promise<Answer> {
    const staff = staffOf(event);
    const { phone, cursor } = readBody(event, phoneSearchBody);
    if (staff.role === 'handler') throw new Problem('not-permitted');
    const keys = await deps.keys();
    const page = await listed(() => store.byContact(keys.contactHash(phone), cursor));
    return { status: 200, body: { ...page, items: visible(staff, page.items) } };
  }

  function visible(staff: Staff, items: Summary[]): Summary[] {
    return items.filter(({ department, area }) => maySee(staff, { department, path: pathOf(city, area) }));
  }

  async function listed<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof InvalidCursor) throw new Problem('invalid-cursor');
      throw error;
    }
  }

  /** An overseer reads, of every department that works in a place of theirs, what lies there. */
  function mayReadInbox(staff: Staff, department: { id: string; areas: string[] }): boolean {
    if (staff.role === 'admin' || staff.departments.includes(department.id)) return true;
    if (staff.role === 'handler') return false;
    return department.areas.some((served) =>
      staff.areas.some((own) => pathOf(city, own).includes(served) || pathOf(city, served).includes(own)),
    );
  }

  async function command(event: APIGatewayProxyEventV2): Promise<Answer> {
    const staff = staffOf(event);
    const body = readBody(event, staffCommandBody);
    const opened = await openFor(staff, numberOf(event));
    if (body.type === 'merge') {
      const into = parseNumber(String(body['into']));
      if (into === undefined) throw fieldProblem('into', 'report-not-found');
      body['into'] = into;
      await joinFirst(staff, opened, into, body.version);
    }
    const done = await giveCommand(deps, event, opened, body, staff);
    const { status, body: view } = await answer(staff, done);
    // The one answer with the contact in the clear; that it was given, and why, is in the history.
    return body.type === 'reveal'
      ? { status, body: { ...view, contact: done.private.contact } }
      : { status, body: view };
  }

  /**
   * The report that goes on is told first, once the merging is known to be allowed. Should the second write fail,
   * giving the command again finds the first done already.
   */
  async function joinFirst(
    staff: Staff,
    { report }: Stored,
    into: string,
    expectedVersion: number | undefined,
  ): Promise<void> {
    const target = await openFor(staff, into);
    const now = deps.now();
    const foreseen = decide(report, { type: 'merge', into }, { now, actor: staff, city, expectedVersion });
    if (!foreseen.ok) throw problemOf(foreseen.refusal);
    if (['merged', 'withdrawn', 'rejected'].includes(target.report.state))
      throw new Problem('merge-target-ended');
    const context = { now, actor: { kind: 'system', name: 'merge' } as const, city };
    const { number, duplicates, clocks } = report;
    const clock = clocks.resolve?.stoppedAt === undefined ? clocks.resolve : undefined;
    const join = { type: 'join', number, followers: duplicates, clock } as const;
    const joined = await store.execute(into, join, context);
    if (!joined.ok) throw problemOf(joined.refusal);
  }

  /** One page of what nobody has taken on in the streets this person oversees, oldest first. */
  async function alerts(event: APIGatewayProxyEventV2): Promise<Answer> {
    const staff = staffOf(event);
    if (staff.role === 'handler') throw new Problem('not-permitted');
    const query = readQuery(event, alertsQuery);
    const within = query.area === undefined ? staff.areas : [query.area];
    if (!within.every((area) => mayOversee(staff, area))) throw new Problem('not-permitted');
    const streets = alertAreas(within);
    const [at = 0, inner] = readPlace(query.cursor);
    const street = streets[at];
    if (street === undefined) return { status: 200, body: { items: [] } };
    const page = await listed(() => store.alerts(street, inner));
    const more = page.cursor !== undefined || at + 1 < streets.length;
    const next = page.cursor === undefined ? [at + 1] : [at, page.cursor];
    return {
      status: 200,
      body: {
        items: page.items.filter((item) => pathOf(city, item.area).some((area) => within.includes(area))),
        ...(more && { cursor: Buffer.from(JSON.stringify(next)).toString('base64url') }),
      },
    };
  }

  function mayOversee(staff: Staff, area: string): boolean {
    return staff.role === 'admin' || pathOf(city, area).some((id) => staff.areas.includes(id));
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

  async function stats(event: APIGatewayProxyEventV2): Promise<Answer> {
    const staff = staffOf(event);
    const query = readQuery(event, statsQuery);
    const today = cityDay(deps.now(), city.timeZone);
    const from = query.from ?? today;
    const to = query.to ?? today;
    const days = daysBetween(from, to);
    if (days.length === 0 || days.length > longestSpanDays)
      throw new Problem('invalid-fields', {
        fields: [
          {
            path: 'to',
            code: 'span',
            zh: `起止日期须为 1 至 ${longestSpanDays} 天`,
            en: `From and to must span 1 to ${longestSpanDays} days`,
          },
        ],
      });
    const perDay = await Promise.all(days.map((day) => ledger.figures(query.by, day)));
    const mayRead = (key: string): boolean =>
      (query.key === undefined || key === query.key) &&
      (staff.role !== 'handler' || (query.by === 'department' && staff.departments.includes(key)));
    const rows = new Map<string, Figures>();
    const trend = days.map((day, index) => {
      let total: Figures = {};
      for (const [key, figures] of perDay[index] ?? []) {
        if (!mayRead(key)) continue;
        rows.set(key, sum(rows.get(key) ?? {}, figures));
        total = sum(total, figures);
      }
      return { day, ...shown(total) };
    });
    const hourName = (_: City, hour: string): Words => ({ zh: `${Number(hour)}时`, en: `${hour}:00` });
    const nameOf = { department: departmentName, category: categoryName, area: areaName, hour: hourName }[
      query.by
    ];
    return {
      status: 200,
      body: {
        from,
        to,
        by: query.by,
        figureNames,
        trend,
        rows: [...rows]
          .sort(([a], [b]) => a.localeCompare(b))
          .map(([key, figures]) => ({ key, name: nameOf(city, key), ...shown(figures) })),
      },
    };
  }

  return endpoint({
    'GET /api/desk/me': (event) => {
      const staff = staffOf(event);
      const { username, role, areas } = staff;
      const named = (id: string) => ({ id, name: departmentName(city, id) });
      const body = {
        username,
        role,
        departments: staff.departments.map(named),
        areas: areas.map((id) => ({ id, name: areaName(city, id) })),
        inboxes: city.departments
          .filter((department) => mayReadInbox(staff, department))
          .map(({ id }) => named(id)),
        replyTemplates: city.replyTemplates,
      };
      return Promise.resolve({ status: 200, body });
    },
    'GET /api/desk/reports': list,
    'POST /api/desk/search': search,
    'GET /api/desk/reports/{number}': async (event) => {
      const staff = staffOf(event);
      return answer(staff, await openFor(staff, numberOf(event)));
    },
    'POST /api/desk/reports/{number}/commands': command,
    'GET /api/desk/alerts': alerts,
    'GET /api/desk/stats': stats,
  });
}

/** Counts, rates, and the seconds within which half and nine tenths of the resolutions were settled. */
function shown(figures: Figures) {
  return {
    figures: plainFigures(figures),
    rates: ratesOf(figures),
    seconds: { median: settledWithin(figures, 0.5), p90: settledWithin(figures, 0.9) },
  };
}

/** Where a list of lists goes on: which list, and the cursor within it. */
function readPlace(cursor: string | undefined): [at?: number, inner?: string] {
  if (cursor === undefined) return [];
  try {
    const place = placeSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return place.length === 1 ? [place[0]] : place;
  } catch {
    throw new Problem('invalid-cursor');
  }
}

const placeSchema = z.union([z.tuple([z.int().nonnegative()]), z.tuple([z.int().nonnegative(), z.string()])]);

function daysBetween(from: string, to: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to) && days.length <= longestSpanDays; at += 86_400_000)
    days.push(new Date(at).toISOString().slice(0, 10));
  return days;
}

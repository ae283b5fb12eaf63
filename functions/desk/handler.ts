import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { cityDay } from '../../shared/domain/city-day.ts';
import { figureNames, ratesOf, sum, type Figures } from '../../shared/domain/figures.ts';
import { maySee } from '../../shared/domain/permissions.ts';
import { pathOf } from '../../shared/domain/place.ts';
import { staffView } from '../../shared/domain/views.ts';
import { areaName, categoryName, departmentName } from '../../shared/domain/wording.ts';
import { inboxQuery, staffCommandBody, statsQuery } from '../../shared/http/bodies.ts';
import { staffOf, type Keys, type Staff } from '../../shared/http/credentials.ts';
import { endpoint, readBody, readQuery, type Answer, type HttpHandler } from '../../shared/http/endpoint.ts';
import { giveCommand, type CommandDependencies } from '../../shared/http/give-command.ts';
import { linkedPhotos } from '../../shared/http/linked-photos.ts';
import { numberOf } from '../../shared/http/open-report.ts';
import { fieldProblem, Problem } from '../../shared/http/problems.ts';
import { problemOf } from '../../shared/http/refusals.ts';
import type { Ledger } from '../../shared/store/ledger.ts';
import { InvalidCursor, type Stored } from '../../shared/store/reports.ts';

export type Dependencies = CommandDependencies & { ledger: Ledger; keys: () => Promise<Keys> };

const longestSpanDays = 92;

/** What staff see and do. The gateway has checked who they are; what they may is decided here and in `decide`. */
export function createHandler(deps: Dependencies): HttpHandler {
  const { city, store, ledger } = deps;

  async function openFor(staff: Staff, number: string): Promise<Stored> {
    const stored = await store.load(number);
    if (!stored) throw new Problem('report-not-found');
    const { department, location } = stored.report;
    if (!maySee(staff, { department, path: location.path })) throw new Problem('not-permitted');
    return stored;
  }

  async function answer(staff: Staff, { report, events, private: secret }: Stored): Promise<Answer> {
    const view = staffView(report, events, secret.contact, staff, city);
    return { status: 200, body: { ...view, photos: await linkedPhotos(deps.photos, report) } };
  }

  async function list(event: APIGatewayProxyEventV2): Promise<Answer> {
    const staff = staffOf(event);
    const query = readQuery(event, inboxQuery);
    try {
      if (query.phone !== undefined)
        return { status: 200, body: await byPhone(staff, query.phone, query.cursor) };
      const department = query.department ?? staff.departments[0];
      if (department === undefined) throw fieldProblem('department', 'unknown-department');
      const known = city.departments.find(({ id }) => id === department);
      if (!known) throw fieldProblem('department', 'unknown-department');
      if (!mayReadInbox(staff, known)) throw new Problem('not-permitted');
      const page = await store.inbox(department, query.view, { now: deps.now(), cursor: query.cursor });
      return { status: 200, body: { department, view: query.view, ...page } };
    } catch (error) {
      if (error instanceof InvalidCursor) throw new Problem('invalid-cursor');
      throw error;
    }
  }

  /** Those of one person's reports that this member of staff may see. */
  async function byPhone(staff: Staff, phone: string, cursor: string | undefined): Promise<unknown> {
    if (staff.role === 'handler') throw new Problem('not-permitted');
    const page = await store.byContact((await deps.keys()).contactHash(phone), cursor);
    const visible = page.items.filter((item) =>
      maySee(staff, { department: item.department, path: pathOf(city, item.area) }),
    );
    return { ...page, items: visible };
  }

  /** An overseer reads the inbox of every department that serves a place of theirs. */
  function mayReadInbox(staff: Staff, department: { id: string; areas: string[] }): boolean {
    if (staff.role === 'admin' || staff.departments.includes(department.id)) return true;
    if (staff.role === 'handler') return false;
    return department.areas.some((area) => pathOf(city, area).some((id) => staff.areas.includes(id)));
  }

  async function command(event: APIGatewayProxyEventV2): Promise<Answer> {
    const staff = staffOf(event);
    const body = readBody(event, staffCommandBody);
    const opened = await openFor(staff, numberOf(event));
    if (body.type === 'merge') await joinFirst(staff, opened, String(body['into']));
    return answer(staff, await giveCommand(deps, event, opened, body, staff));
  }

  /**
   * The report that goes on is told first. Should the second write fail, giving the command again finds the first
   * done already.
   */
  async function joinFirst(staff: Staff, { report }: Stored, into: string): Promise<void> {
    const target = await openFor(staff, into);
    if (target.report.number === report.number) throw new Problem('merge-with-itself');
    if (['merged', 'withdrawn', 'rejected'].includes(target.report.state))
      throw new Problem('merge-target-ended');
    const context = { now: deps.now(), actor: { kind: 'system', name: 'merge' } as const, city };
    const joined = await store.execute(into, { type: 'join', number: report.number }, context);
    if (!joined.ok) throw problemOf(joined.refusal);
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
    const rows = new Map<string, Figures>();
    for (const day of perDay) {
      for (const [key, figures] of day) rows.set(key, sum(rows.get(key) ?? {}, figures));
    }
    const visible = [...rows].filter(
      ([key]) => staff.role !== 'handler' || (query.by === 'department' && staff.departments.includes(key)),
    );
    const nameOf = { department: departmentName, category: categoryName, area: areaName }[query.by];
    return {
      status: 200,
      body: {
        from,
        to,
        by: query.by,
        figureNames,
        rows: visible
          .sort(([a], [b]) => a.localeCompare(b))
          .map(([key, figures]) => ({ key, name: nameOf(city, key), figures, rates: ratesOf(figures) })),
      },
    };
  }

  return endpoint({
    'GET /api/desk/me': (event) => {
      const { username, role, departments, areas } = staffOf(event);
      return Promise.resolve({ status: 200, body: { username, role, departments, areas } });
    },
    'GET /api/desk/reports': list,
    'GET /api/desk/reports/{number}': async (event) => {
      const staff = staffOf(event);
      return answer(staff, await openFor(staff, numberOf(event)));
    },
    'POST /api/desk/reports/{number}/commands': command,
    'GET /api/desk/stats': stats,
  });
}

function daysBetween(from: string, to: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to) && days.length <= longestSpanDays; at += 86_400_000)
    days.push(new Date(at).toISOString().slice(0, 10));
  return days;
}

import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { City } from '../../shared/config/city.ts';
import { cityDay } from '../../shared/kernel/clocks/city-day.ts';
import {
  figureNames,
  plainFigures,
  ratesOf,
  resolutionTimePercentile,
  type Figures,
} from '../../shared/records/report/figures.ts';
import { backlogOf, type Backlog } from '../../shared/kernel/backlog.ts';
import { sum, type Counts, type Dimension } from '../../shared/kernel/figures.ts';
import { leagueLimits, leagueOf, ranked } from '../../shared/records/report/league.ts';
import { areaAtLevel, pathOf } from '../../shared/place/place.ts';
import { areaName, categoryName, departmentName, type LocalizedText } from '../../shared/language/wording.ts';
import { askedDepartment } from '../../shared/http/asked-department.ts';
import { countsQuery, leagueQuery, statsQuery, type CountsQuery } from '../../shared/http/bodies.ts';
import { staffOf } from '../../shared/http/credentials.ts';
import type { Answer } from '../../shared/http/answers.ts';
import { endpoint, type HttpHandler } from '../../shared/http/endpoint.ts';
import { readQuery } from '../../shared/http/read-request.ts';
import { Problem } from '../../shared/http/problems.ts';
import type { Figures as FigureStore } from '../../shared/store/figures.ts';

export type Dependencies = { city: City; figures: FigureStore; now: () => string };

const longestSpanDays = 92;
const dayMilliseconds = 86_400_000;

/** Statistics: figures of a span of days, the league, and the backlog. */
export function createHandler(deps: Dependencies): HttpHandler {
  return endpoint({
    'GET /api/desk/stats': (event) => stats(deps, event),
    'GET /api/desk/league': (event) => league(deps, event),
    'GET /api/desk/counts': (event) => counts(deps, event),
  });
}

async function stats(deps: Dependencies, event: APIGatewayProxyEventV2): Promise<Answer> {
  const { city, figures: store } = deps;
  const staff = staffOf(event);
  const query = readQuery(event, statsQuery);
  const days = daysOf(deps, query);
  const mayRead = (key: string): boolean =>
    (query.key === undefined || key === query.key) &&
    (staff.role !== 'handler' || (query.by === 'department' && staff.departments.includes(key)));
  const perDay = (await read(store, query.by, days)).map((rows) => [...rows].filter(([key]) => mayRead(key)));
  const names = { department: departmentName, category: categoryName, area: areaName, hour: hourName };
  const nameOf = names[query.by];
  return {
    status: 200,
    body: {
      ...ends(days),
      by: query.by,
      figureNames,
      trend: days.map((day, index) => ({
        day,
        ...shown((perDay[index] ?? []).reduce<Figures>((total, [, figures]) => sum(total, figures), {})),
      })),
      rows: [...totals(perDay)]
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([key, figures]) => ({ key, name: nameOf(city, key), ...shown(figures) })),
    },
  };
}

/** Departments or areas, ranked by their rates and by the improvement over the previous span of equal length. */
async function league(deps: Dependencies, event: APIGatewayProxyEventV2): Promise<Answer> {
  const { city, figures: store } = deps;
  if (staffOf(event).role === 'handler') throw new Problem('not-permitted');
  const query = readQuery(event, leagueQuery);
  const days = daysOf(deps, query);
  const daysBefore = days.map((day) => dayAfter(day, -days.length));
  const rowOf = (key: string): string | undefined => {
    if (query.by === 'department') return key;
    const area = areaAtLevel(city, pathOf(city, key), query.level);
    return area?.level === query.level ? area.id : undefined;
  };
  const totalsOf = async (span: readonly string[]): Promise<Map<string, Figures>> =>
    totals(
      (await read(store, query.by, span)).map((rows) => [...rows]),
      rowOf,
    );
  const [current, before] = await Promise.all([totalsOf(days), totalsOf(daysBefore)]);
  const entries = [...current].map(([key, now]) => ({ key, now, before: before.get(key) ?? {} }));
  const rows = leagueOf(entries);
  const places = ranked(rows, query.order);
  const named = query.by === 'department' ? departmentName : areaName;
  const rowsOf = <R extends { key: string }>(all: readonly R[]) =>
    all.map((row) => {
      const entry = entries.find(({ key }) => key === row.key);
      const [now, earlier] = [counted(entry?.now ?? {}), counted(entry?.before ?? {})];
      return { ...row, name: named(city, row.key), now, before: earlier };
    });
  return {
    status: 200,
    body: {
      ...ends(days),
      before: ends(daysBefore),
      by: query.by,
      ...(query.by === 'area' && { level: query.level }),
      order: query.order,
      limits: leagueLimits,
      rows: rowsOf(places),
      apart: rowsOf(rows.filter(({ key }) => !places.some((place) => place.key === key))),
    },
  };
}

/** The backlog: one department's, or by row. */
async function counts(deps: Dependencies, event: APIGatewayProxyEventV2): Promise<Answer> {
  const { city } = deps;
  const staff = staffOf(event);
  const { by, department: asked } = readQuery(event, countsQuery);
  const isOne = by === undefined || asked !== undefined || (staff.role === 'handler' && by !== 'department');
  const department = isOne ? askedDepartment(city, staff, asked) : undefined;
  const today = cityDay(deps.now(), city.timeZone);
  const dimension = by === 'area' || by === 'category' ? by : 'department';
  if (dimension !== 'department' && isOne) {
    if (staff.role === 'handler') throw new Problem('not-permitted');
    const zh = '按区域或类别统计时不能限定单位';
    const en = 'Counts by area or category are of all departments';
    throw new Problem('invalid-fields', { fields: [{ path: 'department', code: 'not-with-by', zh, en }] });
  }
  const found = await deps.figures.backlog(dimension, today);
  if (by === undefined) {
    return {
      status: 200,
      body: { department, counts: backlogOf(found.get(department ?? '') ?? {}, 'whole') },
    };
  }
  const own = [...found].filter(
    ([key]) =>
      (department === undefined || key === department) &&
      (staff.role !== 'handler' || staff.departments.includes(key)),
  );
  return {
    status: 200,
    body: {
      by,
      ...(department !== undefined && { department }),
      total: backlogOf(own.map(([, row]) => row).reduce<Counts>(sum, {}), 'whole'),
      rows: backlogRows(city, by, own),
    },
  };
}

function backlogRows(city: City, by: NonNullable<CountsQuery['by']>, found: [string, Counts][]) {
  const rows = (all: Iterable<[string, Backlog]>, nameOf?: (key: string) => LocalizedText) =>
    [...all]
      .filter(([, backlog]) => Object.values(backlog).some((count) => count !== 0))
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([key, backlog]) => ({ key, ...(nameOf && { name: nameOf(key) }), counts: backlog }));
  if (by === 'priority' || by === 'handler')
    return rows(backlogOf(found.map(([, row]) => row).reduce<Counts>(sum, {}), by));
  const names = { department: departmentName, area: areaName, category: categoryName };
  return rows(
    found.map(([key, row]): [string, Backlog] => [key, backlogOf(row, 'whole')]),
    (key) => names[by](city, key),
  );
}

/** The days of a query; today by default. */
function daysOf(
  { city, now }: Dependencies,
  query: { from?: string | undefined; to?: string | undefined },
): string[] {
  const today = cityDay(now(), city.timeZone);
  const { from = today, to = today } = query;
  const days: string[] = [];
  for (let day = from; day <= to && days.length <= longestSpanDays; day = dayAfter(day, 1)) days.push(day);
  if (days.length > 0 && days.length <= longestSpanDays) return days;
  const zh = `起止日期须为 1 至 ${longestSpanDays} 天`;
  const en = `From and to must span 1 to ${longestSpanDays} days`;
  throw new Problem('invalid-fields', { fields: [{ path: 'to', code: 'span', zh, en }] });
}

async function read(
  store: FigureStore,
  by: Dimension,
  days: readonly string[],
): Promise<Map<string, Figures>[]> {
  return Promise.all(days.map((day) => store.day(by, day)));
}

function hourName(_: City, hour: string): LocalizedText {
  return { zh: `${Number(hour)} 时`, en: `${hour}:00` };
}

/** @param rowOf the row that a key counts in; undefined leaves it out. */
function totals(
  perDay: readonly (readonly [string, Figures][])[],
  rowOf: (key: string) => string | undefined = (key) => key,
): Map<string, Figures> {
  const rows = new Map<string, Figures>();
  for (const [key, figures] of perDay.flat()) {
    const row = rowOf(key);
    if (row !== undefined) rows.set(row, sum(rows.get(row) ?? {}, figures));
  }
  return rows;
}

/** Counts, rates, and the median and 90th percentile of the resolution time. */
function shown(figures: Figures) {
  return {
    figures: plainFigures(figures),
    rates: ratesOf(figures),
    seconds: { median: resolutionTimePercentile(figures, 0.5), p90: resolutionTimePercentile(figures, 0.9) },
  };
}

/** The figures that a place in the league is based on. */
function counted(figures: Figures) {
  const { assigned = 0, acknowledgedOnTime = 0, resolved = 0, rated = 0, satisfied = 0 } = figures;
  return { assigned, acknowledgedOnTime, resolved, rated, satisfied, rates: ratesOf(figures) };
}

function ends(days: readonly string[]): { from: string | undefined; to: string | undefined } {
  return { from: days[0], to: days.at(-1) };
}

function dayAfter(day: string, count: number): string {
  return new Date(Date.parse(day) + count * dayMilliseconds).toISOString().slice(0, 10);
}

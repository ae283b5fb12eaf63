import { ref, shallowRef, type ShallowRef } from 'vue';
import { sum } from '../../../shared/kernel/figures.ts';
import { ratesOf, type Figures } from '../../../shared/records/report/figures.ts';
import { addDays } from '../days.ts';
import { boundsOf, type Scope, type Span } from '../filters.ts';
import { failureOf, forEachOf, type NoAnswer } from '../read.ts';
import { readStats, totalOf, type Stats, type StatsDay } from './stats.ts';

/** The figures of a span, and of the one of the same length before it. */
export type BoardFigures = {
  today: string;
  from: string;
  to: string;
  area: Stats;
  department: Stats;
  category: Stats;
  hour: Stats;
  before: { area: Stats; department: Stats };
};

export const figures: ShallowRef<BoardFigures | undefined> = shallowRef();
export const figuresFailure: ShallowRef<NoAnswer['outcome'] | undefined> = shallowRef();
export const isLoadingFigures = ref(false);

/** A span of one day would be a trend of one point. */
const shortestTrendDays = 7;
const readsAtOnce = 4;

/** Answers may come in another order than they were asked for; an older one never replaces a newer. */
let asked = 0;

export async function loadFigures(span: Span): Promise<void> {
  const order = ++asked;
  isLoadingFigures.value = true;
  const failure = await failureOf(async () => {
    const now = await readStats('area');
    const { from, to, before } = boundsOf(span, now.to);
    const [area, department, category, hour, areaBefore, departmentBefore] = await Promise.all([
      from === now.from && to === now.to ? now : readStats('area', { from, to }),
      readStats('department', { from, to }),
      readStats('category', { from, to }),
      readStats('hour', { from, to }),
      readStats('area', before),
      readStats('department', before),
    ]);
    if (order !== asked) return;
    figures.value = {
      today: now.to,
      from,
      to,
      area,
      department,
      category,
      hour,
      before: { area: areaBefore, department: departmentBefore },
    };
  });
  if (order !== asked) return;
  figuresFailure.value = failure;
  isLoadingFigures.value = false;
}

export type Trend = { scope: Scope; days: StatsDay[] };
export const trend: ShallowRef<Trend | undefined> = shallowRef();
export const trendFailure: ShallowRef<NoAnswer['outcome'] | undefined> = shallowRef();
let trendAsked = 0;

/**
 * Day by day figures of what is chosen: one answer for the whole city or a department, one for each place that an
 * area consists of.
 *
 * @param lies says whether an area's row counts.
 */
export async function loadTrend(
  scope: Scope,
  { from, to, area }: BoardFigures,
  lies: (key: string) => boolean,
): Promise<void> {
  const order = ++trendAsked;
  const first = [from, addDays(to, 1 - shortestTrendDays)].sort()[0] ?? from;
  const span = { from: first, to };
  const failure = await failureOf(async () => {
    const days = await daysOf(scope, span, first === from ? area : undefined, lies);
    if (order === trendAsked) trend.value = { scope, days };
  });
  if (order === trendAsked) trendFailure.value = failure;
}

async function daysOf(
  scope: Scope,
  span: { from: string; to: string },
  known: Stats | undefined,
  lies: (key: string) => boolean,
): Promise<StatsDay[]> {
  if (scope.kind === 'department') return (await readStats('department', { ...span, key: scope.id })).trend;
  const city = known ?? (await readStats('area', span));
  if (scope.kind === 'whole') return city.trend;
  const totals = new Map<string, Figures>(city.trend.map(({ day }) => [day, {}]));
  // Places of which nothing was counted add nothing.
  const keys = city.rows.map(({ key }) => key).filter(lies);
  await forEachOf(keys, readsAtOnce, async (key) => {
    const { trend: days } = await readStats('area', { ...span, key });
    for (const { day, figures: of } of days) totals.set(day, sum(totals.get(day) ?? {}, of));
  });
  return [...totals].map(([day, of]) => ({ day, figures: of, rates: ratesOf(of) }));
}

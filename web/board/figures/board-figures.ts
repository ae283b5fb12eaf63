import { ref, shallowRef, type ShallowRef } from 'vue';
import { sum } from '../../../shared/kernel/figures.ts';
import { ratesOf, type Figures } from '../../../shared/records/report/figures.ts';
import { addDays } from '../days.ts';
import { boundsOf, type Scope, type Span } from '../filters.ts';
import { failureOf, forEachOf, type RequestFailure } from '../read.ts';
import { readStats, totalOf, type Stats, type StatsDay } from './stats.ts';

/** The figures of a span and of the preceding span of the same length. */
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
export const figuresFailure: ShallowRef<RequestFailure | undefined> = shallowRef();
export const isLoadingFigures = ref(false);

/** Shorter spans are extended to this for the trend. */
const minTrendDays = 7;
const readsAtOnce = 4;

/** Answers may arrive out of order; an older one must not replace a newer one. */
let lastRequested = 0;

export async function loadFigures(span: Span): Promise<void> {
  const order = ++lastRequested;
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
    if (order !== lastRequested) return;
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
  if (order !== lastRequested) return;
  figuresFailure.value = failure;
  isLoadingFigures.value = false;
}

export type Trend = { scope: Scope; days: StatsDay[] };
export const trend: ShallowRef<Trend | undefined> = shallowRef();
export const trendFailure: ShallowRef<RequestFailure | undefined> = shallowRef();
let lastTrendRequested = 0;

/**
 * Loads daily figures of a scope: one request for the whole city or a department, one for each place within an area.
 *
 * @param isInScope whether an area's row belongs to the scope.
 */
export async function loadTrend(
  scope: Scope,
  { from, to, area }: BoardFigures,
  isInScope: (key: string) => boolean,
): Promise<void> {
  const order = ++lastTrendRequested;
  const first = [from, addDays(to, 1 - minTrendDays)].sort()[0] ?? from;
  const span = { from: first, to };
  const failure = await failureOf(async () => {
    const days = await daysOf(scope, span, first === from ? area : undefined, isInScope);
    if (order === lastTrendRequested) trend.value = { scope, days };
  });
  if (order === lastTrendRequested) trendFailure.value = failure;
}

async function daysOf(
  scope: Scope,
  span: { from: string; to: string },
  known: Stats | undefined,
  isInScope: (key: string) => boolean,
): Promise<StatsDay[]> {
  if (scope.kind === 'department') return (await readStats('department', { ...span, key: scope.id })).trend;
  const city = known ?? (await readStats('area', span));
  if (scope.kind === 'whole') return city.trend;
  const totals = new Map<string, Figures>(city.trend.map(({ day }) => [day, {}]));
  // Only places with figures have rows.
  const keys = city.rows.map(({ key }) => key).filter(isInScope);
  await forEachOf(keys, readsAtOnce, async (key) => {
    const { trend: days } = await readStats('area', { ...span, key });
    for (const { day, figures: of } of days) totals.set(day, sum(totals.get(day) ?? {}, of));
  });
  return [...totals].map(([day, of]) => ({ day, figures: of, rates: ratesOf(of) }));
}

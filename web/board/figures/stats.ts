import type { Dimension } from '../../../shared/kernel/figures.ts';
import type { Figures } from '../../../shared/records/report/figures.ts';
import { sum } from '../../../shared/kernel/figures.ts';
import { ratesOf } from '../../../shared/records/report/figures.ts';
import type { LocalizedText } from '../../../shared/language/wording.ts';
import { mustRead } from '../read.ts';

export type Rates = ReturnType<typeof ratesOf>;
/** The median and 90th percentile of the time to resolve, in seconds. */
export type Seconds = { median?: number; p90?: number };
export type StatsRow = { key: string; name: LocalizedText; figures: Figures; rates: Rates; seconds: Seconds };
export type StatsDay = { day: string; figures: Figures; rates: Rates };
/** The answer of `GET /api/desk/stats`. */
export type Stats = { from: string; to: string; by: Dimension; trend: StatsDay[]; rows: StatsRow[] };

/**
 * Without a span, the figures of today in the city's time zone. With a key, that row alone.
 *
 * @throws RequestError
 */
export function readStats(
  by: Dimension,
  query: { from: string; to: string; key?: string } | undefined = undefined,
): Promise<Stats> {
  return mustRead<Stats>('/api/desk/stats', { by, ...query });
}

/** The sum of the included rows. */
export function totalOf(rows: readonly StatsRow[], includes: (key: string) => boolean = () => true): Figures {
  return rows
    .filter(({ key }) => includes(key))
    .reduce((total: Figures, { figures }) => sum(total, figures), {});
}

import type { Dimension } from '../../../shared/kernel/figures.ts';
import type { Figures } from '../../../shared/records/report/figures.ts';
import { sum } from '../../../shared/kernel/figures.ts';
import { ratesOf } from '../../../shared/records/report/figures.ts';
import type { LocalizedText } from '../../../shared/language/wording.ts';
import { mustRead } from '../read.ts';

export type Rates = ReturnType<typeof ratesOf>;
/** Within how many seconds half and nine tenths of what was resolved was settled. */
export type Seconds = { median?: number; p90?: number };
export type StatsRow = { key: string; name: LocalizedText; figures: Figures; rates: Rates; seconds: Seconds };
export type StatsDay = { day: string; figures: Figures; rates: Rates };
/** What `GET /api/desk/stats` answers. */
export type Stats = { from: string; to: string; by: Dimension; trend: StatsDay[]; rows: StatsRow[] };

/**
 * Without a span, today: the service knows what day it is where the city is. With a key, that row alone.
 *
 * @throws NoAnswer
 */
export function readStats(
  by: Dimension,
  query: { from: string; to: string; key?: string } | undefined = undefined,
): Promise<Stats> {
  return mustRead<Stats>('/api/desk/stats', { by, ...query });
}

/** The sum of those rows that count. */
export function totalOf(rows: readonly StatsRow[], counts: (key: string) => boolean = () => true): Figures {
  return rows
    .filter(({ key }) => counts(key))
    .reduce((total: Figures, { figures }) => sum(total, figures), {});
}

import { ratesOf, type Figures } from './figures.ts';

/** Below these numbers the rates are mostly chance. */
export const leagueLimits = { assigned: 5, rated: 3 };

/** The orders of a league: by the rates, by their improvement, or by both. */
export const leagueOrders = ['both', 'level', 'improvement'] as const;
export type LeagueOrder = (typeof leagueOrders)[number];

export type Entry = { key: string; now: Figures; before: Figures };

export type LeagueRow = {
  key: string;
  assigned: number;
  /** Mean of the rates, 0 to 1; missing below the limits. */
  level?: number;
  /** The increase of the mean over the previous span; missing if that was below the limits. */
  improvement?: number;
  levelPlace?: number;
  improvementPlace?: number;
  /** By the sum of both places. */
  place?: number;
};

/** The rows with a place in an order, the first first; rows below the limits have none. */
export function ranked(rows: readonly LeagueRow[], order: LeagueOrder): (LeagueRow & { shown: number })[] {
  const placeIn = { both: 'place', level: 'levelPlace', improvement: 'improvementPlace' } as const;
  return rows
    .flatMap((row) => {
      const shown = row[placeIn[order]];
      return shown === undefined ? [] : [{ ...row, shown }];
    })
    .sort((a, b) => a.shown - b.shown || a.key.localeCompare(b.key));
}

/**
 * Places by level and by improvement, from 1. Values equal to one decimal share a place. The combined place is by the
 * sum of both; for equal sums by the higher level, then by more assignments; rows equal in all share the place.
 */
export function leagueOf(entries: readonly Entry[]): LeagueRow[] {
  const rows = entries.map(rowOf);
  for (const one of rows) {
    if (one.level !== undefined)
      one.levelPlace = placeOf(
        one.level,
        rows.map(({ level }) => level),
      );
    if (one.improvement !== undefined)
      one.improvementPlace = placeOf(
        one.improvement,
        rows.map(({ improvement }) => improvement),
      );
  }
  // Places among the rows that have both: a department without earlier figures would push others down in one order
  // only.
  const both = rows
    .filter(({ level, improvement }) => level !== undefined && improvement !== undefined)
    .map((row) => ({ row, sum: 0 }));
  for (const one of both) {
    const { level = 0, improvement = 0 } = one.row;
    one.sum =
      placeOf(
        level,
        both.map(({ row }) => row.level),
      ) +
      placeOf(
        improvement,
        both.map(({ row }) => row.improvement),
      );
  }
  const compare = (a: (typeof both)[number], b: (typeof both)[number]): number =>
    a.sum - b.sum || tenths(b.row.level ?? 0) - tenths(a.row.level ?? 0) || b.row.assigned - a.row.assigned;
  for (const one of both) one.row.place = 1 + both.filter((other) => compare(other, one) < 0).length;
  return rows;
}

function rowOf({ key, now, before }: Entry): LeagueRow {
  const assigned = now.assigned ?? 0;
  const [current, past] = [judgedRates(now), judgedRates(before)];
  if (current.length === 0) return { key, assigned };
  const level = mean(current.map(({ rate }) => rate));
  // Only rates that both spans have are compared.
  const pairs = current.flatMap(({ name, rate }) =>
    past.filter((other) => other.name === name).map((other) => rate - other.rate),
  );
  return { key, assigned, level, ...(pairs.length > 0 && { improvement: mean(pairs) }) };
}

function judgedRates(figures: Figures): { name: string; rate: number }[] {
  if ((figures.assigned ?? 0) < leagueLimits.assigned) return [];
  const { responded = 0, resolved = 0, satisfied = 0 } = ratesOf(figures);
  return [
    { name: 'responded', rate: responded },
    { name: 'resolved', rate: resolved },
    ...((figures.rated ?? 0) >= leagueLimits.rated ? [{ name: 'satisfied', rate: satisfied }] : []),
  ];
}

function placeOf(value: number, all: readonly (number | undefined)[]): number {
  return 1 + all.filter((other) => other !== undefined && tenths(other) > tenths(value)).length;
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

/** Shares are shown to one decimal of a percentage, so they are compared as rounded. */
function tenths(share: number): number {
  return Math.round(share * 1000);
}

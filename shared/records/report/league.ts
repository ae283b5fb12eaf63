import { ratesOf, type Figures } from './figures.ts';

/** Fewer than these say more about chance than about a department. */
export const leagueLimits = { assigned: 5, rated: 3 };

/** What a league is ordered by: its rates, how they grew, or both. */
export const leagueOrders = ['both', 'level', 'improvement'] as const;
export type LeagueOrder = (typeof leagueOrders)[number];

export type Entry = { key: string; now: Figures; before: Figures };

export type LeagueRow = {
  key: string;
  assigned: number;
  /** Mean of the rates, 0 to 1; missing where there was too little to judge. */
  level?: number;
  /** By how much the mean grew against the span before; missing where that had too little. */
  improvement?: number;
  levelPlace?: number;
  improvementPlace?: number;
  /** By both places together, each weighing the same. */
  place?: number;
};

/** Whoever has a place in an order, the first first; who has none had too little to judge. */
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
 * Places by level and by improvement, 1 first. What looks equal to one decimal shares a place. The common place is by
 * the sum of both; of equal sums the higher level goes first, then more assignments, and what is then still equal
 * shares the place.
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
  // Places among those that have both: a department without a past would otherwise push others down in one only.
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
  // Only what both spans can be judged by is compared.
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

/** Shares are told to one decimal of a percentage, and what is told alike is treated alike. */
function tenths(share: number): number {
  return Math.round(share * 1000);
}

import type { Area } from '../../../shared/config/city.ts';
import type { Figures } from '../../../shared/records/report/figures.ts';
import type { LeagueOrder, LeagueRow } from '../../../shared/records/report/league.ts';
import type { LocalizedText } from '../../../shared/language/wording.ts';
import { mustRead } from '../read.ts';

type AreaLevel = Area['level'];

type Ranked = LeagueRow & { name: LocalizedText; now: Figures };

/** What `GET /api/desk/league` answers: `shown` is the place in the order that was asked for. */
export type League = {
  from: string;
  to: string;
  before: { from: string; to: string };
  by: 'department' | 'area';
  /** Of areas. */
  level?: AreaLevel;
  order: LeagueOrder;
  /** Fewer than these are not judged. */
  limits: { assigned: number; rated: number };
  rows: (Ranked & { shown: number })[];
  apart: Ranked[];
};

/** Who is compared: departments, or the areas of a level, each with all that lies in it. */
export type LeagueScope = 'department' | AreaLevel;

/** Without an order, the fullest comparison that there is something for. @throws NoAnswer */
export async function readLeague(
  span: { from: string; to: string },
  contestants: LeagueScope,
  order: LeagueOrder | undefined,
): Promise<League> {
  const who = contestants === 'department' ? { by: contestants } : { by: 'area', level: contestants };
  const read = (by: LeagueOrder): Promise<League> =>
    mustRead<League>('/api/desk/league', { from: span.from, to: span.to, ...who, order: by });
  if (order !== undefined) return read(order);
  const league = await read('both');
  return league.rows.length > 0 ? league : read('level');
}

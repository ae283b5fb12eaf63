import type { Area } from '../../../shared/config/city.ts';
import type { Figures } from '../../../shared/records/report/figures.ts';
import type { LeagueOrder, LeagueRow } from '../../../shared/records/report/league.ts';
import type { LocalizedText } from '../../../shared/language/wording.ts';
import { mustRead } from '../read.ts';

type AreaLevel = Area['level'];

type Ranked = LeagueRow & { name: LocalizedText; now: Figures };

/** The answer of `GET /api/desk/league`: `shown` is the place in the requested order, `apart` lists unranked ones. */
export type League = {
  from: string;
  to: string;
  before: { from: string; to: string };
  by: 'department' | 'area';
  /** The areas' level, if areas are compared. */
  level?: AreaLevel;
  order: LeagueOrder;
  /** With fewer reports than these, a department or area is not ranked. */
  limits: { assigned: number; rated: number };
  rows: (Ranked & { shown: number })[];
  apart: Ranked[];
};

/** What is compared: departments, or the areas of a level, each with its descendants. */
export type LeagueScope = 'department' | AreaLevel;

/** Without an order, by both level and improvement, or by level if nothing can be ranked so. @throws RequestError */
export async function readLeague(
  span: { from: string; to: string },
  scope: LeagueScope,
  order: LeagueOrder | undefined,
): Promise<League> {
  const who = scope === 'department' ? { by: scope } : { by: 'area', level: scope };
  const read = (by: LeagueOrder): Promise<League> =>
    mustRead<League>('/api/desk/league', { from: span.from, to: span.to, ...who, order: by });
  if (order !== undefined) return read(order);
  const league = await read('both');
  return league.rows.length > 0 ? league : read('level');
}

import { describe, expect, it } from 'vitest';
import { leagueOf, ranked, type Entry } from '../../shared/records/report/league.ts';

/** Figures of a department with that percentage of its assignments acknowledged in time and resolved. */
function entry(key: string, now: number, before: number, assigned = 100): Entry {
  const figures = (percent: number, of: number) => ({
    assigned: of,
    acknowledgedOnTime: (percent * of) / 100,
    resolved: (percent * of) / 100,
  });
  return { key, now: figures(now, assigned), before: figures(before, 100) };
}

describe('the league', () => {
  it('weighs the three rates equally', () => {
    const now = { assigned: 10, acknowledgedOnTime: 9, resolved: 6, rated: 4, satisfied: 3 };
    const [one] = leagueOf([{ key: 'a', now, before: {} }]);
    expect(one?.level).toBeCloseTo((0.9 + 0.6 + 0.75) / 3);
  });

  it('weighs level and improvement equally', () => {
    // First by level and last by improvement, and the other way round.
    const entries = [entry('steady', 80, 70), entry('risen', 70, 20), entry('best', 90, 95)];
    const rows = leagueOf(entries);
    const keys = (order: 'both' | 'level' | 'improvement') => ranked(rows, order).map(({ key }) => key);
    expect(keys('level')).toEqual(['best', 'steady', 'risen']);
    expect(keys('improvement')).toEqual(['risen', 'steady', 'best']);
    expect(keys('both')).toEqual(['best', 'steady', 'risen']);
  });

  it('shares a place when all is equal', () => {
    const places = leagueOf([entry('a', 50, 40), entry('b', 50, 40), entry('c', 50, 40, 200)]);
    expect(places.map(({ place }) => place)).toEqual([2, 2, 1]);
    expect(ranked(places, 'level').map(({ key, shown }) => [key, shown])).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ]);
  });

  it('ranks only above the limits, and compares only rates of both spans', () => {
    const rows = leagueOf([
      entry('few', 100, 0, 4),
      { ...entry('newcomer', 60, 0), before: { assigned: 4, resolved: 4 } },
      {
        key: 'unrated',
        now: { assigned: 10, acknowledgedOnTime: 10, resolved: 10, rated: 3, satisfied: 0 },
        before: { assigned: 10, acknowledgedOnTime: 5, resolved: 5, rated: 2, satisfied: 2 },
      },
    ]);
    expect(rows[0]).toEqual({ key: 'few', assigned: 4 });
    expect(ranked(rows, 'level').map(({ key }) => key)).toEqual(['unrated', 'newcomer']);
    expect(ranked(rows, 'improvement')).toMatchObject([{ key: 'unrated', improvement: 0.5 }]);
  });
});

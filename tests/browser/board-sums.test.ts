import { describe, expect, it } from 'vitest';
import { timingOf, type Alert } from '../../web/board/alerts/timing.ts';
import { leagueOf, type Entry } from '../../web/board/figures/league.ts';
import { csvLine, csvOfSheet } from '../../web/board/sheets/csv.ts';
import { nastyWords } from './board-reports.ts';

/** Figures of a department with so many of a hundred assignments taken up in time and resolved, all of them equally. */
function entry(key: string, now: number, before: number, assigned = 100): Entry {
  const figures = (percent: number, of: number) => ({
    assigned: of,
    acknowledgedOnTime: (percent * of) / 100,
    resolved: (percent * of) / 100,
  });
  return { key, now: figures(now, assigned), before: figures(before, 100) };
}

describe('the league of departments', () => {
  it('weighs level and improvement equally', () => {
    // First by level and last by improvement, and the other way round: both are surpassed by who is second in both.
    const [steady, risen, best] = leagueOf([
      entry('steady', 80, 70),
      entry('risen', 70, 20),
      entry('best', 90, 95),
    ]);
    expect(steady).toMatchObject({ levelPlace: 2, improvementPlace: 2, place: 2 });
    expect(risen).toMatchObject({ levelPlace: 3, improvementPlace: 1, place: 3 });
    expect(best).toMatchObject({ levelPlace: 1, improvementPlace: 3, place: 1 });
  });

  it('lets the higher level go first, then more assignments, and shares a place when all is equal', () => {
    const places = leagueOf([entry('a', 50, 40), entry('b', 50, 40), entry('c', 50, 40, 200)]);
    expect(places.map(({ place }) => place)).toEqual([2, 2, 1]);
    expect(places.map(({ levelPlace }) => levelPlace)).toEqual([1, 1, 1]);
  });

  it('ranks nobody on too little, and compares only what both periods can tell', () => {
    const [few, newcomer, unrated] = leagueOf([
      entry('few', 100, 0, 4),
      { ...entry('newcomer', 60, 0), before: { assigned: 4, resolved: 4 } },
      {
        key: 'unrated',
        now: { assigned: 10, acknowledgedOnTime: 10, resolved: 10, rated: 3, satisfied: 0 },
        before: { assigned: 10, acknowledgedOnTime: 5, resolved: 5, rated: 2, satisfied: 2 },
      },
    ]);
    expect(few).toEqual({ key: 'few', assigned: 4 });
    expect(newcomer).toMatchObject({ level: 0.6 });
    expect(newcomer).not.toHaveProperty('improvement');
    expect(newcomer).not.toHaveProperty('place');
    expect(unrated?.level).toBeCloseTo(2 / 3);
    expect(unrated?.improvement).toBe(0.5);
    expect(unrated?.place).toBe(1);
  });
});

describe('a CSV', () => {
  it('quotes what needs it, and lets nothing run', () => {
    expect(csvLine(['a', 'b,c', 'd"e', 'f\ng', undefined, 1.5, -2])).toBe(
      'a,"b,c","d""e","f\ng",,1.5,-2\r\n',
    );
    expect(csvLine(['=1', '+1', '-1', '@a', '\t=1', '＝1', 'a=1'])).toBe(
      "'=1,'+1,'-1,'@a,'\t=1,'＝1,a=1\r\n",
    );
    expect(csvLine([nastyWords])).toBe(`"'${nastyWords.replaceAll('"', '""')}"\r\n`);
  });

  it('writes shares as they are shown, and differences as numbers', () => {
    const lines = csvOfSheet({
      columns: [
        { key: 'name', title: '部门', kind: 'text' },
        { key: 'rate', title: '率', kind: 'share' },
        { key: 'change', title: '进步', kind: 'points' },
        { key: 'none', title: '无', kind: 'share' },
      ],
      rows: [{ key: 'a', cells: { name: '甲', rate: 2 / 3, change: -0.0042 } }],
    });
    expect([...lines]).toEqual(['\uFEFF部门,率,进步,无\r\n', '甲,66.7%,-0.4,\r\n']);
  });
});

describe('how late an alert is', () => {
  const now = Date.parse('2025-11-21T12:00:00Z');
  const alert = (of: Alert['alert'], acknowledged: boolean, dueAt?: string): Alert => ({
    number: 'YT-251121-000000',
    state: 'assigned',
    submittedAt: '2025-11-21T08:00:00Z',
    excerpt: '',
    area: 'tinglan-court',
    acknowledged,
    breached: of.kind === 'breach',
    alert: of,
    ...(dueAt !== undefined && { dueAt }),
  });
  const at = '2025-11-21T11:00:30Z';

  it('counts from the due time of the clock that broke, or from when it was noticed', () => {
    const taken = { kind: 'breach', clock: 'acknowledge', at } as const;
    const resolve = { kind: 'breach', clock: 'resolve', at } as const;
    const hour = { kind: 'late', milliseconds: 3_600_000 };
    expect(timingOf(alert(taken, false, '2025-11-21T11:00:00Z'), now)).toEqual(hour);
    expect(timingOf(alert(resolve, true, '2025-11-21T11:00:00Z'), now)).toEqual(hour);
    // Not taken up either: the list tells when that was due.
    const noticed = { kind: 'late', milliseconds: 3_570_000 };
    expect(timingOf(alert(resolve, false, '2025-11-21T09:00:00Z'), now)).toEqual(noticed);
    expect(timingOf(alert({ ...resolve, dueAt: '2025-11-21T11:00:00Z' }, false), now)).toEqual(hour);
    expect(timingOf(alert(taken, true, '2025-11-22T09:00:00Z'), now)).toEqual({ kind: 'done' });
  });

  it('never says that time is left of what is over', () => {
    const justNow = { kind: 'breach', clock: 'resolve', at: '2025-11-21T12:00:00.900Z' } as const;
    expect(timingOf(alert(justNow, false), now)).toEqual({ kind: 'late', milliseconds: 0 });
    const warning = { kind: 'warning', clock: 'resolve', at } as const;
    expect(timingOf(alert(warning, true, '2025-11-21T12:30:00Z'), now)).toEqual({
      kind: 'left',
      milliseconds: 1_800_000,
    });
  });
});

import { describe, expect, it } from 'vitest';
import { timingOf, type Alert } from '../../web/board/alerts/timing.ts';
import { csvLine, csvOfSheet } from '../../web/board/sheets/csv.ts';
import { nastyWords } from './board-reports.ts';

describe('a CSV', () => {
  it('quotes where needed, and escapes formulas', () => {
    expect(csvLine(['a', 'b,c', 'd"e', 'f\ng', undefined, 1.5, -2])).toBe(
      'a,"b,c","d""e","f\ng",,1.5,-2\r\n',
    );
    expect(csvLine(['=1', '+1', '-1', '@a', '\t=1', '＝1', 'a=1'])).toBe(
      "'=1,'+1,'-1,'@a,'\t=1,'＝1,a=1\r\n",
    );
    expect(csvLine([nastyWords])).toBe(`"'${nastyWords.replaceAll('"', '""')}"\r\n`);
  });

  it('writes shares as percentages, and differences as numbers', () => {
    const lines = csvOfSheet({
      columns: [
        { key: 'name', title: '承办单位', kind: 'text' },
        { key: 'rate', title: '率', kind: 'share' },
        { key: 'change', title: '较上期', kind: 'points' },
        { key: 'none', title: '无', kind: 'share' },
      ],
      rows: [{ key: 'a', cells: { name: '甲', rate: 2 / 3, change: -0.0042 } }],
    });
    expect([...lines]).toEqual(['\uFEFF承办单位,率,较上期,无\r\n', '甲,66.7%,-0.4,\r\n']);
  });
});

describe('the timing of an alert', () => {
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

  it('counts from the due time of its clock, or from its own time', () => {
    const taken = { kind: 'breach', clock: 'acknowledge', at } as const;
    const resolve = { kind: 'breach', clock: 'resolve', at } as const;
    const hour = { kind: 'late', milliseconds: 3_600_000 };
    expect(timingOf(alert(taken, false, '2025-11-21T11:00:00Z'), now)).toEqual(hour);
    expect(timingOf(alert(resolve, true, '2025-11-21T11:00:00Z'), now)).toEqual(hour);
    // Not acknowledged either: then `dueAt` is that of acknowledging.
    const noticed = { kind: 'late', milliseconds: 3_570_000 };
    expect(timingOf(alert(resolve, false, '2025-11-21T09:00:00Z'), now)).toEqual(noticed);
    expect(timingOf(alert({ ...resolve, dueAt: '2025-11-21T11:00:00Z' }, false), now)).toEqual(hour);
    expect(timingOf(alert(taken, true, '2025-11-22T09:00:00Z'), now)).toEqual({ kind: 'done' });
  });

  it('never shows time left after a breach', () => {
    const justNow = { kind: 'breach', clock: 'resolve', at: '2025-11-21T12:00:00.900Z' } as const;
    expect(timingOf(alert(justNow, false), now)).toEqual({ kind: 'late', milliseconds: 0 });
    const warning = { kind: 'warning', clock: 'resolve', at } as const;
    expect(timingOf(alert(warning, true, '2025-11-21T12:30:00Z'), now)).toEqual({
      kind: 'left',
      milliseconds: 1_800_000,
    });
  });
});

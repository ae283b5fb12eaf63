import type { FigureName } from '../../shared/records/report/figures.ts';
import {
  addTo,
  totalOf,
  type AllRows,
  type Dimension,
  type Figures,
  type Rows,
  type Totals,
} from './ledger.ts';
import type { CityView } from './answers.ts';
import { table } from './table.ts';

/** Figures of the same day from three sources, to be compared. */
export type Sources = {
  /** The demo's own counts. */
  demo: { rows: AllRows; totals: Totals };
  /** The increase of the product's statistics. */
  stats: AllRows;
  /** Counts from the reports' timelines. */
  reread: { rows: AllRows; totals: Totals };
};

/** The increase of the statistics, without that of other reports. */
export function growth(before: Rows, after: Rows, others: Rows = new Map()): Rows {
  const rows: Rows = new Map();
  for (const [key, figures] of after) addTo(rows, key, figures);
  for (const [key, figures] of before) addTo(rows, key, figures, -1);
  for (const [key, figures] of others) addTo(rows, key, figures, -1);
  return rows;
}

const lines: readonly [FigureName, string][] = [
  ['received', '收到 received'],
  ['routed', '直接派单 routed right away'],
  ['triaged', '待派单 triaged'],
  ['assigned', '派单次数 assignments'],
  ['acknowledged', '签收 acknowledged'],
  ['returned', '退单 returned'],
  ['transferred', '转派 transferred'],
  ['warned', '临期提醒 warned'],
  ['breached', '超时 breached'],
  ['escalated', '提级 escalated'],
  ['suspended', '挂起 suspended'],
  ['extended', '延期 extended'],
  ['supported', '协办 supported'],
  ['resolved', '办结 resolved'],
  ['rated', '评价 rated'],
  ['reopened', '重办 reopened'],
  ['followedUp', '回访 followed up'],
  ['withdrawn', '撤回 withdrawn'],
  ['merged', '合并 merged'],
  ['rejected', '不予办理 declined'],
];

const agree = 'ok';
const disagree = '!!';

export function totalsTable({ demo, stats, reread }: Sources): string[] {
  const counted = totalOf(stats.area);
  const rows = lines.flatMap(([name, title]) => {
    const values = [demo.totals.figures, counted, reread.totals.figures].map((figures) =>
      shown(name, figures),
    );
    const row = [title, ...values, new Set(values).size === 1 ? agree : disagree];
    if (name !== 'breached') return [row];
    const told = (['acknowledge', 'resolve'] as const).map((clock) => {
      const [own, again] = [demo.totals.breaches[clock], reread.totals.breaches[clock]];
      const words = clock === 'acknowledge' ? '  签收超时 acknowledge' : '  办结超时 resolve';
      return [words, String(own), '-', String(again), own === again ? agree : disagree];
    });
    return [row, ...told];
  });
  return table(
    [
      { title: '' },
      { title: '演示账 demo', align: 'right' },
      { title: '统计 stats', align: 'right' },
      { title: '逐单重读 re-read', align: 'right' },
      { title: '' },
    ],
    rows,
  );
}

function shown(name: FigureName, figures: Figures): string {
  const amount = figures[name] ?? 0;
  if (name !== 'rated' || amount === 0) return String(amount);
  return `${amount} (${((figures.scoreSum ?? 0) / amount).toFixed(2)})`;
}

const departmentColumns: readonly [FigureName, string][] = [
  ['triaged', '待派单'],
  ['assigned', '派单'],
  ['acknowledged', '签收'],
  ['returned', '退单'],
  ['transferred', '转派'],
  ['breached', '超时'],
  ['escalated', '提级'],
  ['resolved', '办结'],
  ['rated', '评价'],
  ['reopened', '重办'],
];

/** A line for each department with figures; a cell shows all three values if the sources differ. */
export function departmentsTable({ demo, stats, reread }: Sources, city: CityView): string[] {
  const sources = [demo.rows.department, stats.department, reread.rows.department];
  const busy = city.departments.filter(({ id }) =>
    sources.some((rows) => Object.values(rows.get(id) ?? {}).some((amount) => amount !== 0)),
  );
  const rows = busy.map(({ id, name }) => {
    const cells = departmentColumns.map(([figure]) => {
      const values = sources.map((source) => shown(figure, source.get(id) ?? {}));
      return new Set(values).size === 1 ? (values[0] ?? '') : values.join('/');
    });
    return [
      name.zh,
      ...cells.map((cell) => (cell === '0' ? '-' : cell)),
      cells.some((cell) => cell.includes('/')) ? disagree : agree,
    ];
  });
  return table(
    [
      { title: '承办单位 department' },
      ...departmentColumns.map(([, title]) => ({ title, align: 'right' as const })),
      { title: '' },
    ],
    rows,
  );
}

/** Figures that a timeline does not contain. */
const notInTimeline: readonly FigureName[] = ['acknowledgedOnTime', 'resolvedOnTime', 'secondsToResolve'];

export type Difference = {
  dimension: Dimension;
  key: string;
  figure: string;
  demo: number;
  other: number;
  source: string;
};

/** Every figure in which the demo's counts differ from another source. */
export function differences({ demo, stats, reread }: Sources): Difference[] {
  const found: Difference[] = [];
  const compare = (dimension: Dimension, source: string, others: Rows, skip: readonly string[]): void => {
    const own = demo.rows[dimension];
    for (const key of new Set([...own.keys(), ...others.keys()])) {
      const [a, b] = [own.get(key) ?? {}, others.get(key) ?? {}] as Record<string, number>[];
      for (const figure of new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])) {
        const [mine, theirs] = [a?.[figure] ?? 0, b?.[figure] ?? 0];
        if (mine !== theirs && !skip.includes(figure))
          found.push({ dimension, key, figure, demo: mine, other: theirs, source });
      }
    }
  };
  for (const dimension of ['area', 'department', 'category'] as const) {
    compare(dimension, 'stats', stats[dimension], []);
    compare(dimension, 're-read', reread.rows[dimension], notInTimeline);
  }
  for (const clock of ['acknowledge', 'resolve'] as const) {
    const [mine, theirs] = [demo.totals.breaches[clock], reread.totals.breaches[clock]];
    if (mine !== theirs)
      found.push({
        dimension: 'area',
        key: clock,
        figure: 'breached',
        demo: mine,
        other: theirs,
        source: 're-read',
      });
  }
  return found;
}

import type { Sheet } from '../sheets/sheet.ts';
import type { Option } from './echarts.ts';

/** Vertical columns, horizontal bars (for long names), or lines. */
export type ChartType = 'columns' | 'bars' | 'lines';

/** Colours, with one for each series (`--series-…`), and the font, which a canvas does not inherit. */
export type ChartTheme = {
  font: string;
  ink: string;
  faint: string;
  rule: string;
  card: string;
  series: string[];
};

/** The chart shows only the first bars; the table shows all rows. */
export const maxBars = 12;
const barPixels = 16;

/** Series differ in shape as well as in colour. */
const symbols = ['circle', 'rect', 'triangle'];
const strokes = ['solid', 'dashed', 'dotted'] as const;

/** The columns in the chart: the requested ones, or all but the name. */
export function seriesOf({ columns }: Sheet, only: readonly string[] | undefined): Sheet['columns'] {
  return columns.slice(1).filter(({ key }) => only?.includes(key) ?? true);
}

export function heightOf(sheet: Sheet | undefined, chart: ChartType, series: number): number {
  if (chart !== 'bars') return 260;
  return 48 + Math.min(sheet?.rows.length ?? 8, maxBars) * (series * barPixels + 14);
}

/**
 * The ECharts option for a sheet. Tooltips are drawn on the canvas, because HTML tooltips use inline styles, which the
 * Content-Security-Policy forbids.
 */
export function optionOf(
  sheet: Sheet,
  chart: ChartType,
  only: readonly string[] | undefined,
  theme: ChartTheme,
): Option {
  const series = seriesOf(sheet, only);
  const isShare = series.every(({ kind }) => kind === 'share');
  const [name] = sheet.columns;
  const rows = chart === 'bars' ? sheet.rows.slice(0, maxBars) : sheet.rows;
  const valueOf = (row: Sheet['rows'][number], key: string): number | null => {
    const cell = row.cells[key];
    if (typeof cell !== 'number') return null;
    return isShare ? Math.round(cell * 1000) / 10 : cell;
  };
  const text = { color: theme.faint, fontFamily: theme.font, fontSize: 12 };
  const names = {
    type: 'category' as const,
    data: rows.map(({ cells }) => String(cells[name?.key ?? ''] ?? '').trim()),
    axisLine: { lineStyle: { color: theme.rule } },
    axisTick: { show: false },
    axisLabel: {
      ...text,
      ...(chart === 'bars' && { width: 104, overflow: 'truncate' as const, interval: 0 }),
      hideOverlap: true,
    },
    ...(chart === 'bars' && { inverse: true }),
  };
  const values = {
    type: 'value' as const,
    // On a phone there is room for few labels below horizontal bars.
    ...(isShare ? { max: 100, interval: chart === 'bars' ? 50 : 20 } : { minInterval: 1, splitNumber: 4 }),
    axisLabel: { ...text, formatter: isShare ? '{value}%' : '{value}', hideOverlap: true },
    splitLine: { lineStyle: { color: theme.rule } },
  };
  return {
    animation: false,
    textStyle: { fontFamily: theme.font },
    grid: {
      left: 8,
      right: 16,
      top: 16,
      bottom: 8,
      outerBoundsMode: 'same',
      outerBoundsContain: 'axisLabel',
    },
    tooltip: {
      trigger: 'axis',
      renderMode: 'richText',
      confine: true,
      axisPointer: { type: chart === 'lines' ? 'line' : 'shadow' },
      backgroundColor: theme.card,
      borderColor: theme.rule,
      textStyle: { color: theme.ink, fontSize: 13 },
      valueFormatter: (value) => (typeof value === 'number' ? `${value}${isShare ? '%' : ''}` : '—'),
    },
    xAxis: chart === 'bars' ? values : names,
    yAxis: chart === 'bars' ? names : values,
    series: series.map(({ key, title }, index) => {
      const color = theme.series[index] ?? theme.ink;
      const shared = { name: title, data: rows.map((row) => valueOf(row, key)), itemStyle: { color } };
      return chart === 'lines'
        ? {
            ...shared,
            type: 'line' as const,
            symbol: symbols[index] ?? 'circle',
            symbolSize: 8,
            connectNulls: false,
            lineStyle: { color, width: 2, type: strokes[index] ?? 'solid' },
          }
        : { ...shared, type: 'bar' as const, barMaxWidth: chart === 'bars' ? barPixels : 28, barGap: '10%' };
    }),
  };
}

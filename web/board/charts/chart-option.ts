import type { Sheet } from '../sheets/sheet.ts';
import type { Option } from './echarts.ts';

/** How a sheet is drawn: upright columns, lying bars (for long names), or lines. */
export type Form = 'columns' | 'bars' | 'lines';

/** One colour a series, in the order of the stylesheet's `--series-…`. A canvas inherits no font. */
export type Look = {
  font: string;
  ink: string;
  faint: string;
  rule: string;
  card: string;
  series: string[];
};

/** Lying bars that fit a picture; the table has them all. */
export const maxBars = 12;
const barPixels = 16;

/** So that they differ without their colours, too. */
const symbols = ['circle', 'rect', 'triangle'];
const strokes = ['solid', 'dashed', 'dotted'] as const;

/** The columns that are drawn: all but the name, or those that are asked for. */
export function seriesOf({ columns }: Sheet, only: readonly string[] | undefined): Sheet['columns'] {
  return columns.slice(1).filter(({ key }) => only?.includes(key) ?? true);
}

export function heightOf(sheet: Sheet | undefined, form: Form, series: number): number {
  if (form !== 'bars') return 260;
  return 48 + Math.min(sheet?.rows.length ?? 8, maxBars) * (series * barPixels + 14);
}

/**
 * A sheet as ECharts draws it. Tips are drawn into the picture: as HTML they would bring inline styles, which the
 * pages' policy refuses.
 */
export function optionOf(sheet: Sheet, form: Form, only: readonly string[] | undefined, look: Look): Option {
  const series = seriesOf(sheet, only);
  const isShare = series.every(({ kind }) => kind === 'share');
  const [name] = sheet.columns;
  const rows = form === 'bars' ? sheet.rows.slice(0, maxBars) : sheet.rows;
  const valueOf = (row: Sheet['rows'][number], key: string): number | null => {
    const cell = row.cells[key];
    if (typeof cell !== 'number') return null;
    return isShare ? Math.round(cell * 1000) / 10 : cell;
  };
  const text = { color: look.faint, fontFamily: look.font, fontSize: 12 };
  const names = {
    type: 'category' as const,
    data: rows.map(({ cells }) => String(cells[name?.key ?? ''] ?? '').trim()),
    axisLine: { lineStyle: { color: look.rule } },
    axisTick: { show: false },
    axisLabel: {
      ...text,
      ...(form === 'bars' && { width: 104, overflow: 'truncate' as const, interval: 0 }),
      hideOverlap: true,
    },
    ...(form === 'bars' && { inverse: true }),
  };
  const values = {
    type: 'value' as const,
    // On a phone, lying bars have room for few numbers below them.
    ...(isShare ? { max: 100, interval: form === 'bars' ? 50 : 20 } : { minInterval: 1, splitNumber: 4 }),
    axisLabel: { ...text, formatter: isShare ? '{value}%' : '{value}', hideOverlap: true },
    splitLine: { lineStyle: { color: look.rule } },
  };
  return {
    animation: false,
    textStyle: { fontFamily: look.font },
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
      axisPointer: { type: form === 'lines' ? 'line' : 'shadow' },
      backgroundColor: look.card,
      borderColor: look.rule,
      textStyle: { color: look.ink, fontSize: 13 },
      valueFormatter: (value) => (typeof value === 'number' ? `${value}${isShare ? '%' : ''}` : '—'),
    },
    xAxis: form === 'bars' ? values : names,
    yAxis: form === 'bars' ? names : values,
    series: series.map(({ key, title }, index) => {
      const color = look.series[index] ?? look.ink;
      const shared = { name: title, data: rows.map((row) => valueOf(row, key)), itemStyle: { color } };
      return form === 'lines'
        ? {
            ...shared,
            type: 'line' as const,
            symbol: symbols[index] ?? 'circle',
            symbolSize: 8,
            connectNulls: false,
            lineStyle: { color, width: 2, type: strokes[index] ?? 'solid' },
          }
        : { ...shared, type: 'bar' as const, barMaxWidth: form === 'bars' ? barPixels : 28, barGap: '10%' };
    }),
  };
}

/** Tables for a terminal, in which a Chinese character has the width of two Latin ones. */

export type Column = { title: string; align?: 'left' | 'right' };

/** The width of a text in terminal cells. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += clusterWidth(segment);
  return width;
}

const graphemes = new Intl.Segmenter('zh', { granularity: 'grapheme' });
/** East Asian wide and fullwidth characters, and emoji. */
const wide =
  /^[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{16FE0}-\u{18DFF}\u{1B000}-\u{1B2FF}\u{20000}-\u{3FFFD}]|^\p{Emoji_Presentation}|\uFE0F/u;
const invisible = /^[\p{Cc}\p{Mn}\p{Me}\p{Cf}]+$/u;

function clusterWidth(cluster: string): number {
  if (invisible.test(cluster)) return 0;
  return wide.test(cluster) ? 2 : 1;
}

/** Pads a text with spaces to a width; a wider text is returned unchanged. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'left' ? text + blanks : blanks + text;
}

/** Cuts a text to a width. */
export function cut(text: string, width: number): string {
  let room = width;
  let shown = '';
  for (const { segment } of graphemes.segment(text)) {
    room -= clusterWidth(segment);
    if (room < 0) break;
    shown += segment;
  }
  return shown;
}

/** The lines of a table: titles, a rule, the rows; an empty row becomes a rule. No line ends in spaces. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ title }, at) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[at] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, at) => pad(cells[at] ?? '', widths[at] ?? 0, align))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [
    line(columns.map(({ title }) => title)),
    rule,
    ...rows.map((row) => (row.length === 0 ? rule : line(row))),
  ];
}

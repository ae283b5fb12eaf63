/** Tables for a terminal in which a Chinese character takes the room of two Latin ones. */

export type Column = { title: string; align?: 'left' | 'right' };

/** How many cells of a terminal a text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += clusterWidth(segment);
  return width;
}

const graphemes = new Intl.Segmenter('zh', { granularity: 'grapheme' });
/** East Asian wide and fullwidth, and what is drawn as a picture. */
const wide =
  /^[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{16FE0}-\u{18DFF}\u{1B000}-\u{1B2FF}\u{20000}-\u{3FFFD}]|^\p{Emoji_Presentation}|\uFE0F/u;
const invisible = /^[\p{Cc}\p{Mn}\p{Me}\p{Cf}]+$/u;

function clusterWidth(cluster: string): number {
  if (invisible.test(cluster)) return 0;
  return wide.test(cluster) ? 2 : 1;
}

/** The text with blanks up to a width; one that is wider comes back as it is. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'left' ? text + blanks : blanks + text;
}

/** As much of the text as has room. */
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

/** Lines of a table: titles, a rule, the rows; a row of no cells is a rule. No line ends in blanks. */
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

import { tenths } from './rounding.ts';
import type { Cell, Column, Sheet } from './sheet.ts';

/** Excel needs it to recognise UTF-8. */
const byteOrderMark = '\uFEFF';

/** Spreadsheets treat cells that begin so as formulas, full-width characters included. */
const formulaStart = /^[=+\-@\t\r\n＝＋－＠]/;

/** One line of CSV (RFC 4180). Numbers stay numbers; text is escaped so that it cannot be a formula. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(cell: Cell): string {
  if (cell === undefined) return '';
  if (typeof cell === 'number') return String(cell);
  const safe = formulaStart.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A sheet as CSV, line by line. */
export function* csvOfSheet({ columns, rows }: Sheet): Generator<string> {
  yield byteOrderMark + csvLine(columns.map(({ title }) => title));
  for (const { cells } of rows) yield csvLine(columns.map(({ key, kind }) => csvValue(cells[key], kind)));
}

/** A header and rows as CSV, line by line. */
export async function* csvOfRows(
  header: readonly string[],
  rows: AsyncIterable<readonly Cell[]>,
): AsyncGenerator<string> {
  yield byteOrderMark + csvLine(header);
  for await (const row of rows) yield csvLine(row);
}

/** The value as in the table, but for a program: `83.3%`, and `-0.4` with an ASCII minus sign. */
function csvValue(cell: Cell, kind: Column['kind']): Cell {
  if (typeof cell !== 'number') return cell;
  if (kind === 'share') return `${(tenths(cell) / 10).toFixed(1)}%`;
  if (kind === 'hours') return (cell / 3600).toFixed(1);
  return kind === 'points' ? tenths(cell) / 10 : cell;
}

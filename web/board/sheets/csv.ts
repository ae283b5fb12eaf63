import { tenths } from './rounding.ts';
import type { Cell, Column, Sheet } from './sheet.ts';

/** Excel takes a file for UTF-8 by this. */
const byteOrderMark = '\uFEFF';

/** Spreadsheets run what begins so, the full-width forms too where Chinese is typed. */
const runnable = /^[=+\-@\t\r\n＝＋－＠]/;

/** One line of RFC 4180. Numbers stay numbers; words can run nothing. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(cell: Cell): string {
  if (cell === undefined) return '';
  if (typeof cell === 'number') return String(cell);
  const harmless = runnable.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** A table line by line. */
export function* csvOfSheet({ columns, rows }: Sheet): Generator<string> {
  yield byteOrderMark + csvLine(columns.map(({ title }) => title));
  for (const { cells } of rows) yield csvLine(columns.map(({ key, kind }) => csvValue(cells[key], kind)));
}

/** The header, then whatever rows come. */
export async function* csvOfRows(
  header: readonly string[],
  rows: AsyncIterable<readonly Cell[]>,
): AsyncGenerator<string> {
  yield byteOrderMark + csvLine(header);
  for await (const row of rows) yield csvLine(row);
}

/** As the table shows it, but for a program: `83.3%`, and `-0.4` with the sign of a keyboard. */
function csvValue(cell: Cell, kind: Column['kind']): Cell {
  if (typeof cell !== 'number') return cell;
  if (kind === 'share') return `${(tenths(cell) / 10).toFixed(1)}%`;
  if (kind === 'hours') return (cell / 3600).toFixed(1);
  return kind === 'points' ? tenths(cell) / 10 : cell;
}

/** One table's content: shown as a table, drawn as a picture and written as CSV, so that all three say the same. */
export type Sheet = { columns: Column[]; rows: Row[] };

/** `share` is from 0 to 1, `points` a difference of shares, `hours` a length of time in seconds. */
export type Column = { key: string; title: string; kind: 'text' | 'count' | 'share' | 'points' | 'hours' };

export type Cell = string | number | undefined;

export type Row = {
  key: string;
  cells: Record<string, Cell>;
  /** How deep it stands below other rows. */
  depth?: number;
};

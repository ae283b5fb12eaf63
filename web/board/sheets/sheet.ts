/** The data of one table, shown as a table, as a chart and as CSV. */
export type Sheet = { columns: Column[]; rows: Row[] };

/** `share` is from 0 to 1, `points` a difference of shares, `hours` a duration in seconds. */
export type Column = { key: string; title: string; kind: 'text' | 'count' | 'share' | 'points' | 'hours' };

export type Cell = string | number | undefined;

export type Row = {
  key: string;
  cells: Record<string, Cell>;
  /** The depth below other rows. */
  depth?: number;
};

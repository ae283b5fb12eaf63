import * as z from 'zod';
import { sum, type Counted, type Counts } from './figures.ts';

/**
 * Counts of the open records. Each change of a record subtracts its old entry and adds its new one, so reading the
 * counts costs the same however many records are open.
 */

/** What an open record counts as. Only the city's codes and ids, no text of a person. */
const entrySchema = z.object({
  view: z.enum(['triage', 'open', 'suspended']),
  /** At least one of its clocks is overdue. */
  overdue: z.literal(true).optional(),
  department: z.string(),
  area: z.string(),
  category: z.string().optional(),
  priority: z.string().optional(),
  /** The handler assigned to it by name. */
  handler: z.string().optional(),
});
export type BacklogEntry = z.infer<typeof entrySchema>;

/** How one change of a record changes its entry: no `from` for its first entry, no `to` once it is done. */
export const moveSchema = z.object({ from: entrySchema.optional(), to: entrySchema.optional() });
export type Move = z.infer<typeof moveSchema>;

export const backlogNames = ['triage', 'open', 'overdue', 'suspended'] as const;
export type BacklogName = (typeof backlogNames)[number];
export type Backlog = Record<BacklogName, number>;

/** The dimensions of the counts. Counts by handler and by priority are in the rows of their departments. */
export const backlogDimensions = ['department', 'area', 'category'] as const;
export type BacklogDimension = (typeof backlogDimensions)[number];

/** Prefix that tells the names of backlog counts from those of other figures. */
const mark = '=';
const priorityMark = '!';
const handlerMark = '@';

export function isBacklogName(name: string): boolean {
  return name.startsWith(mark);
}

/** The changes that a move makes to each row: counts of 1 and -1. */
export function backlogCounts({ from, to }: Move): Counted[] {
  const rows: Counted[] = [];
  for (const [entry, by] of [
    [from, -1],
    [to, 1],
  ] as const)
    for (const dimension of entry ? backlogDimensions : []) {
      const key = entry?.[dimension];
      if (entry && key !== undefined) rows.push({ dimension, key, add: countsOf(entry, dimension, by) });
    }
  return rows;
}

function countsOf(entry: BacklogEntry, dimension: BacklogDimension, by: number): Counts {
  const names = [entry.view, ...(entry.overdue ? ['overdue'] : [])];
  const { priority, handler } = dimension === 'department' ? entry : {};
  return Object.fromEntries(
    names.flatMap((name) =>
      [
        `${mark}${name}`,
        ...(priority === undefined ? [] : [`${mark}${name}${priorityMark}${priority}`]),
        ...(handler === undefined ? [] : [`${mark}${name}${handlerMark}${handler}`]),
      ].map((each) => [each, by]),
    ),
  );
}

/** Counts by row, `<dimension>#<key>`, computed from the records themselves; the stored backlog must equal them. */
export type Tally = Record<string, Counts>;

/** Adds a record to a tally. */
export function tally(rows: Tally, entry: BacklogEntry | undefined): void {
  if (!entry) return;
  for (const { dimension, key, add } of backlogCounts({ to: entry })) {
    const row = `${dimension}#${key}`;
    rows[row] = sum(rows[row] ?? {}, add);
  }
}

/** The backlog in a row's counts: the totals, or those of each priority or handler. */
export function backlogOf(counts: Counts, by: 'whole'): Backlog;
export function backlogOf(counts: Counts, by: 'priority' | 'handler'): Map<string, Backlog>;
export function backlogOf(
  counts: Counts,
  by: 'whole' | 'priority' | 'handler',
): Backlog | Map<string, Backlog> {
  const separator = { whole: '', priority: priorityMark, handler: handlerMark }[by];
  const found = new Map<string, Backlog>();
  for (const [name, amount = 0] of Object.entries(counts)) {
    const [, view = '', split = '', key = ''] = /^=([a-z]+)([!@]?)(.*)$/.exec(name) ?? [];
    if (view === '' || split !== separator) continue;
    const row = found.get(key) ?? empty();
    row[view as BacklogName] += amount;
    found.set(key, row);
  }
  return by === 'whole' ? (found.get('') ?? empty()) : found;
}

function empty(): Backlog {
  return { triage: 0, open: 0, overdue: 0, suspended: 0 };
}

import * as z from 'zod';
import { sum, type Counted, type Counts } from './figures.ts';

/**
 * What there is to do, counted as it changes: each change of a record takes away what it counted for and adds what it
 * counts for now, so the counts cost the same however many records are open.
 */

/** What a record that is not done counts for. Codes and names of the city's, nothing that anybody wrote. */
const entrySchema = z.object({
  view: z.enum(['triage', 'open', 'suspended']),
  /** A clock of it has run out. */
  overdue: z.literal(true).optional(),
  department: z.string(),
  area: z.string(),
  category: z.string().optional(),
  priority: z.string().optional(),
  /** The named person who has it in hand. */
  handler: z.string().optional(),
});
export type BacklogEntry = z.infer<typeof entrySchema>;

/** How one change of a record moves it: none before its first place, none after its last. */
export const moveSchema = z.object({ from: entrySchema.optional(), to: entrySchema.optional() });
export type Move = z.infer<typeof moveSchema>;

export const backlogNames = ['triage', 'open', 'overdue', 'suspended'] as const;
export type BacklogName = (typeof backlogNames)[number];
export type Backlog = Record<BacklogName, number>;

/** What the counts are kept by; those of handlers and priorities lie in their departments' rows. */
export const backlogDimensions = ['department', 'area', 'category'] as const;
export type BacklogDimension = (typeof backlogDimensions)[number];

/** Stands before the names of counts of the backlog, among those of figures. */
const mark = '=';
const priorityMark = '!';
const handlerMark = '@';

export function isBacklogName(name: string): boolean {
  return name.startsWith(mark);
}

/** What a move adds to which rows: counts of 1 and -1. */
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

/** Counts by row, `<dimension>#<key>`, from all records themselves: what the backlog has to be. */
export type Tally = Record<string, Counts>;

/** Adds a record to a tally. */
export function tally(rows: Tally, entry: BacklogEntry | undefined): void {
  if (!entry) return;
  for (const { dimension, key, add } of backlogCounts({ to: entry })) {
    const row = `${dimension}#${key}`;
    rows[row] = sum(rows[row] ?? {}, add);
  }
}

/** Of a row's counts, those of all of it, or of one priority or handler each. */
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

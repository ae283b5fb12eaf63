/** The only names of keys, indexes and attributes; the stack builds the tables from them. */

/** What lists by view show of a record, with the version that a command on it names. */
const shown = ['summary', 'submittedAt', 'seen'] as const;

/**
 * One item a record, and beside it, under the same number, what may be many: the sort key tells which. No key changes
 * after this; an index may be added or changed (`npm run ops -- migrate`).
 */
export const recordsTable = {
  hashKey: 'number',
  rangeKey: 'item',
  /** The sort key of the record itself. */
  record: 'record',
  indexes: {
    /** A department's records by view, soonest due first (done: latest first by reading backwards). */
    department: { name: 'department', hashKey: 'departmentView', rangeKey: 'order', include: shown },
    /** The records of one area by view; those of the areas in it have lists of their own. */
    area: { name: 'area', hashKey: 'areaView', rangeKey: 'order', include: shown },
    /** Sparse: what a named person of a department has in hand, by view. */
    handler: { name: 'handler', hashKey: 'handlerView', rangeKey: 'order', include: shown },
    /** Sparse: only records with a running clock. `timerShard` spreads them over `timerShards` partitions. */
    timers: { name: 'timers', hashKey: 'timerShard', rangeKey: 'timerAt', include: undefined },
    /** A person's records, by the keyed hash of the telephone number; rarely read, so it repeats nothing. */
    contact: { name: 'contact', hashKey: 'contactHash', rangeKey: 'submittedAt', include: undefined },
    /** Sparse: open records by where they are, for "is it this one?". */
    nearby: { name: 'nearby', hashKey: 'cell', rangeKey: 'submittedAt', include: ['neighbour'] },
    /** Sparse: open records whose warning or breach nobody has taken on, by street, oldest first. */
    alerts: {
      name: 'alerts',
      hashKey: 'alertArea',
      rangeKey: 'alertAt',
      include: ['summary', 'submittedAt'],
    },
  },
} as const;

/** The lists in which records stand by view, and what each is of. */
export type List =
  | { of: 'department'; department: string }
  | { of: 'area'; area: string }
  | { of: 'handler'; department: string; handler: string };

/** What records are listed by; `overdue` is the part of `open` whose time is up. */
export const inboxViews = ['triage', 'open', 'overdue', 'suspended', 'done'] as const;
export type InboxView = (typeof inboxViews)[number];

export const timerShards = 8;

/** What consumers have done already, and the figures counted from events. */
export const ledgerTable = { hashKey: 'pk', rangeKey: 'sk', timeToLive: 'expiresAt' } as const;

/**
 * Where photos lie in the bucket. Uploads expire in two days unless a report attaches them, which copies them to
 * the originals; those expire too, long after any retry, for they say where and by what device they were taken.
 * What is cleaned stays.
 */
export const photoPrefixes = { uploads: 'uploads/', originals: 'originals/', cleaned: 'photos/' } as const;

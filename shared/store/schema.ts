/** The names of keys, indexes and attributes; the stack builds the tables from them. */

/** The attributes that lists by view project, with the version that a command names. */
const listAttributes = ['summary', 'submittedAt', 'seen'] as const;

/**
 * One item per record, and its related items under the same number: the sort key tells which. The table's keys are
 * final; an index may be added or changed (`npm run ops -- migrate`).
 */
export const recordsTable = {
  hashKey: 'number',
  rangeKey: 'item',
  /** The sort key of the record itself. */
  record: 'record',
  indexes: {
    /** A department's records by view, soonest due first (done: latest first by reading backwards). */
    department: { name: 'department', hashKey: 'departmentView', rangeKey: 'order', include: listAttributes },
    /** The records of one area by view; areas within it have their own lists. */
    area: { name: 'area', hashKey: 'areaView', rangeKey: 'order', include: listAttributes },
    /** Sparse: the records assigned to a handler by name, by view. */
    handler: { name: 'handler', hashKey: 'handlerView', rangeKey: 'order', include: listAttributes },
    /** Sparse: only records with a running clock. `timerShard` spreads them over `timerShards` partitions. */
    timers: { name: 'timers', hashKey: 'timerShard', rangeKey: 'timerAt', include: undefined },
    /** A person's records, by the keyed hash of the telephone number; rarely read, so it projects nothing. */
    contact: { name: 'contact', hashKey: 'contactHash', rangeKey: 'submittedAt', include: undefined },
    /** Sparse: open records by map cell, for finding duplicates. */
    nearby: { name: 'nearby', hashKey: 'cell', rangeKey: 'submittedAt', include: ['neighbour'] },
    /** Sparse: open records with an alert that nobody has taken over, by subdistrict, oldest first. */
    alerts: {
      name: 'alerts',
      hashKey: 'alertArea',
      rangeKey: 'alertAt',
      include: ['summary', 'submittedAt'],
    },
  },
} as const;

/** The lists of records by view, and their keys. */
export type List =
  | { of: 'department'; department: string }
  | { of: 'area'; area: string }
  | { of: 'handler'; department: string; handler: string };

/** The views of a list; `overdue` is the overdue part of `open`. */
export const inboxViews = ['triage', 'open', 'overdue', 'suspended', 'done'] as const;
export type InboxView = (typeof inboxViews)[number];

export const timerShards = 8;

/** Idempotency marks of consumers, rate limit counters, and the figures. */
export const ledgerTable = { hashKey: 'pk', rangeKey: 'sk', timeToLive: 'expiresAt' } as const;

/**
 * The S3 prefixes of photos. Uploads expire in two days unless a report attaches them, which copies them to the
 * originals. Originals expire too, long after any retry, as they contain the place and the device. Cleaned photos
 * stay.
 */
export const photoPrefixes = { uploads: 'uploads/', originals: 'originals/', cleaned: 'photos/' } as const;

/** The only names of keys, indexes and attributes; the stack builds the tables from them. */

/** One item a record. */
export const recordsTable = {
  hashKey: 'number',
  indexes: {
    /** A department's reports by view, soonest due first (done: latest first by reading backwards). */
    inbox: { name: 'inbox', hashKey: 'inbox', rangeKey: 'inboxOrder', include: ['summary', 'version'] },
    /** Sparse: only reports with a running clock. `timerShard` spreads them over `timerShards` partitions. */
    timers: { name: 'timers', hashKey: 'timerShard', rangeKey: 'timerAt', include: undefined },
    /** A person's reports, by the keyed hash of the telephone number. */
    contact: { name: 'contact', hashKey: 'contactHash', rangeKey: 'submittedAt', include: ['summary'] },
    /** Sparse: open reports by where they are, for "is it this one?". */
    nearby: { name: 'nearby', hashKey: 'cell', rangeKey: 'submittedAt', include: ['summary'] },
    /** Sparse: open reports whose warning or breach nobody has taken on, by street, oldest first. */
    alerts: { name: 'alerts', hashKey: 'alertArea', rangeKey: 'alertAt', include: ['summary'] },
  },
} as const;

/** What a department's reports are listed by; `overdue` is the part of `open` whose time is up. */
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

/** The only names of keys, indexes and attributes; the stack builds the tables from them. */

/** One item a report. */
export const reportsTable = {
  hashKey: 'number',
  indexes: {
    /** A department's reports by view, soonest due first (done: latest first by reading backwards). */
    inbox: { name: 'inbox', hashKey: 'inbox', rangeKey: 'inboxOrder', include: ['summary', 'version'] },
    /** Sparse: only reports with a running clock. `timerShard` spreads them over `timerShards` partitions. */
    timers: { name: 'timers', hashKey: 'timerShard', rangeKey: 'timerAt', include: undefined },
    /** A person's reports, by the keyed hash of the telephone number. */
    contact: { name: 'contact', hashKey: 'contactHash', rangeKey: 'submittedAt', include: ['summary'] },
  },
} as const;

export const timerShards = 8;

/** What consumers have done already, and the figures counted from events. */
export const ledgerTable = { hashKey: 'pk', rangeKey: 'sk', timeToLive: 'expiresAt' } as const;

/** Where photos lie in the bucket: fresh uploads expire unless a report attaches them. */
export const photoPrefixes = { uploads: 'uploads/', attached: 'photos/' } as const;

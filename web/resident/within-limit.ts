const maxReports = 100;

/** At most 100 reports, without the oldest that have ended: an open one is never forgotten, however many there are. */
export function withinLimit<Report extends { endedAt?: string }>(newestFirst: readonly Report[]): Report[] {
  let surplus = newestFirst.length - maxReports;
  const oldestFirst = [...newestFirst].reverse();
  return oldestFirst.filter(({ endedAt }) => endedAt === undefined || surplus-- <= 0).reverse();
}

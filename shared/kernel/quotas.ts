/**
 * How long a history may grow: events, and bytes of it as stored. Beyond `ordinary` it takes only what brings the record
 * to its end or keeps it lawful, so that an item stays under DynamoDB's 400 KB.
 */
const limits = {
  ordinary: { events: 400, bytes: 250_000 },
  ending: { events: 500, bytes: 340_000 },
} as const;

export function isFull({ version, weight }: { version: number; weight: number }, ends: boolean): boolean {
  const { events, bytes } = limits[ends ? 'ending' : 'ordinary'];
  return version >= events || weight >= bytes;
}

/**
 * The limits of a history: events, and bytes as stored. Beyond `ordinary` only commands that end the record or are
 * required by law are accepted, so that an item stays under DynamoDB's 400 KB.
 */
const limits = {
  ordinary: { events: 400, bytes: 250_000 },
  ending: { events: 500, bytes: 340_000 },
} as const;

type Size = { version: number; storedBytes: number };

export function isFull({ version, storedBytes }: Size, ends: boolean): boolean {
  const { events, bytes } = limits[ends ? 'ending' : 'ordinary'];
  return version >= events || storedBytes >= bytes;
}

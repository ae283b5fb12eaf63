import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import type { InboxView } from './schema.ts';

/** Cursors: where a page of a list ended; opaque to clients. */

/** A cursor that was not issued here. */
export class InvalidCursor extends Error {}

const cursorSchema = z.record(z.string(), z.string());

export function writeCursor(key: Record<string, AttributeValue>): string {
  return Buffer.from(JSON.stringify(unmarshall(key))).toString('base64url');
}

/** A cursor for several merged inboxes. */
export function writePosition(at: string, view: InboxView): string {
  return Buffer.from(JSON.stringify({ view, at })).toString('base64url');
}

export function readPosition(cursor: string, view: InboxView): string {
  try {
    const { at } = positionSchema
      .refine((position) => position.view === view)
      .parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return at;
  } catch (cause) {
    throw new InvalidCursor('not a cursor of this list', { cause });
  }
}

const positionSchema = z.strictObject({
  view: z.string(),
  at: z
    .string()
    .regex(/^[^#]+#[^#]+$/)
    .max(80),
});

/** @param names the key attributes of the table and of the index that the list is read from. */
export function readCursor(
  cursor: string,
  list: Record<string, string | readonly string[]>,
  names: readonly string[],
): Record<string, AttributeValue> {
  try {
    const key = cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    const ofThisList = Object.entries(list).every(([name, values]) =>
      [values].flat().includes(key[name] ?? ''),
    );
    const whole = Object.keys(key).sort().join() === [...names].sort().join();
    if (!ofThisList || !whole) throw new TypeError('a key of another list');
    return marshall(key);
  } catch (cause) {
    throw new InvalidCursor('not a cursor of this list', { cause });
  }
}

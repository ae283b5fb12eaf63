import type * as z from 'zod';
import { InvalidCursor } from '../store/cursor.ts';
import { Problem } from './problems.ts';

/** Where a walk through several lists goes on; opaque to whoever holds it. */
export function writePlace(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** @throws the problem `invalid-cursor` for what `writePlace` did not write. */
export function readPlace<T>(cursor: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch {
    throw new Problem('invalid-cursor');
  }
}

/** Reads a page of a list; a cursor that is none of it is the asker's mistake. */
export async function listed<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof InvalidCursor) throw new Problem('invalid-cursor');
    throw error;
  }
}

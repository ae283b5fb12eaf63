import * as z from 'zod';
import { id } from './envelope.ts';

/** Contracts that any kind with photos or personal data takes as they are. */

/** A photo as it was attached; its bytes lie in the bucket under `photos/<number>/<id>/`. */
export const photoSchema = z.object({ id, contentType: z.string(), size: z.number().int().positive() });

/** A rectangle of a photo, in shares of its width and height from its upper left corner. */
const share = z.number().min(0).max(1);
export const regionSchema = z.object({ x: share, y: share, width: share.gt(0), height: share.gt(0) });

export const commonEvents = {
  'photos-processed.v1': z.object({
    photos: z.array(
      z.object({
        id,
        status: z.enum(['ready', 'unreadable']),
        width: z.number().int().positive().optional(),
        height: z.number().int().positive().optional(),
        /** Of a blurred rendition: the sequence of the event that asked for it. */
        blurred: z.number().int().positive().optional(),
      }),
    ),
  }),
  /** Parts of a photo are to be blurred for everyone but staff; takes the place of earlier requests. */
  'photo-blurred.v1': z.object({ photo: id, regions: z.array(regionSchema).min(1) }),
  /** From here back, the history has no such data any more; `photos` are those whose bytes are to be deleted. */
  'personal-data-erased.v1': z.object({
    parts: z.array(z.enum(['contact', 'text', 'photos'])).min(1),
    cause: z.enum(['retention', 'request']),
    photos: z.array(id),
  }),
} as const;

import * as z from 'zod';
import { id } from './envelope.ts';

/** Contracts shared by every record kind with photos or personal data. */

/** An attached photo; its files are in the bucket under `photos/<number>/<id>/`. */
export const photoSchema = z.object({ id, contentType: z.string(), size: z.number().int().positive() });

/** A rectangle in a photo, in fractions of its width and height, from the upper left corner. */
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
        /** For a blurred rendition: the sequence of the event that requested it. */
        blurred: z.number().int().positive().optional(),
      }),
    ),
  }),
  /** Regions of a photo to blur for everyone but staff; replaces earlier requests. */
  'photo-blurred.v1': z.object({ photo: id, regions: z.array(regionSchema).min(1) }),
  /** These parts are erased from all earlier events; `photos` are those whose files are to be deleted. */
  'personal-data-erased.v1': z.object({
    parts: z.array(z.enum(['contact', 'text', 'photos'])).min(1),
    cause: z.enum(['retention', 'request']),
    photos: z.array(id),
  }),
} as const;

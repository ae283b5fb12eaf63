import type { S3Client } from '@aws-sdk/client-s3';
import { uploadsBody } from '../../shared/http/bodies.ts';
import { idempotencyKeyOf } from '../../shared/http/credentials.ts';
import { endpoint, readBody, type HttpHandler } from '../../shared/http/endpoint.ts';
import type { Limits } from '../../shared/http/limits.ts';
import { presignUpload } from '../../shared/store/photos.ts';

export type Dependencies = { photos: { client: S3Client; bucket: string }; limits: Limits };

/**
 * Hands out upload forms, one a photo, for the request that carries the same idempotency key. Each is a further right
 * to store a photo and counts as one, in a repeated request too.
 */
export function createHandler({ photos, limits }: Dependencies): HttpHandler {
  return endpoint({
    'POST /api/uploads': async (event) => {
      const idempotencyKey = idempotencyKeyOf(event);
      const wanted = readBody(event, uploadsBody).photos;
      const standing = await limits.standing(event, 'uploads');
      await standing.admit();
      const uploads = await Promise.all(
        wanted.map((photo, position) =>
          presignUpload(photos.client, photos.bucket, { ...photo, idempotencyKey, position }),
        ),
      );
      await standing.count(uploads.length);
      return { status: 201, body: { uploads } };
    },
  });
}

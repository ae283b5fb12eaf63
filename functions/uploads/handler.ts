import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import { uploadsBody } from '../../shared/http/bodies.ts';
import { idempotencyKeyOf, staffOf } from '../../shared/http/credentials.ts';
import type { Answer } from '../../shared/http/answers.ts';
import { endpoint, type HttpHandler } from '../../shared/http/endpoint.ts';
import { readBody } from '../../shared/http/read-request.ts';
import type { Limits, RateLimitState } from '../../shared/http/limits.ts';
import { presignUpload } from '../../shared/store/photos.ts';

export type Dependencies = { photos: { client: S3Client; bucket: string }; limits: Limits };

/**
 * Creates upload forms, one per photo, for the request with the same idempotency key. Each allows one more photo and
 * counts as one, in a repeated request too.
 */
export function createHandler({ photos, limits }: Dependencies): HttpHandler {
  async function createForms(event: APIGatewayProxyEventV2, standing?: RateLimitState): Promise<Answer> {
    const idempotencyKey = idempotencyKeyOf(event);
    const wanted = readBody(event, uploadsBody).photos;
    await standing?.admit();
    const uploads = await Promise.all(
      wanted.map((photo, position) =>
        presignUpload(photos.client, photos.bucket, { ...photo, idempotencyKey, position }),
      ),
    );
    await standing?.count(uploads.length);
    return { status: 201, body: { uploads } };
  }

  return endpoint({
    'POST /api/uploads': async (event) => createForms(event, await limits.standing(event, 'uploads')),
    'POST /api/desk/uploads': (event) => {
      staffOf(event);
      return createForms(event);
    },
  });
}

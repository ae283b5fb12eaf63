import { S3Client } from '@aws-sdk/client-s3';
import { environmentOf } from '../../shared/config/environment.ts';
import { createHandler } from './handler.ts';

const env = environmentOf('uploads');

export const handler = createHandler({
  photos: { client: new S3Client({ forcePathStyle: true }), bucket: env.PHOTO_BUCKET },
});

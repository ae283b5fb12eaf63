import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { KMSClient } from '@aws-sdk/client-kms';
import { environmentOf } from '../../shared/config/environment.ts';
import { loadCity } from '../../shared/config/load-city.ts';
import { ContactOpener } from '../../shared/store/contact-cipher.ts';
import { ReportStore } from '../../shared/store/records.ts';
import { createHandler } from './handler.ts';

const env = environmentOf('desk');

export const handler = createHandler({
  city: loadCity(new URL('./city.json', import.meta.url)),
  store: new ReportStore(new DynamoDBClient({}), env.REPORTS_TABLE),
  photos: { client: new S3Client({ forcePathStyle: true }), bucket: env.PHOTO_BUCKET },
  contacts: new ContactOpener({ client: new KMSClient({}), now: () => Date.now() }),
  now: () => new Date().toISOString(),
});

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { environmentOf } from '../../shared/config/environment.ts';
import { loadCity } from '../../shared/config/load-city.ts';
import { ReportStore } from '../../shared/store/records.ts';
import { createHandler } from './handler.ts';

const env = environmentOf('photos');

export const handler = createHandler({
  city: loadCity(new URL('./city.json', import.meta.url)),
  store: new ReportStore(new DynamoDBClient({}), env.REPORTS_TABLE),
  photos: { client: new S3Client({ forcePathStyle: true }), bucket: env.PHOTO_BUCKET },
  parking: { client: new SQSClient({}), queueUrl: env.PARKING_QUEUE_URL },
  now: () => new Date().toISOString(),
});

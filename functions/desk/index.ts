import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { environmentOf } from '../../shared/config/environment.ts';
import { loadCity } from '../../shared/config/load-city.ts';
import { keysFrom } from '../../shared/http/credentials.ts';
import { Ledger } from '../../shared/store/ledger.ts';
import { ReportStore } from '../../shared/store/reports.ts';
import { createHandler } from './handler.ts';

const env = environmentOf('desk');
const dynamo = new DynamoDBClient({});

export const handler = createHandler({
  city: loadCity(new URL('./city.json', import.meta.url)),
  store: new ReportStore(dynamo, env.REPORTS_TABLE),
  ledger: new Ledger(dynamo, env.LEDGER_TABLE, (attempt) => setTimeout(20 * 2 ** attempt)),
  photos: { client: new S3Client({ forcePathStyle: true }), bucket: env.PHOTO_BUCKET },
  keys: keysFrom(new SecretsManagerClient({}), env.SECRET_ARN),
  now: () => new Date().toISOString(),
});

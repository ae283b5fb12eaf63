import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { environmentOf } from '../../shared/config/environment.ts';
import { loadCity } from '../../shared/config/load-city.ts';
import { ReportStore } from '../../shared/store/records.ts';
import { keysFrom } from '../../shared/http/credentials.ts';
import { limitsFrom } from '../../shared/http/limits-from.ts';
import { createHandler } from './handler.ts';

const env = environmentOf('read');
const city = loadCity(new URL('./city.json', import.meta.url));
const secrets = new SecretsManagerClient({});
const keys = keysFrom(secrets, env.SECRET_ARN);

export const handler = createHandler({
  city,
  store: new ReportStore(new DynamoDBClient({}), env.REPORTS_TABLE),
  photos: { client: new S3Client({ forcePathStyle: true }), bucket: env.PHOTO_BUCKET },
  limits: limitsFrom(env, city, keys, secrets),
  signIn: { issuer: env.ISSUER, clientId: env.USER_POOL_CLIENT_ID },
  now: () => new Date().toISOString(),
});

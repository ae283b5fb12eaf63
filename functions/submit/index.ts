import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { KMSClient } from '@aws-sdk/client-kms';
import { environmentOf } from '../../shared/config/environment.ts';
import { loadCity } from '../../shared/config/load-city.ts';
import { keysFrom } from '../../shared/http/credentials.ts';
import { ContactSealer } from '../../shared/store/contact-cipher.ts';
import { ReportStore } from '../../shared/store/records.ts';
import { limitsFrom } from '../../shared/http/limits-from.ts';
import { createHandler } from './handler.ts';

const env = environmentOf('submit');
const city = loadCity(new URL('./city.json', import.meta.url));
const secrets = new SecretsManagerClient({});
const keys = keysFrom(secrets, env.SECRET_ARN);

const store = new ReportStore(new DynamoDBClient({}), env.REPORTS_TABLE);

export const handler = createHandler({
  city,
  store,
  photos: { client: new S3Client({ forcePathStyle: true }), bucket: env.PHOTO_BUCKET },
  limits: limitsFrom(env, city, keys, secrets, (...asked) => store.countByContact(...asked)),
  keys,
  contacts: new ContactSealer({ client: new KMSClient({}), now: () => Date.now() }, env.CONTACT_KEY_ARN),
  now: () => new Date().toISOString(),
});

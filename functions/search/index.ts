import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { environmentOf } from '../../shared/config/environment.ts';
import { loadCity } from '../../shared/config/load-city.ts';
import { keysFrom } from '../../shared/http/credentials.ts';
import { ReportStore } from '../../shared/store/records.ts';
import { createHandler } from './handler.ts';

const env = environmentOf('search');

export const handler = createHandler({
  city: loadCity(new URL('./city.json', import.meta.url)),
  store: new ReportStore(new DynamoDBClient({}), env.REPORTS_TABLE),
  keys: keysFrom(new SecretsManagerClient({}), env.SECRET_ARN),
});

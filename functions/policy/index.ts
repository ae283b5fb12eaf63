import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { environmentOf } from '../../shared/config/environment.ts';
import { loadCity } from '../../shared/config/load-city.ts';
import { ReportStore } from '../../shared/store/records.ts';
import { createHandler } from './handler.ts';

const env = environmentOf('policy');

export const handler = createHandler({
  city: loadCity(new URL('./city.json', import.meta.url)),
  store: new ReportStore(new DynamoDBClient({}), env.REPORTS_TABLE),
  now: () => new Date().toISOString(),
});

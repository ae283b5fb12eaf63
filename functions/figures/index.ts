import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { environmentOf } from '../../shared/config/environment.ts';
import { loadCity } from '../../shared/config/load-city.ts';
import { Ledger } from '../../shared/store/ledger.ts';
import { createHandler } from './handler.ts';

const env = environmentOf('figures');

export const handler = createHandler({
  city: loadCity(new URL('./city.json', import.meta.url)),
  ledger: new Ledger(new DynamoDBClient({}), env.LEDGER_TABLE, (attempt) => setTimeout(20 * 2 ** attempt)),
  now: () => new Date().toISOString(),
});

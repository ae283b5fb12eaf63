import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { environmentOf } from '../../shared/config/environment.ts';
import { loadCity } from '../../shared/config/load-city.ts';
import { Ledger } from '../../shared/store/ledger.ts';
import { webhookCaller } from '../../shared/webhook/call.ts';
import { createHandler } from './handler.ts';

const env = environmentOf('digest');

export const handler = createHandler({
  city: loadCity(new URL('./city.json', import.meta.url)),
  ledger: new Ledger(new DynamoDBClient({}), env.LEDGER_TABLE, (attempt) => setTimeout(20 * 2 ** attempt)),
  sns: new SNSClient({}),
  topicArn: env.NOTICE_TOPIC_ARN,
  call: webhookCaller(),
  now: () => new Date().toISOString(),
});

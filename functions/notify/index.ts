import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { KMSClient } from '@aws-sdk/client-kms';
import { environmentOf } from '../../shared/config/environment.ts';
import { loadCity } from '../../shared/config/load-city.ts';
import { Ledger } from '../../shared/store/ledger.ts';
import { ContactOpener } from '../../shared/store/contact-cipher.ts';
import { ReportStore } from '../../shared/store/records.ts';
import { createHandler } from './handler.ts';

const env = environmentOf('notify');
const dynamo = new DynamoDBClient({});

export const handler = createHandler({
  city: loadCity(new URL('./city.json', import.meta.url)),
  store: new ReportStore(dynamo, env.REPORTS_TABLE),
  ledger: new Ledger(dynamo, env.LEDGER_TABLE, (attempt) => setTimeout(20 * 2 ** attempt)),
  sns: new SNSClient({}),
  topicArn: env.NOTICE_TOPIC_ARN,
  parking: { client: new SQSClient({}), queueUrl: env.PARKING_QUEUE_URL },
  contacts: new ContactOpener({ client: new KMSClient({}), now: () => Date.now() }),
  now: () => new Date().toISOString(),
});

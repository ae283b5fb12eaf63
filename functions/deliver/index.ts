import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { environmentOf } from '../../shared/config/environment.ts';
import { loadCity } from '../../shared/config/load-city.ts';
import { keysFrom } from '../../shared/http/credentials.ts';
import { webhookCaller } from '../../shared/webhook/call.ts';
import { createHandler } from './handler.ts';

const env = environmentOf('deliver');

export const handler = createHandler({
  city: loadCity(new URL('./city.json', import.meta.url)),
  keys: keysFrom(new SecretsManagerClient({}), env.SECRET_ARN),
  parking: { client: new SQSClient({}), queueUrl: env.PARKING_QUEUE_URL },
  call: webhookCaller(),
  now: () => new Date().toISOString(),
});

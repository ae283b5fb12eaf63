import { SNSClient } from '@aws-sdk/client-sns';
import { environmentOf } from '../../shared/config/environment.ts';
import { createHandler } from './handler.ts';

const env = environmentOf('relay');

export const handler = createHandler({ sns: new SNSClient({}), topicArn: env.EVENT_TOPIC_ARN });

import type { MiddlewareObj } from '@middy/core';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { logWarning } from '../logging/log.ts';

/** Thrown for a message that can never succeed, however often it comes. */
export class Unprocessable extends Error {}

export type Parking = { client: SQSClient; queueUrl: string };

/** A message that can never succeed is moved to the parked queue with its reason, and is then done with. */
export function parkUnprocessable({ client, queueUrl }: Parking): MiddlewareObj<{ record: SQSRecord }> {
  return {
    onError: async ({ event: { record }, error }): Promise<'parked' | undefined> => {
      if (!(error instanceof Unprocessable)) return undefined;
      const reason = error.message;
      const source = record.eventSourceARN.split(':').at(-1) ?? record.eventSourceARN;
      await client.send(
        new SendMessageCommand({
          QueueUrl: queueUrl,
          MessageBody: record.body,
          MessageAttributes: {
            reason: {
              DataType: 'String',
              StringValue: reason.slice(0, 1000).replaceAll(notCarried, '\uFFFD'),
            },
            source: { DataType: 'String', StringValue: source },
          },
        }),
      );
      logWarning('message-parked', { messageId: record.messageId, source, reason });
      countParked(source);
      return 'parked';
    },
  };
}

/** SQS takes the characters of XML 1.0: no lone surrogates, and of the controls only tabs and line ends. */
const notCarried = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** CloudWatch's embedded metric format: a line on standard output becomes a metric. */
function countParked(source: string): void {
  const metric = {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        { Namespace: 'Suishoubao', Dimensions: [['source']], Metrics: [{ Name: 'Parked', Unit: 'Count' }] },
      ],
    },
    source,
    Parked: 1,
  };
  process.stdout.write(`${JSON.stringify(metric)}\n`);
}

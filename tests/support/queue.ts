import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';

/** A batch as passed by Lambda; the message ids are the positions. */
export function batch(...bodies: unknown[]): SQSEvent {
  return {
    Records: bodies.map((body, index): SQSRecord => ({
      messageId: String(index),
      receiptHandle: String(index),
      body: typeof body === 'string' ? body : JSON.stringify(body),
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '0',
        SenderId: 'sns',
        ApproximateFirstReceiveTimestamp: '0',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:test-queue',
      awsRegion: 'us-east-1',
    })),
  };
}

/** The batch as other messages with the same bodies. */
export function again({ Records }: SQSEvent): SQSEvent {
  return { Records: Records.map((record) => ({ ...record, messageId: `${record.messageId} again` })) };
}

/** The same messages of the batch, received again. */
export function redelivered({ Records }: SQSEvent): SQSEvent {
  return {
    Records: Records.map((record) => {
      const times = Number(record.attributes.ApproximateReceiveCount) + 1;
      return { ...record, attributes: { ...record.attributes, ApproximateReceiveCount: String(times) } };
    }),
  };
}

/** A parking queue that records the reasons. */
export function parkingLot() {
  const client = new SQSClient({ region: 'us-east-1' });
  const mock = mockClient(client);
  mock.on(SendMessageCommand).resolves({});
  return {
    mock,
    parking: { client, queueUrl: 'https://queue/parked' },
    reasons: (): (string | undefined)[] =>
      mock
        .commandCalls(SendMessageCommand)
        .map((call) => call.args[0].input.MessageAttributes?.['reason']?.StringValue),
  };
}

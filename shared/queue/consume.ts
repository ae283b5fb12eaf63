import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { envelopeSchema, readEvent } from '../../events/envelope.ts';
import { upcast } from '../kernel/fold.ts';
import type { KindEvent, PublishedKind } from '../kernel/kind.ts';
import { findKind } from '../kernel/number.ts';
import { logFailure } from '../log.ts';

/** Thrown for a message that can never succeed, however often it comes. */
export class Unprocessable extends Error {}

export type QueueHandler = (batch: SQSEvent) => Promise<SQSBatchResponse>;

export type Parking = { client: SQSClient; queueUrl: string };

/**
 * The Lambda handler of an SQS queue that carries the events of some kinds of record (raw SNS delivery). Each message
 * is handled by itself: one that fails comes back alone, one that can never succeed is parked with its reason and then
 * acknowledged. An event of a type or kind this version does not know is passed over.
 */
export function consumer<K extends PublishedKind>(
  kinds: readonly K[],
  parking: Parking,
  handle: (event: KindEvent<K>, kind: K, record: SQSRecord) => Promise<void>,
): QueueHandler {
  const one = async (record: SQSRecord): Promise<string | undefined> => {
    try {
      await processRecord(record);
      return undefined;
    } catch (error) {
      logFailure('message-failed', error, { messageId: record.messageId, source: record.eventSourceARN });
      return record.messageId;
    }
  };
  const processRecord = async (record: SQSRecord): Promise<void> => {
    try {
      const message = readMessage(kinds, parseBody(record.body));
      if (message) await handle(message.event, message.kind, record);
    } catch (error) {
      if (!(error instanceof Unprocessable)) throw error;
      await park(parking, record, error.message);
    }
  };
  return async (batch) => {
    const failed = await Promise.all(batch.Records.map(one));
    return {
      batchItemFailures: failed
        .filter((id) => id !== undefined)
        .map((itemIdentifier) => ({ itemIdentifier })),
    };
  };
}

/** A message of a batch, read. */
export type Message<K extends PublishedKind> = { event: KindEvent<K>; kind: K; record: SQSRecord };

/**
 * As `consumer`, for what is better done with all messages of a batch at once.
 * @param handle answers which of them have failed; none are done where it throws.
 */
export function batchConsumer<K extends PublishedKind>(
  kinds: readonly K[],
  parking: Parking,
  handle: (messages: readonly Message<K>[]) => Promise<ReadonlySet<Message<K>>>,
): QueueHandler {
  return async (batch) => {
    const messages: Message<K>[] = [];
    const failed = new Set<string>();
    const fail = ({ messageId, eventSourceARN }: SQSRecord, error: unknown): void => {
      logFailure('message-failed', error, { messageId, source: eventSourceARN });
      failed.add(messageId);
    };
    for (const record of batch.Records)
      try {
        const message = readMessage(kinds, parseBody(record.body));
        if (message) messages.push({ ...message, record });
      } catch (error) {
        if (error instanceof Unprocessable)
          await park(parking, record, error.message).catch((cause: unknown) => {
            fail(record, cause);
          });
        else fail(record, error);
      }
    try {
      if (messages.length > 0) for (const { record } of await handle(messages)) failed.add(record.messageId);
    } catch (error) {
      for (const { record } of messages) fail(record, error);
    }
    return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

/** Reads an event by the contracts of its kind, as it is understood today; nothing where the kind is not known. */
function readMessage<K extends PublishedKind>(
  kinds: readonly K[],
  body: unknown,
): { kind: K; event: KindEvent<K> } | undefined {
  const envelope = envelopeSchema.safeParse(body);
  if (!envelope.success) throw new Unprocessable(z.prettifyError(envelope.error));
  const kind = findKind(kinds, envelope.data.number);
  if (!kind) return undefined;
  const read = readEvent(upcast(kind, envelope.data), kind.contracts);
  if (read.kind === 'invalid') throw new Unprocessable(read.reason);
  return read.kind === 'event' ? { kind, event: read.event } : undefined;
}

function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new Unprocessable('the message is not JSON', { cause });
  }
}

/** What SQS takes is what XML 1.0 takes: no halves of characters, and of what controls only tabs and line ends. */
const notCarried = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

async function park({ client, queueUrl }: Parking, record: SQSRecord, reason: string): Promise<void> {
  const source = record.eventSourceARN.split(':').at(-1) ?? record.eventSourceARN;
  await client.send(
    new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: record.body,
      MessageAttributes: {
        reason: { DataType: 'String', StringValue: reason.slice(0, 1000).replaceAll(notCarried, '\uFFFD') },
        source: { DataType: 'String', StringValue: source },
      },
    }),
  );
  console.warn({ code: 'message-parked', messageId: record.messageId, source, reason });
  countParked(source);
}

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

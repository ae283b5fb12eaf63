import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { correlationIdIn } from '../../events/envelope.ts';
import type { KindEvent, PublishedKind } from '../kernel/kind.ts';
import { withCorrelationId } from '../logging/correlation.ts';
import { logCalls } from '../logging/log-calls.ts';
import { logFailure } from '../logging/log.ts';
import { parkUnprocessable, type Parking } from './park.ts';
import { parsed, readMessages, type Incoming, type Message, type Outcome } from './read-message.ts';

export { Unprocessable, type Parking } from './park.ts';
export type { Message } from './read-message.ts';

export type QueueHandler = (batch: SQSEvent) => Promise<SQSBatchResponse>;

/**
 * The Lambda handler of an SQS queue that carries the events of some kinds of record (raw SNS delivery). Each message
 * is handled by itself: one that fails returns to the queue alone, one that can never succeed is parked with its reason.
 * An event of a type or kind that this version does not know is skipped.
 */
export function consumer<K extends PublishedKind>(
  kinds: readonly K[],
  parking: Parking,
  handle: (event: KindEvent<K>, kind: K, record: SQSRecord) => Promise<void>,
): QueueHandler {
  const stack = messageStack(kinds, parking, ({ event, kind, record }) => handle(event, kind, record));
  return async ({ Records }) => failuresOf(await Promise.all(Records.map((record) => run(stack, record))));
}

/**
 * As `consumer`, for work that is better done with all messages of a batch at once.
 * @param handle answers which messages have failed. When it throws, all have.
 */
export function batchConsumer<K extends PublishedKind>(
  kinds: readonly K[],
  parking: Parking,
  handle: (messages: readonly Message<K>[]) => Promise<ReadonlySet<Message<K>>>,
): QueueHandler {
  return async ({ Records }) => {
    const gathered = new Map<Message<K>, PromiseWithResolvers<undefined>>();
    // Every message waits here in its stack until the whole batch has been handled.
    const stack = messageStack(kinds, parking, (message) => {
      const outcome = Promise.withResolvers<undefined>();
      gathered.set(message, outcome);
      return outcome.promise;
    });
    // The stack reads a message before its first wait, so all are gathered now.
    const runs = Records.map((record) => run(stack, record));
    const messages = [...gathered.keys()];
    try {
      const failed = messages.length > 0 ? await handle(messages) : new Set();
      for (const [message, outcome] of gathered)
        if (failed.has(message)) outcome.reject(new Error('failed within its batch'));
        else outcome.resolve(undefined);
    } catch (error) {
      for (const outcome of gathered.values()) outcome.reject(error);
    }
    return failuresOf(await Promise.all(runs));
  };
}

/** The stack asks nothing of Lambda's context: without an early time-out, middy does not read it. */
const noContext = {} as Context;

/** Each message goes through this: read, logged, handled, and parked where it can never succeed. */
function messageStack<K extends PublishedKind>(
  kinds: readonly K[],
  parking: Parking,
  handle: (message: Message<K>) => Promise<unknown>,
) {
  return middy<Incoming<K>, Outcome>({ timeoutEarlyInMillis: 0 })
    .use(readMessages(kinds))
    .use(logMessages)
    .use(parkUnprocessable(parking))
    .handler(async ({ message }): Promise<Outcome> => {
      if (message) await handle(message);
      return 'handled';
    });
}

const logMessages = logCalls<Incoming<PublishedKind>, Outcome>({
  started: 'message-received',
  ended: 'message-handled',
  fieldsOf: ({ message }) => ({
    number: message?.event.number,
    ...(message && { events: [message.event.type], messageId: message.record.messageId }),
  }),
});

/** Runs one message through its stack. @returns its id when it has failed. */
async function run<K extends PublishedKind>(
  stack: ReturnType<typeof messageStack<K>>,
  record: SQSRecord,
): Promise<string | undefined> {
  const { messageId, eventSourceARN: source } = record;
  const incoming = { record, body: parsed(record.body) };
  return withCorrelationId(correlationIdIn(incoming.body) ?? messageId, async () => {
    try {
      await stack(incoming, noContext);
      return undefined;
    } catch (error) {
      logFailure('message-failed', error, { messageId, source });
      return messageId;
    }
  });
}

function failuresOf(failed: readonly (string | undefined)[]): SQSBatchResponse {
  return {
    batchItemFailures: failed.filter((id) => id !== undefined).map((itemIdentifier) => ({ itemIdentifier })),
  };
}

import type { MiddlewareObj } from '@middy/core';
import type { SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { envelopeSchema, readEvent } from '../../events/envelope.ts';
import { upcast } from '../kernel/fold.ts';
import type { KindEvent, PublishedKind } from '../kernel/kind.ts';
import { findKind } from '../kernel/number.ts';
import { logInfo } from '../logging/log.ts';
import { Unprocessable } from './park.ts';

/** A message of a queue with the event that it carries (raw SNS delivery). */
export type Message<K extends PublishedKind> = { event: KindEvent<K>; kind: K; record: SQSRecord };

/** A message on its way through the stack. `message` is there once it has been read. */
export type Incoming<K extends PublishedKind> = {
  record: SQSRecord;
  /** Its JSON; undefined when it is not JSON. */
  body: unknown;
  message?: Message<K>;
};

/** How a message ends that does not fail. */
export type Outcome = 'handled' | 'skipped' | 'parked';

/**
 * Reads a message's event by the contracts of its kind, upcast to the current versions. A type or kind that this version
 * does not know ends the message.
 * @throws Unprocessable when it is no event.
 */
export function readMessages<K extends PublishedKind>(
  kinds: readonly K[],
): MiddlewareObj<Incoming<K>, Outcome> {
  return {
    before: ({ event: incoming }): Outcome | undefined => {
      const { record, body } = incoming;
      const read = readBody(kinds, body);
      if (read) {
        incoming.message = { ...read, record };
        return undefined;
      }
      logInfo('message-skipped', { messageId: record.messageId });
      return 'skipped';
    },
  };
}

function readBody<K extends PublishedKind>(
  kinds: readonly K[],
  body: unknown,
): { kind: K; event: KindEvent<K> } | undefined {
  if (body === undefined) throw new Unprocessable('the message is not JSON');
  const envelope = envelopeSchema.safeParse(body);
  if (!envelope.success) throw new Unprocessable(z.prettifyError(envelope.error));
  const kind = findKind(kinds, envelope.data.number);
  if (!kind) return undefined;
  const read = readEvent(upcast(kind, envelope.data), kind.contracts);
  if (read.kind === 'invalid') throw new Unprocessable(read.reason);
  return read.kind === 'event' ? { kind, event: read.event } : undefined;
}

/** The JSON of a message; undefined when it is none. */
export function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

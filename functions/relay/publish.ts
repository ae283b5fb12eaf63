import { PublishBatchCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { AnyEvent } from '../../events/envelope.ts';
import { batches } from '../../shared/batches.ts';
import { hasFollowUps, isVisible, photosOf } from '../../shared/kernel/fold.ts';
import type { PublishedKind } from '../../shared/kernel/kind.ts';

/** The topic that events are published to. */
export type EventTopic = { sns: SNSClient; topicArn: string };
/** Events of one record, in order; `move` says how they move the record in the backlog, for the figures. */
export type Publication = { kind: PublishedKind; events: readonly AnyEvent[]; move?: string | undefined };

/** The limits of an SNS batch. */
const batchLimits = { items: 10, bytes: 250_000 };

/** @throws when one could not be published; those after it were not, or not in order. */
export async function publish(
  { sns, topicArn }: EventTopic,
  { kind, events, move }: Publication,
): Promise<void> {
  const last = events.at(-1);
  for (const batch of batches(events, bytesOf, batchLimits)) {
    const { Failed } = await sns.send(
      new PublishBatchCommand({
        TopicArn: topicArn,
        PublishBatchRequestEntries: batch.map((event) =>
          entryOf(kind, event, event === last ? move : undefined),
        ),
      }),
    );
    const failure = Failed?.[0];
    if (failure) throw new Error(`${failure.Id}: ${failure.Code} ${failure.Message ?? ''}`);
  }
}

const bytesOf = (event: AnyEvent): number => Buffer.byteLength(JSON.stringify(event));

/**
 * Subscribers filter on these attributes; `photos`: some have to be processed; `joint`: the event has follow-ups.
 * `backlog` is for the figures.
 */
function entryOf(kind: PublishedKind, event: AnyEvent, backlog: string | undefined) {
  const { department } = event.data;
  const attributes: Record<string, string> = {
    type: event.type,
    kind: kind.name,
    ...(isVisible(kind, 'webhook', event) && typeof department === 'string' && { department }),
    ...(photosOf(kind, event).length > 0 && { photos: 'yes' }),
    ...(hasFollowUps(kind, event) && { joint: 'yes' }),
    ...(backlog !== undefined && { backlog }),
  };
  return {
    Id: String(event.sequence),
    Message: JSON.stringify(event),
    MessageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
    ),
  };
}

import { PublishBatchCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { AnyEvent } from '../../events/envelope.ts';
import type { Move } from '../../shared/kernel/backlog.ts';
import { batches } from '../../shared/batches.ts';
import { hasFollowUps, isVisible, photosOf } from '../../shared/kernel/fold.ts';
import type { PublishedKind } from '../../shared/kernel/kind.ts';
import { kindOf } from '../../shared/kernel/number.ts';
import { logFailure } from '../../shared/log.ts';
import { isFormerRecord, isMoved } from '../../shared/store/former-table.ts';
import { addedEvents, backlogEntryOf, fromStreamImage, type Item } from '../../shared/store/item.ts';
import { recordsTable } from '../../shared/store/schema.ts';

export type Dependencies = {
  kinds: readonly PublishedKind[];
  sns: SNSClient;
  topicArn: string;
  /** Whether what comes changes nothing: it is told again. */
  isRepeated?: boolean;
};
type Added = { kind: PublishedKind; events: AnyEvent[]; move: string | undefined };

/** SNS takes so much at a time. */
const batchLimits = { items: 10, bytes: 250_000 };

/**
 * Publishes every event that a new version of a report brought, in order. When one cannot be published the
 * stream comes back to that record, so nothing after it overtakes it.
 */
export function createHandler({ kinds, sns, topicArn, isRepeated = false }: Dependencies) {
  return async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    for (const record of Records) {
      try {
        const added = addedBy(kinds, record);
        if (added) await publish(added);
      } catch (error) {
        logFailure('relay-failed', error, { number: record.dynamodb?.Keys?.['number']?.S });
        // Everything from the first failure on is delivered again.
        return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? '' }] };
      }
    }
    return { batchItemFailures: [] };
  };

  async function publish({ kind, events, move }: Added): Promise<void> {
    const last = events.at(-1);
    for (const batch of batches(events, bytesOf, batchLimits)) {
      const { Failed } = await sns.send(
        new PublishBatchCommand({
          TopicArn: topicArn,
          PublishBatchRequestEntries: batch.map((event) =>
            entryOf(kind, event, event === last && !isRepeated ? move : undefined),
          ),
        }),
      );
      const failure = Failed?.[0];
      if (failure) throw new Error(`${failure.Id}: ${failure.Code} ${failure.Message ?? ''}`);
    }
  }
}

/** The events that a record's new version brought. What lies beside a record in the table has none. */
function addedBy(
  kinds: readonly PublishedKind[],
  { eventName, dynamodb }: DynamoDBRecord,
): Added | undefined {
  const { NewImage, OldImage } = dynamodb ?? {};
  if (eventName === 'REMOVE' || !NewImage || (eventName === 'INSERT' && isMoved(NewImage))) return undefined;
  const isFormer = isFormerRecord(NewImage);
  if (!isFormer && NewImage[recordsTable.rangeKey]?.S !== recordsTable.record) return undefined;
  const kind = kindOf(kinds, NewImage['number']?.S ?? '');
  const before = OldImage && fromStreamImage(OldImage);
  const after = fromStreamImage(NewImage);
  // What a former table's records count for is in no attribute of theirs; they are counted when all have been moved.
  const move = isFormer ? undefined : moveText(before, after);
  return { kind, events: addedEvents(kind, before, after), move };
}

/** How the change moves the record in the backlog, if it does. */
function moveText(before: Item | undefined, after: Item): string | undefined {
  const move: Move = { from: backlogEntryOf(before), to: backlogEntryOf(after) };
  return JSON.stringify(move.from) === JSON.stringify(move.to) ? undefined : JSON.stringify(move);
}

const bytesOf = (event: AnyEvent): number => Buffer.byteLength(JSON.stringify(event));

/**
 * Subscribers filter on these attributes; `photos` says that there are some to look at, `joint` that other records
 * follow. `backlog` is for the figures.
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

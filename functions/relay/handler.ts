import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { Move } from '../../shared/kernel/backlog.ts';
import type { PublishedKind } from '../../shared/kernel/kind.ts';
import { kindOf } from '../../shared/kernel/number.ts';
import { currentCorrelationId, withCorrelationId } from '../../shared/logging/correlation.ts';
import { logFailure, logInfo } from '../../shared/logging/log.ts';
import { isFormerRecord, isMoved } from '../../shared/store/former-table.ts';
import {
  addedEvents,
  backlogEntryOf,
  fromStreamImage,
  numberOf,
  type Item,
} from '../../shared/store/item.ts';
import { recordsTable } from '../../shared/store/schema.ts';
import { publish, type EventTopic, type Publication } from './publish.ts';

export type Dependencies = EventTopic & { kinds: readonly PublishedKind[] };

/**
 * Publishes every event of a record's new version, in order. After a failure the stream delivers that record again, so
 * no later event overtakes it.
 */
export function createHandler({ kinds, ...topic }: Dependencies) {
  return async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    for (const record of Records) {
      const isPublished = await withCorrelationId(correlationIdOf(record), () => relay(record));
      if (!isPublished)
        return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? '' }] };
    }
    return { batchItemFailures: [] };
  };

  async function relay(record: DynamoDBRecord): Promise<boolean> {
    const number = numberOf((record.dynamodb?.Keys ?? {}) as Item);
    try {
      const added = addedBy(kinds, record);
      if (!added || added.events.length === 0) return true;
      const about = { number, events: added.events.map(({ type }) => type) };
      logInfo('change-received', about);
      await publish(topic, added);
      logInfo('change-published', about);
      return true;
    } catch (error) {
      logFailure('relay-failed', error, { number });
      return false;
    }
  }
}

/** That of the write. A write outside any request, such as an operator's, gets the id of its stream record. */
function correlationIdOf({ dynamodb, eventID }: DynamoDBRecord): string | undefined {
  return dynamodb?.NewImage?.['correlationId']?.S ?? eventID;
}

/** The events of a record's new version. Related items have none. */
function addedBy(
  kinds: readonly PublishedKind[],
  { eventName, dynamodb }: DynamoDBRecord,
): Publication | undefined {
  const { NewImage, OldImage } = dynamodb ?? {};
  if (eventName === 'REMOVE' || !NewImage || (eventName === 'INSERT' && isMoved(NewImage))) return undefined;
  const isFormer = isFormerRecord(NewImage);
  if (!isFormer && NewImage[recordsTable.rangeKey]?.S !== recordsTable.record) return undefined;
  const kind = kindOf(kinds, NewImage[recordsTable.hashKey]?.S ?? '');
  const before = OldImage && fromStreamImage(OldImage);
  const after = fromStreamImage(NewImage);
  // Records of the former table have no backlog attribute; they are counted once all have been moved.
  const move = isFormer ? undefined : moveText(before, after);
  const correlationId = currentCorrelationId();
  const events = addedEvents(kind, before, after).map((event) => ({ ...event, correlationId }));
  return { kind, events, move };
}

/** The record's move in the backlog, if any. */
function moveText(before: Item | undefined, after: Item): string | undefined {
  const move: Move = { from: backlogEntryOf(before), to: backlogEntryOf(after) };
  return JSON.stringify(move.from) === JSON.stringify(move.to) ? undefined : JSON.stringify(move);
}

import { PublishBatchCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { ReportEvent } from '../../events/report.ts';
import { isJointWork } from '../../shared/records/report/follow-ups.ts';
import { photoWork } from '../../shared/records/report/photo-work.ts';
import { logFailure } from '../../shared/log.ts';
import { addedEvents } from '../../shared/store/records.ts';

export type Dependencies = { sns: SNSClient; topicArn: string };

/** SNS takes ten messages, or 256 KB, at a time. */
const batchSize = 10;
const batchBytes = 250_000;

/**
 * Publishes every event that a new version of a report brought, in order. When one cannot be published the
 * stream comes back to that record, so nothing after it overtakes it.
 */
export function createHandler({ sns, topicArn }: Dependencies) {
  return async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    for (const record of Records) {
      try {
        await publish(eventsOf(record));
      } catch (error) {
        logFailure('relay-failed', error, { number: record.dynamodb?.Keys?.['number']?.S });
        // Everything from the first failure on is delivered again.
        return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? '' }] };
      }
    }
    return { batchItemFailures: [] };
  };

  async function publish(events: ReportEvent[]): Promise<void> {
    for (const batch of batches(events)) {
      const { Failed } = await sns.send(
        new PublishBatchCommand({ TopicArn: topicArn, PublishBatchRequestEntries: batch.map(entryOf) }),
      );
      const failure = Failed?.[0];
      if (failure) throw new Error(`${failure.Id}: ${failure.Code} ${failure.Message ?? ''}`);
    }
  }
}

function eventsOf({ eventName, dynamodb }: DynamoDBRecord): ReportEvent[] {
  if (eventName === 'REMOVE' || !dynamodb?.NewImage) return [];
  // The stream's and the SDK's attribute values are the same, but for binary types that no report has.
  return addedEvents(
    dynamodb.OldImage as Record<string, AttributeValue> | undefined,
    dynamodb.NewImage as Record<string, AttributeValue>,
  );
}

function batches(events: ReportEvent[]): ReportEvent[][] {
  const all: ReportEvent[][] = [];
  let bytes = 0;
  for (const event of events) {
    const size = Buffer.byteLength(JSON.stringify(event));
    const last = all.at(-1);
    if (last && last.length < batchSize && bytes + size <= batchBytes) {
      last.push(event);
      bytes += size;
    } else {
      all.push([event]);
      bytes = size;
    }
  }
  return all;
}

/** Subscribers filter on these attributes; `photos` says that there are some to look at, `joint` that parts move. */
function entryOf(event: ReportEvent) {
  const attributes: Record<string, string> = { type: event.type };
  if (event.type === 'report-assigned.v1') attributes['department'] = event.data.department;
  if (photoWork(event).length > 0) attributes['photos'] = 'yes';
  if (isJointWork(event)) attributes['joint'] = 'yes';
  return {
    Id: String(event.sequence),
    Message: JSON.stringify(event),
    MessageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
    ),
  };
}

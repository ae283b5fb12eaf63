import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  ResourceNotFoundException,
  TrimmedDataAccessException,
  type GetRecordsCommandOutput,
} from '@aws-sdk/client-dynamodb-streams';
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { publish } from '../../functions/relay/publish.ts';
import { kindOf } from '../../shared/kernel/number.ts';
import { kinds } from '../../shared/records/kinds.ts';
import { addedEvents, keyOf, type Item } from '../../shared/store/item.ts';
import { recordsTable } from '../../shared/store/schema.ts';
import type { Connection } from './connection.ts';
import { OpsRefused } from './refused.ts';

/** Lambda's failure message about a batch of stream records that it has stopped retrying. */
const failureMessage = z.object({
  DDBStreamBatchInfo: z.object({
    streamArn: z.string(),
    shardId: z.string(),
    startSequenceNumber: z.string(),
    endSequenceNumber: z.string(),
  }),
});

/** A stream may return empty pages before further records, but not this many in a row. */
const maxEmptyAnswers = 50;

/**
 * The numbers of the reports in a failed batch of stream records; undefined when the records have expired (24 hours).
 * @param body Lambda's failure message.
 */
export async function numbersIn(
  { dynamodbStreams }: Connection,
  body: string,
): Promise<string[] | undefined> {
  const batch = failureMessage.parse(JSON.parse(body)).DDBStreamBatchInfo;
  const numbers = new Set<string>();
  const last = BigInt(batch.endSequenceNumber);
  try {
    let { ShardIterator: iterator } = await dynamodbStreams.send(
      new GetShardIteratorCommand({
        StreamArn: batch.streamArn,
        ShardId: batch.shardId,
        ShardIteratorType: 'AT_SEQUENCE_NUMBER',
        SequenceNumber: batch.startSequenceNumber,
      }),
    );
    for (let empty = 0; iterator !== undefined && empty < maxEmptyAnswers;) {
      const answer: GetRecordsCommandOutput = await dynamodbStreams.send(
        new GetRecordsCommand({ ShardIterator: iterator }),
      );
      for (const { dynamodb } of answer.Records ?? []) {
        const at = BigInt(dynamodb?.SequenceNumber ?? 0);
        const number = dynamodb?.Keys?.[recordsTable.hashKey]?.S;
        if (at <= last && number !== undefined) numbers.add(number);
        if (at >= last) return [...numbers];
      }
      empty = answer.Records?.length ? 0 : empty + 1;
      iterator = answer.NextShardIterator;
    }
    return undefined;
  } catch (error) {
    if (error instanceof TrimmedDataAccessException || error instanceof ResourceNotFoundException)
      return undefined;
    throw error;
  }
}

/**
 * Publishes all events of reports again, in order. Every consumer recognizes what it has handled before. Answers the
 * numbers of which there is no report.
 */
export async function republish(connection: Connection, numbers: readonly string[]): Promise<string[]> {
  const topic = { sns: connection.sns, topicArn: connection.output('EventTopicArn') };
  const missing: string[] = [];
  for (const number of numbers) {
    const item = await itemOf(connection, number);
    if (!item) {
      missing.push(number);
      continue;
    }
    const kind = kindOf(kinds, number);
    const correlationId = randomUUID();
    const events = addedEvents(kind, undefined, item).map((event) => ({ ...event, correlationId }));
    try {
      await publish(topic, { kind, events });
    } catch (cause) {
      throw new OpsRefused(`${number} 未能重新发布：${String(cause)}`, `${number} could not be published.`, {
        cause,
      });
    }
    console.log(`${number} 已重新发布 published again: correlationId ${correlationId}`);
  }
  return missing;
}

/** The item of a report, if there is one. */
export async function itemOf({ dynamodb, output }: Connection, number: string): Promise<Item | undefined> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: output('RecordsTableName'), Key: keyOf(number), ConsistentRead: true }),
  );
  return Item;
}

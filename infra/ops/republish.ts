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

/** What Lambda says of a stretch of a stream that it has given up. */
const givenUp = z.object({
  DDBStreamBatchInfo: z.object({
    streamArn: z.string(),
    shardId: z.string(),
    startSequenceNumber: z.string(),
    endSequenceNumber: z.string(),
  }),
});

/** A stream answers with nothing now and then where there is more to come; not so often in a row. */
const mostEmptyAnswers = 50;

/**
 * The reports that a stretch of the stream was about, by Lambda's message about it; undefined when the stream, which
 * remembers 24 hours, has forgotten it.
 */
export async function numbersIn(
  { dynamodbStreams }: Connection,
  body: string,
): Promise<string[] | undefined> {
  const stretch = givenUp.parse(JSON.parse(body)).DDBStreamBatchInfo;
  const numbers = new Set<string>();
  const last = BigInt(stretch.endSequenceNumber);
  try {
    let { ShardIterator: iterator } = await dynamodbStreams.send(
      new GetShardIteratorCommand({
        StreamArn: stretch.streamArn,
        ShardId: stretch.shardId,
        ShardIteratorType: 'AT_SEQUENCE_NUMBER',
        SequenceNumber: stretch.startSequenceNumber,
      }),
    );
    for (let empty = 0; iterator !== undefined && empty < mostEmptyAnswers;) {
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

import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  ResourceNotFoundException,
  TrimmedDataAccessException,
  type GetRecordsCommandOutput,
} from '@aws-sdk/client-dynamodb-streams';
import type { AttributeValue as RecordValue, DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod';
import { createHandler as createRelay } from '../../functions/relay/handler.ts';
import { kinds } from '../../shared/records/kinds.ts';
import { keyOf, toStreamImage, type Item } from '../../shared/store/item.ts';
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
 * Publishes all events of reports again, in order, as the relay does with a new report: whoever had some of them
 * already takes the repetition without harm. Answers the numbers of which there is no report.
 */
export async function republish(connection: Connection, numbers: readonly string[]): Promise<string[]> {
  const relay = createRelay({
    kinds,
    sns: connection.sns,
    topicArn: connection.output('EventTopicArn'),
    isRepeated: true,
  });
  const missing: string[] = [];
  for (const number of numbers) {
    const item = await itemOf(connection, number);
    if (!item) {
      missing.push(number);
      continue;
    }
    const { batchItemFailures } = await relay({ Records: [recordOf(number, item)] });
    if (batchItemFailures.length > 0)
      throw new OpsRefused(
        `${number} 没有发布成功，原因见上。`,
        `${number} could not be published; the reason stands above.`,
      );
    console.log(`${number} 已重新发布 published again`);
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

/** As the stream tells of a new report. */
function recordOf(number: string, item: Item): DynamoDBRecord {
  return {
    eventName: 'INSERT',
    dynamodb: {
      SequenceNumber: number,
      Keys: keyOf(number) as Record<string, RecordValue>,
      NewImage: toStreamImage(item),
    },
  };
}

import { GetItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import type { AttributeValue as RecordValue, DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod';
import { createHandler as createRelay } from '../../functions/relay/handler.ts';
import { reportsTable } from '../../shared/store/schema.ts';
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
 * The reports that a stretch of the stream was about, by Lambda's message about it.
 *
 * @throws OpsRefused when the stream, which remembers 24 hours, has forgotten it.
 */
export async function numbersIn({ dynamodbStreams }: Connection, body: string): Promise<string[]> {
  const { streamArn, shardId, startSequenceNumber, endSequenceNumber } = givenUp.parse(
    JSON.parse(body),
  ).DDBStreamBatchInfo;
  const numbers = new Set<string>();
  const last = BigInt(endSequenceNumber);
  let empty = 0;
  try {
    let { ShardIterator: iterator } = await dynamodbStreams.send(
      new GetShardIteratorCommand({
        StreamArn: streamArn,
        ShardId: shardId,
        ShardIteratorType: 'AT_SEQUENCE_NUMBER',
        SequenceNumber: startSequenceNumber,
      }),
    );
    while (iterator !== undefined && empty < mostEmptyAnswers) {
      const { Records = [], NextShardIterator } = await dynamodbStreams.send(
        new GetRecordsCommand({ ShardIterator: iterator }),
      );
      empty = Records.length === 0 ? empty + 1 : 0;
      const within = Records.filter(({ dynamodb }) => BigInt(dynamodb?.SequenceNumber ?? 0) <= last);
      for (const { dynamodb } of within) {
        const number = dynamodb?.Keys?.[reportsTable.hashKey]?.S;
        if (number !== undefined) numbers.add(number);
      }
      // The last one was there when it was given up, so it comes before the end of what there is.
      const isReached = Records.some(({ dynamodb }) => BigInt(dynamodb?.SequenceNumber ?? 0) >= last);
      iterator = isReached ? undefined : NextShardIterator;
    }
  } catch (cause) {
    if (!(cause instanceof TrimmedDataAccessException)) throw cause;
    throw new OpsRefused(
      '流只记得 24 小时，已忘了这一段：日志 relay-failed 里有上报编号，请用 npm run ops -- events republish NUMBER …。',
      'The stream remembers 24 hours and has forgotten this: the log has the numbers beside relay-failed; give them to npm run ops -- events republish NUMBER …',
      { cause },
    );
  }
  return [...numbers];
}

/**
 * Publishes all events of reports again, in order, as the relay does with a new report: whoever had some of them
 * already takes the repetition without harm. Answers the numbers of which there is no report.
 */
export async function republish(connection: Connection, numbers: readonly string[]): Promise<string[]> {
  const relay = createRelay({ sns: connection.sns, topicArn: connection.output('EventTopicArn') });
  const missing: string[] = [];
  for (const number of numbers) {
    const { Item } = await connection.dynamodb.send(
      new GetItemCommand({
        TableName: connection.output('ReportsTableName'),
        Key: { [reportsTable.hashKey]: { S: number } },
        ConsistentRead: true,
      }),
    );
    if (!Item) {
      missing.push(number);
      continue;
    }
    const { batchItemFailures } = await relay({ Records: [recordOf(number, Item)] });
    if (batchItemFailures.length > 0)
      throw new OpsRefused(
        `${number} 没有发布成功，原因见上。`,
        `${number} could not be published; the reason stands above.`,
      );
    console.log(`${number} 已重新发布 published again`);
  }
  return missing;
}

/** As the stream tells of a new report. */
function recordOf(number: string, item: Record<string, AttributeValue>): DynamoDBRecord {
  return {
    eventName: 'INSERT',
    dynamodb: {
      SequenceNumber: number,
      Keys: { [reportsTable.hashKey]: { S: number } },
      NewImage: item as Record<string, RecordValue>,
    },
  };
}

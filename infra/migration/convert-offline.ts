import {
  DeleteTableCommand,
  DescribeTableCommand,
  ResourceNotFoundException,
  TransactWriteItemsCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type DynamoDBStreamsClient,
} from '@aws-sdk/client-dynamodb-streams';
import { setTimeout as wait } from 'node:timers/promises';
import { tally, type Tally } from '../../shared/kernel/backlog.ts';
import { Figures } from '../../shared/store/figures.ts';
import { backlogEntryOf, type Item } from '../../shared/store/item.ts';
import { recordsTable } from '../../shared/store/schema.ts';
import { converted } from './convert.ts';

/** How far a conversion has come, kept by whoever starts it. */
export type Progress = {
  /** The last record of the former table that has been copied; none: the copy has not begun. */
  after?: string | undefined;
  copied: number;
  /** What the copied records count for. */
  backlog: Tally;
};

export type Conversion = {
  client: DynamoDBClient;
  streams: DynamoDBStreamsClient;
  /** The names of the tables. */
  former: string;
  records: string;
  ledger: string;
  /** The instant, as functions see it. */
  now: string;
  /** Up to which record of a shard the former table's relay has published, by its sequence number. */
  publishedUpTo: (shard: string) => string | undefined;
  /** The former table's items after that number, in the same order each time. */
  read: (after: string | undefined) => AsyncIterable<Item[]> | Iterable<Item[]>;
  readProgress: () => Progress | undefined;
  /** Keeps it such that a kill leaves this or the one before. */
  keepProgress: (progress: Progress) => void;
  /** Turns the new table's stream on; does nothing where it is on. */
  enableStream: () => Promise<void>;
  report: (line: string) => void;
};

/** A transaction takes so many items, and as many bytes. */
const mostAtOnce = 100;
const mostBytes = 3_000_000;
const mostItemBytes = 400_000;
const reportEvery = 5_000;

/**
 * Converts the former table while nothing else is at work on either. It may be killed at any point and begun again: each
 * step is done again without harm, or seen to be done.
 *
 * What the relay had not yet published is in the former table's stream alone. Such a record is copied as it was
 * published last, and put as it is when the new table's stream is on, so that the relay finds there what it missed.
 */
export async function convertOffline(conversion: Conversion): Promise<void> {
  const { client, former, records, report } = conversion;
  const unpublished = await readUnpublished(conversion);
  if (!(await hasStream(client, records))) {
    const { backlog } = await copy(conversion, unpublished);
    const unborn = [...unpublished.values()].filter(({ published }) => !published).length;
    await compareCounts(conversion, unborn);
    const figures = new Figures(client, conversion.ledger, pause);
    await figures.setBacklog(backlog);
    await figures.former.begin(conversion.now);
    await conversion.enableStream();
  }
  for (const { now } of unpublished.values()) await put(client, records, [now]);
  report('记录已转换，正在删除旧表 … / converted; deleting the former table …');
  await client.send(new DeleteTableCommand({ TableName: former }));
  while (await exists(client, former)) await wait(50);
}

type Unpublished = { published: Item | undefined; now: Item };

/** Records with changes that the relay has not published: as they were published last, and as they are. */
async function readUnpublished(conversion: Conversion): Promise<Map<string, Unpublished>> {
  const { client, streams, former, publishedUpTo } = conversion;
  const found = new Map<string, Unpublished>();
  const { Table } = await client.send(new DescribeTableCommand({ TableName: former }));
  const StreamArn = Table?.LatestStreamArn;
  if (StreamArn === undefined) return found;
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  for (const { ShardId } of StreamDescription?.Shards ?? []) {
    const after = publishedUpTo(ShardId ?? '');
    let { ShardIterator } = await streams.send(
      new GetShardIteratorCommand({
        StreamArn,
        ShardId,
        ...(after === undefined
          ? { ShardIteratorType: 'TRIM_HORIZON' }
          : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after }),
      }),
    );
    while (ShardIterator !== undefined) {
      const { Records = [], NextShardIterator } = await streams.send(
        new GetRecordsCommand({ ShardIterator }),
      );
      for (const { dynamodb } of Records) {
        const number = dynamodb?.Keys?.[recordsTable.hashKey]?.S ?? '';
        const now = dynamodb?.NewImage;
        if (!now) continue;
        const published = found.has(number) ? found.get(number)?.published : dynamodb.OldImage;
        found.set(number, { published, now });
      }
      // A shard that is open has no end: nothing more to read is.
      ShardIterator = Records.length === 0 ? undefined : NextShardIterator;
    }
  }
  const convert = (item: Item | undefined): Item | undefined => item && converted(item).item;
  for (const [number, { published, now }] of found)
    found.set(number, { published: convert(published), now: converted(now).item });
  return found;
}

async function copy(conversion: Conversion, unpublished: Map<string, Unpublished>): Promise<Progress> {
  const { client, former, records, report } = conversion;
  const { Table } = await client.send(new DescribeTableCommand({ TableName: former }));
  const progress = conversion.readProgress() ?? { copied: 0, backlog: {} };
  let reported = progress.copied;
  const say = (): void => {
    const of = Table?.ItemCount === undefined || Table.ItemCount === 0 ? '' : ` / ${Table.ItemCount}`;
    report(`正在转换数据 … / converting the records: ${progress.copied}${of}`);
  };
  say();
  // One page is read and converted while the one before is written.
  let writing = Promise.resolve();
  for await (const page of conversion.read(progress.after)) {
    const items: Item[] = [];
    for (const each of page) {
      const { item, problem } = converted(each);
      const pending = unpublished.get(each[recordsTable.hashKey]?.S ?? '');
      if (problem !== undefined) report(problem);
      const copied = pending ? pending.published : item;
      if (copied) items.push(copied);
    }
    await writing;
    writing = put(client, records, items).then(() => {
      for (const item of items) tally(progress.backlog, backlogEntryOf(item));
      progress.copied += page.length;
      progress.after = page.at(-1)?.[recordsTable.hashKey]?.S ?? progress.after;
      conversion.keepProgress(progress);
      if (progress.copied - reported >= reportEvery) {
        reported = progress.copied;
        say();
      }
    });
    // What fails is thrown where it is waited for.
    writing.catch(() => undefined);
  }
  await writing;
  return progress;
}

/** In transactions, which the engine writes to the disk as one. */
async function put(client: DynamoDBClient, table: string, items: readonly Item[]): Promise<void> {
  for (const batch of batches(items))
    await client.send(
      new TransactWriteItemsCommand({
        TransactItems: batch.map((Item) => ({ Put: { TableName: table, Item } })),
      }),
    );
}

function batches(items: readonly Item[]): Item[][] {
  const all: Item[][] = [];
  let bytes = 0;
  for (const item of items) {
    // What is not packed is small, unless it could not be read and is carried over as it was.
    const size = item['history']?.B?.length ?? mostItemBytes;
    const last = all.at(-1);
    if (last && last.length < mostAtOnce && bytes + size <= mostBytes) {
      last.push(item);
      bytes += size;
    } else {
      all.push([item]);
      bytes = size;
    }
  }
  return all;
}

/**
 * Here the embedded engine's own counts are compared, which are exact: nothing is deleted on the word of the copy.
 * @param unborn records that are not copied yet, for nothing of them was published.
 */
async function compareCounts({ client, former, records }: Conversion, unborn: number): Promise<void> {
  const [before = 0, after = 0] = await Promise.all(
    [former, records].map(async (TableName) => {
      const { Table } = await client.send(new DescribeTableCommand({ TableName }));
      return Table?.ItemCount;
    }),
  );
  if (after !== before - unborn)
    throw new Error(`${former} has ${before} records, ${unborn} of them to come; ${records} has ${after}`);
}

async function hasStream(client: DynamoDBClient, table: string): Promise<boolean> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  return Table?.StreamSpecification?.StreamEnabled === true;
}

async function exists(client: DynamoDBClient, table: string): Promise<boolean> {
  try {
    await client.send(new DescribeTableCommand({ TableName: table }));
    return true;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}

const pause = (attempt: number): Promise<void> => wait(20 * 2 ** Math.min(attempt, 6));

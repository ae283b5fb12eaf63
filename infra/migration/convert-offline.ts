import {
  DescribeTableCommand,
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
import { batches } from '../../shared/batches.ts';
import { kinds } from '../../shared/records/kinds.ts';
import { Figures } from '../../shared/store/figures.ts';
import { converted } from '../../shared/store/former-table.ts';
import { backlogEntryOf, type Item } from '../../shared/store/item.ts';
import { recordsTable } from '../../shared/store/schema.ts';
import { deleteTable } from './delete-table.ts';

/** How far a conversion has come, kept by whoever starts it. */
export type Progress = {
  /** The former table's latest change when the copy began: a version that works on it later makes another. */
  asOf: string;
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
  /** Makes the new table again, empty and without its stream. */
  recreate: () => Promise<void>;
  /** Turns the new table's stream on; does nothing where it is on. */
  enableStream: () => Promise<void>;
  report: (line: string) => void;
};

/** What a transaction takes. */
const transactionLimits = { items: 100, bytes: 3_000_000 };
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
  const { unpublished, asOf } = await readUnpublished(conversion);
  let progress = conversion.readProgress();
  if (progress?.asOf !== asOf) {
    // Whoever went back to the former version meanwhile has changed what was copied.
    if (progress) await conversion.recreate();
    progress = { asOf, copied: 0, backlog: {} };
    conversion.keepProgress(progress);
  }
  if (!(await hasStream(client, records))) {
    const { backlog } = await copy(conversion, progress, unpublished);
    const notYetCopied = [...unpublished.values()].filter(({ published }) => !published).length;
    await compareCounts(conversion, notYetCopied);
    const figures = new Figures(client, conversion.ledger, pause);
    await figures.setBacklog(backlog);
    await figures.formerMarks.begin(conversion.now);
    await conversion.enableStream();
  }
  for (const { now } of unpublished.values()) await put(client, records, [now]);
  report('记录已转换，正在删除旧表 … / converted; deleting the former table …');
  await deleteTable(client, former);
}

type Unpublished = { published: Item | undefined; now: Item };

/**
 * Records with changes that the relay has not published: as they were published last, and as they are; and which change
 * of the table was the last, published or not.
 */
async function readUnpublished(
  conversion: Conversion,
): Promise<{ unpublished: Map<string, Unpublished>; asOf: string }> {
  const { client, streams, former, publishedUpTo } = conversion;
  const found = new Map<string, Unpublished>();
  const { Table } = await client.send(new DescribeTableCommand({ TableName: former }));
  const StreamArn = Table?.LatestStreamArn;
  if (StreamArn === undefined) return { unpublished: found, asOf: '' };
  const latest: string[] = [];
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  for (const { ShardId } of StreamDescription?.Shards ?? []) {
    const after = publishedUpTo(ShardId ?? '');
    let last = after ?? '';
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
        last = dynamodb?.SequenceNumber ?? last;
        const number = dynamodb?.Keys?.[recordsTable.hashKey]?.S ?? '';
        const now = dynamodb?.NewImage;
        if (!now) continue;
        const published = found.has(number) ? found.get(number)?.published : dynamodb.OldImage;
        found.set(number, { published, now });
      }
      // A shard that is open has no end: nothing more to read is.
      ShardIterator = Records.length === 0 ? undefined : NextShardIterator;
    }
    latest.push(`${ShardId ?? ''} ${last}`);
  }
  const convert = (item: Item | undefined): Item | undefined => item && converted(kinds, item).item;
  for (const [number, { published, now }] of found)
    found.set(number, { published: convert(published), now: converted(kinds, now).item });
  return { unpublished: found, asOf: latest.join() };
}

async function copy(
  conversion: Conversion,
  progress: Progress,
  unpublished: Map<string, Unpublished>,
): Promise<Progress> {
  const { client, former, records, report } = conversion;
  const { Table } = await client.send(new DescribeTableCommand({ TableName: former }));
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
      const { item, problem } = converted(kinds, each);
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
  for (const batch of batches(items, bytesOf, transactionLimits))
    await client.send(
      new TransactWriteItemsCommand({
        TransactItems: batch.map((Item) => ({ Put: { TableName: table, Item } })),
      }),
    );
}

/** What is not packed is small, unless it could not be read and is carried over as it was. */
const bytesOf = (item: Item): number => item['history']?.B?.length ?? mostItemBytes;

/**
 * Here the embedded engine's own counts are compared, which are exact: nothing is deleted on the word of the copy.
 * @param notYetCopied records that are not copied yet, for nothing of them was published.
 */
async function compareCounts({ client, former, records }: Conversion, notYetCopied: number): Promise<void> {
  const [before = 0, after = 0] = await Promise.all(
    [former, records].map(async (TableName) => {
      const { Table } = await client.send(new DescribeTableCommand({ TableName }));
      return Table?.ItemCount;
    }),
  );
  if (after !== before - notYetCopied)
    throw new Error(
      `${former} has ${before} records, ${notYetCopied} of them to come; ${records} has ${after}`,
    );
}

async function hasStream(client: DynamoDBClient, table: string): Promise<boolean> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  return Table?.StreamSpecification?.StreamEnabled === true;
}

const pause = (attempt: number): Promise<void> => wait(20 * 2 ** Math.min(attempt, 6));

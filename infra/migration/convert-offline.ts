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

/** How far a conversion has come; the caller stores it. */
export type Progress = {
  /** The former table's latest change when the copy began; differs once the former version has run again. */
  asOf: string;
  /** The number of the last record copied; undefined before the copy begins. */
  after?: string | undefined;
  copied: number;
  /** The backlog counts of the copied records. */
  backlog: Tally;
};

export type Conversion = {
  client: DynamoDBClient;
  streams: DynamoDBStreamsClient;
  /** The names of the tables. */
  former: string;
  records: string;
  ledger: string;
  /** The functions' time, RFC 3339. */
  now: string;
  /** The sequence number of the last record of a shard that the former table's relay has published. */
  publishedUpTo: (shard: string) => string | undefined;
  /** The former table's items after that report number, in the same order each time. */
  read: (after: string | undefined) => AsyncIterable<Item[]> | Iterable<Item[]>;
  readProgress: () => Progress | undefined;
  /** Stores it atomically: a kill leaves this progress or the previous one. */
  saveProgress: (progress: Progress) => void;
  /** Recreates the new table, empty and without its stream. */
  recreate: () => Promise<void>;
  /** Enables the new table's stream if it is not enabled yet. */
  enableStream: () => Promise<void>;
  report: (line: string) => void;
};

/** The most that one transaction writes. */
const transactionLimits = { items: 100, bytes: 3_000_000 };
const maxItemBytes = 400_000;
const reportEvery = 5_000;

/**
 * Converts the former table while nothing else writes to either table. It may be killed at any point and started
 * again: each step is idempotent.
 *
 * Changes that the relay has not published are only in the former table's stream. Such a record is first copied as last
 * published. Its present state is written once the new table's stream is enabled, so that the relay publishes it there.
 */
export async function convertOffline(conversion: Conversion): Promise<void> {
  const { client, former, records, report } = conversion;
  const { unpublished, asOf } = await readUnpublished(conversion);
  let progress = conversion.readProgress();
  if (progress?.asOf !== asOf) {
    // The former version ran in between and may have changed records already copied.
    if (progress) await conversion.recreate();
    progress = { asOf, copied: 0, backlog: {} };
    conversion.saveProgress(progress);
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
 * Records with changes that the relay has not published, each as last published and as it is now; and the table's
 * latest change, published or not.
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
      // An open shard always has a next iterator: stop when no records come.
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
  const reportProgress = (): void => {
    const of = Table?.ItemCount === undefined || Table.ItemCount === 0 ? '' : ` / ${Table.ItemCount}`;
    report(`正在转换数据 … / converting the records: ${progress.copied}${of}`);
  };
  reportProgress();
  // Reads and converts a page while the previous one is written.
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
      conversion.saveProgress(progress);
      if (progress.copied - reported >= reportEvery) {
        reported = progress.copied;
        reportProgress();
      }
    });
    // The rejection is handled where `writing` is awaited.
    writing.catch(() => undefined);
  }
  await writing;
  return progress;
}

/** In transactions, since the engine syncs each to disk once. */
async function put(client: DynamoDBClient, table: string, items: readonly Item[]): Promise<void> {
  for (const batch of batches(items, bytesOf, transactionLimits))
    await client.send(
      new TransactWriteItemsCommand({
        TransactItems: batch.map((Item) => ({ Put: { TableName: table, Item } })),
      }),
    );
}

/** An item without a packed history could not be converted and may be of any size. */
const bytesOf = (item: Item): number => item['history']?.B?.length ?? maxItemBytes;

/**
 * Compares the tables' item counts, which are exact in the embedded engine, before the former table is deleted.
 * @param notYetCopied records not copied yet, since none of their changes was published.
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

import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  ResourceNotFoundException,
  ScanCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportEvent } from '../../events/report.ts';
import { convertOffline, type Conversion, type Progress } from '../../infra/migration/convert-offline.ts';
import { deleteTable } from '../../infra/migration/delete-table.ts';
import { scanFormer } from '../../infra/migration/scan.ts';
import { backlogCounts, tally, type Tally } from '../../shared/kernel/backlog.ts';
import { formatNumber } from '../../shared/kernel/number.ts';
import { report as kind } from '../../shared/records/report/kind.ts';
import { Figures } from '../../shared/store/figures.ts';
import { FormerMarks } from '../../shared/store/former-marks.ts';
import { addedEvents, backlogEntryOf, toItem, type Item } from '../../shared/store/item.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { createFormerTable, formerItem, histories, renumbered, secretOf } from '../support/former-table.ts';
import { fold, reportStore } from '../support/report-domain.ts';

const now = '2026-11-29T00:00:00.000Z';
let engine: Engine;
let streams: DynamoDBStreamsClient;

beforeAll(async () => {
  engine = await startEngine();
  streams = new DynamoDBStreamsClient({
    region: 'us-east-1',
    endpoint: await endpointOf(engine.client),
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
});
afterAll(() => {
  streams.destroy();
  engine.stop();
});

async function endpointOf(client: DynamoDBClient): Promise<string> {
  const { protocol, hostname, port = 0 } = (await client.config.endpoint?.()) ?? {};
  return `${protocol ?? ''}//${hostname ?? ''}:${port}`;
}

/** Content of the former table: each whole history, and how many of its events the relay has published. */
type Former = { events: ReportEvent[]; published: number }[];

const former: Former = histories().map((history, at) => {
  const events = renumbered(history, formatNumber('YT', '261120', at));
  // Some have unpublished events: one, all, or some.
  const left = [0, 1, events.length, Math.ceil(events.length / 2)][at % 8] ?? 0;
  return { events, published: events.length - left };
});
const unpublished = former.flatMap(({ events, published }) => events.slice(published));

/** Writes the former table as the former version did. @returns the relay's position in the stream. */
async function writeFormer(table: string): Promise<string> {
  await createFormerTable(engine.client, table);
  const put = async (events: readonly ReportEvent[]): Promise<void> => {
    const Item = formerItem(events, secretOf(events[0]?.number ?? ''));
    await engine.client.send(new PutItemCommand({ TableName: table, Item }));
  };
  for (const { events, published } of former) if (published > 0) await put(events.slice(0, published));
  const place = (await readStream(table)).at(-1)?.sequence ?? '';
  for (const { events, published } of former)
    for (let version = published + 1; version <= events.length; version += 1)
      await put(events.slice(0, version));
  return place;
}

type Change = { sequence: string; before: Item | undefined; after: Item };

async function readStream(table: string): Promise<Change[]> {
  const { Table } = await engine.client.send(new DescribeTableCommand({ TableName: table }));
  const StreamArn = Table?.LatestStreamArn;
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const changes: Change[] = [];
  for (const { ShardId } of StreamDescription?.Shards ?? []) {
    let { ShardIterator } = await streams.send(
      new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    while (ShardIterator !== undefined) {
      const { Records = [], NextShardIterator } = await streams.send(
        new GetRecordsCommand({ ShardIterator }),
      );
      for (const { dynamodb } of Records)
        changes.push({
          sequence: dynamodb?.SequenceNumber ?? '',
          before: dynamodb?.OldImage,
          after: dynamodb?.NewImage ?? {},
        });
      ShardIterator = Records.length === 0 ? undefined : NextShardIterator;
    }
  }
  return changes;
}

async function createRecords(table: string): Promise<void> {
  const { Table } = await engine.client.send(new DescribeTableCommand({ TableName: engine.reports }));
  await engine.client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: Table?.KeySchema,
      AttributeDefinitions: Table?.AttributeDefinitions,
      GlobalSecondaryIndexes: Table?.GlobalSecondaryIndexes?.map(({ IndexName, KeySchema, Projection }) => ({
        IndexName,
        KeySchema,
        Projection,
      })),
    }),
  );
}

class Killed extends Error {}

/** A client that fails after some requests; the last one may or may not arrive. */
function mortal(life: number, lastArrives: boolean): { client: DynamoDBClient; sent: () => number } {
  let sent = 0;
  const send = async (command: Parameters<DynamoDBClient['send']>[0]): Promise<unknown> => {
    // Small, so that there are several pages.
    if (command instanceof ScanCommand) command.input.Limit = 7;
    sent += 1;
    if (sent > life || (sent === life && !lastArrives)) throw new Killed();
    const answer = await engine.client.send(command);
    if (sent === life) throw new Killed();
    return answer;
  };
  return { client: { send } as unknown as DynamoDBClient, sent: () => sent };
}

/** Options of a conversion, without its client. */
type Folder = Omit<Conversion, 'client' | 'read'>;

async function convert(converting: Folder, client: DynamoDBClient): Promise<void> {
  const read = (after: string | undefined): AsyncIterable<Item[]> =>
    scanFormer(client, converting.former, after);
  await convertOffline({ ...converting, client, read });
}

let made = 0;

/** One folder of the former version, with the options for its conversion. */
async function folder(): Promise<Folder> {
  const records = `records-${++made}`;
  const table = `former-${made}`;
  const place = await writeFormer(table);
  await createRecords(records);
  let kept = '';
  return {
    streams,
    former: table,
    records,
    ledger: await engine.newLedger(),
    now,
    publishedUpTo: () => place,
    readProgress: () => (kept === '' ? undefined : (JSON.parse(kept) as Progress)),
    saveProgress: (progress) => {
      kept = JSON.stringify(progress);
    },
    recreate: async () => {
      await deleteTable(engine.client, records);
      await createRecords(records);
    },
    enableStream: async () => {
      await engine.client.send(
        new UpdateTableCommand({
          TableName: records,
          StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
        }),
      );
    },
    report: () => undefined,
  };
}

async function check({ former: gone, records, ledger }: Folder): Promise<void> {
  await expect(engine.client.send(new DescribeTableCommand({ TableName: gone }))).rejects.toThrow(
    ResourceNotFoundException,
  );
  const store = reportStore(engine.client, records);
  for (const { events } of former) {
    const { record, ...stored } = (await store.load(events[0]?.number ?? '')) ?? {};
    expect(stored).toEqual({ kind, events, private: secretOf(events[0]?.number ?? '') });
    expect({ ...record, storedBytes: 0 }).toEqual(fold(events));
  }
  const { Count } = await engine.client.send(new ScanCommand({ TableName: records, Select: 'COUNT' }));
  expect(Count).toBe(former.length);

  const changes = await readStream(records);
  const told = changes.flatMap(({ before, after }) => addedEvents(kind, before, after));
  expect(new Set(told)).toEqual(new Set(unpublished));
  expect(told).toHaveLength(unpublished.length);

  const tallied = (all: readonly Item[]): Tally => {
    const rows: Tally = {};
    for (const item of all) tally(rows, backlogEntryOf(item));
    return rows;
  };
  const itemsOf = (many: (one: Former[number]) => ReportEvent[]): Item[] =>
    former
      .map(many)
      .filter((events) => events.length > 0)
      .map((events) => toItem({ kind, record: fold(events), events, private: secretOf('') }));
  const counted: Tally = {};
  for (const dimension of ['department', 'area', 'category'] as const)
    for (const [key, counts] of await new Figures(engine.client, ledger, () => Promise.resolve()).backlog(
      dimension,
      now.slice(0, 10),
    ))
      counted[`${dimension}#${key}`] = counts;
  expect(counted).toEqual(tallied(itemsOf(({ events, published }) => events.slice(0, published))));

  // The relay publishes the remaining events.
  for (const { before, after } of changes)
    for (const { dimension, key, add } of backlogCounts({
      from: backlogEntryOf(before),
      to: backlogEntryOf(after),
    }))
      for (const [name, by = 0] of Object.entries(add)) {
        const row = `${dimension}#${key}`;
        counted[row] = { ...counted[row], [name]: (counted[row]?.[name] ?? 0) + by };
      }
  const nonZero = (rows: Tally): [string, string, number][] =>
    Object.entries(rows)
      .flatMap(([row, counts]) =>
        Object.entries(counts).map(([name, count = 0]): [string, string, number] => [row, name, count]),
      )
      .filter(([, , count]) => count !== 0)
      .sort();
  expect(nonZero(counted)).toEqual(nonZero(tallied(itemsOf(({ events }) => events))));
}

/** A Lehmer generator, so that a failure can be reproduced. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

describe('the conversion of a former table', () => {
  it('keeps every record, publishes unpublished events, and counts the backlog', async () => {
    expect(unpublished.length).toBeGreaterThan(20);
    const converting = await folder();
    await convert(converting, mortal(Infinity, true).client);
    await check(converting);
  });

  it('resumes after being killed at random points, in twenty rounds', async () => {
    const whole = await folder();
    const { client, sent } = mortal(Infinity, true);
    await convert(whole, client);
    const requests = sent();
    expect(requests).toBeGreaterThan(20);

    const random = randomOf(11);
    for (let round = 0; round < 20; round += 1) {
      const converting = await folder();
      let kills = 0;
      // Not killed after the third time, as it may need more requests. Its last requests only check
      // whether the former table is deleted.
      for (let ended = false; !ended && (await isThere(converting.former));) {
        const life = kills < 3 ? 1 + random(requests - 2) : Infinity;
        try {
          await convert(converting, mortal(life, random(2) === 0).client);
          ended = true;
        } catch (error) {
          if (!(error instanceof Killed)) throw error;
          kills += 1;
        }
      }
      expect(kills).toBeGreaterThan(0);
      await check(converting);
    }
  });

  it('starts again when the former version has written since it was killed, at any point', async () => {
    const whole = await folder();
    const { client, sent } = mortal(Infinity, true);
    await convert(whole, client);
    const requests = sent();
    // At the start, during the copy, and after the new table's stream was enabled.
    for (const life of [8, Math.ceil(requests / 2), requests - 3]) {
      const converting = await folder();
      await expect(convert(converting, mortal(life, true).client)).rejects.toThrow(Killed);
      expect(await isThere(converting.former)).toBe(true);
      // The former version publishes the rest, changes a copied record, and creates another.
      const added = renumbered(former[0]?.events ?? [], formatNumber('YT', '261119', 1));
      const changed = former.map(({ events }) => events).find((events) => events.length > 3) ?? [];
      const put = async (events: readonly ReportEvent[]): Promise<void> => {
        const Item = formerItem(events, secretOf(events[0]?.number ?? ''));
        await engine.client.send(new PutItemCommand({ TableName: converting.former, Item }));
      };
      await put(changed.slice(0, -1));
      await put(added);
      const place = (await readStream(converting.former)).at(-1)?.sequence ?? '';
      await convert({ ...converting, publishedUpTo: () => place }, engine.client);
      const store = reportStore(engine.client, converting.records);
      expect((await store.load(changed[0]?.number ?? ''))?.events).toEqual(changed.slice(0, -1));
      expect((await store.load(added[0]?.number ?? ''))?.events).toEqual(added);
      const { Count } = await engine.client.send(
        new ScanCommand({ TableName: converting.records, Select: 'COUNT' }),
      );
      expect(Count).toBe(former.length + 1);
      const figures = new Figures(engine.client, converting.ledger, () => Promise.resolve());
      const due: Tally = {};
      const { Items = [] } = await engine.client.send(new ScanCommand({ TableName: converting.records }));
      for (const item of Items) tally(due, backlogEntryOf(item));
      const own = [...(await figures.backlog('area', now.slice(0, 10)))].map(
        ([key, counts]): [string, unknown] => [`area#${key}`, counts],
      );
      expect(Object.fromEntries(own)).toEqual(
        Object.fromEntries(Object.entries(due).filter(([row]) => row.startsWith('area#'))),
      );
    }
  });

  it('deletes nothing when something was not copied', async () => {
    const converting = await folder();
    const { client } = engine;
    async function* forgetful(after: string | undefined): AsyncGenerator<Item[]> {
      for await (const page of scanFormer(client, converting.former, after)) yield page.slice(1);
    }
    await expect(convertOffline({ ...converting, client, read: forgetful })).rejects.toThrow(
      `${converting.former} has ${former.length} records`,
    );
    expect(await isThere(converting.former)).toBe(true);
  });

  it('copies unreadable records unchanged, and reports them', async () => {
    const converting = await folder();
    const damaged = formerItem(former[0]?.events ?? [], secretOf('YT-261120-000ZZZ'));
    const number = formatNumber('YT', '261121', 7);
    const Item: Item = { ...damaged, number: { S: number }, events: { L: [{ S: '{"id":' }] } };
    await engine.client.send(new PutItemCommand({ TableName: converting.former, Item }));
    await engine.client.send(
      new UpdateTableCommand({
        TableName: converting.former,
        StreamSpecification: { StreamEnabled: false },
      }),
    );
    const said: string[] = [];
    const report = (line: string): void => {
      said.push(line);
    };
    await convert({ ...converting, report }, engine.client);
    expect(said).toContain(`${number}: the history of ${number} is not readable`);
    const { Items } = await engine.client.send(
      new ScanCommand({
        TableName: converting.records,
        FilterExpression: '#number = :number',
        ExpressionAttributeNames: { '#number': 'number' },
        ExpressionAttributeValues: { ':number': { S: number } },
      }),
    );
    expect(Items).toEqual([{ ...Item, item: { S: 'record' } }]);
  });
});

describe('the ledger of the former version', () => {
  const put = (ledger: string, pk: string, sk: string, more: Item = {}): Promise<unknown> =>
    engine.client.send(
      new PutItemCommand({ TableName: ledger, Item: { pk: { S: pk }, sk: { S: sk }, ...more } }),
    );
  const [before, since] = ['2026-11-28T23:59:59.999Z', now];

  it('is used for events before the conversion only', async () => {
    const ledger = await engine.newLedger();
    await put(ledger, 'counted#YT-261120-000017', '3');
    const counted = [before, since].flatMap((occurredAt) =>
      ['3', '4'].map((sk) => ({ occurredAt, pk: 'counted#YT-261120-000017', sk })),
    );
    const same = <T>(one: T): T => one;
    expect(await new FormerMarks(engine.client, ledger).done(counted, same)).toEqual(new Set());
    const marks = new FormerMarks(engine.client, ledger);
    await marks.begin(now);
    expect(await marks.done(counted, same)).toEqual(new Set([counted[0]]));
  });

  it('has a notice as done only when it was sent, not when it was claimed', async () => {
    const ledger = await engine.newLedger();
    await put(ledger, 'notice#a', 'resident', { state: { S: 'done' } });
    await put(ledger, 'notice#b', 'resident', { state: { S: 'claimed' } });
    const marks = new FormerMarks(engine.client, ledger);
    await marks.begin(now);
    const told = await marks.done(['a', 'b', 'c'], (id) => ({
      occurredAt: before,
      pk: `notice#${id}`,
      sk: 'resident',
    }));
    expect(told).toEqual(new Set(['a']));
  });
});

async function isThere(table: string): Promise<boolean> {
  try {
    await engine.client.send(new DescribeTableCommand({ TableName: table }));
    return true;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}

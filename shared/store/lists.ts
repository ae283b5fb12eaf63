import {
  QueryCommand,
  type AttributeValue,
  type DynamoDBClient,
  type QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { AnyKind, SummaryOf } from '../kernel/kind.ts';
import { InvalidCursor, readCursor, readPosition, writeCursor, writePosition } from './cursor.ts';
import { keyOf, listKey, summaryIn, type Item } from './item.ts';
import { mergeLists, type Segment } from './merge-lists.ts';
import { recordsTable, timerShards, type InboxView, type List } from './schema.ts';

/** An inbox entry, with the version that a command on it names. */
export type InboxItem<K extends AnyKind> = SummaryOf<K> & { version: number };
export type Page<T> = { items: T[]; cursor?: string };

const pageSize = 25;
/** Records per request of a filtered list. */
const filteredPageSize = 200;

/** The lists of the records table, each from one of its indexes. */
export class RecordLists<K extends AnyKind = AnyKind> {
  protected readonly client: DynamoDBClient;
  protected readonly table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.client = client;
    this.table = table;
  }

  /** One page of one list: soonest due first, `done` latest first. */
  async inbox(
    list: List,
    view: InboxView,
    options: { now: string; cursor?: string | undefined; limit?: number },
  ): Promise<Page<InboxItem<K>>> {
    const { hashKey } = recordsTable.indexes[list.of];
    return this.#page<InboxItem<K>>(
      new QueryCommand({ ...this.#listQuery(list, view, options.now), Limit: options.limit ?? pageSize }),
      options.cursor,
      { [hashKey]: listKey(list, view) },
    );
  }

  /**
   * One page of several merged lists, soonest due first (`done`: latest first). `keep` filters, so a page may hold few
   * records, or none, and still have a cursor.
   */
  async inboxes(
    lists: readonly List[],
    view: InboxView,
    {
      now,
      cursor,
      keep,
    }: { now: string; cursor?: string | undefined; keep?: ((item: InboxItem<K>) => boolean) | undefined },
  ): Promise<Page<InboxItem<K>>> {
    const read = async (list: List, after: string | undefined): Promise<Segment<InboxItem<K>>> => {
      const { hashKey, rangeKey } = recordsTable.indexes[list.of];
      const { Items = [], LastEvaluatedKey } = await this.#send(
        new QueryCommand({
          ...this.#listQuery(list, view, now),
          Limit: keep ? filteredPageSize : pageSize,
          // A sort position is valid in every list, whether or not a record is at it.
          ExclusiveStartKey:
            after === undefined
              ? undefined
              : {
                  ...keyOf(after.split('#')[1] ?? ''),
                  ...marshall({ [hashKey]: listKey(list, view), [rangeKey]: after }),
                },
        }),
        cursor !== undefined,
      );
      const entries = Items.map((item) => ({
        at: item[rangeKey]?.S ?? '',
        item: summaryIn(item) as InboxItem<K>,
      }));
      return { entries, isLast: LastEvaluatedKey === undefined };
    };
    const after = cursor === undefined ? undefined : readPosition(cursor, view);
    const { items, last } = await mergeLists(lists, read, {
      after,
      limit: pageSize,
      descending: view === 'done',
      keep: keep ?? (() => true),
    });
    return { items, ...(last !== undefined && { cursor: writePosition(last, view) }) };
  }

  /** `overdue` is the overdue part of `open`. */
  #listQuery(list: List, view: InboxView, now: string): QueryCommand['input'] {
    const { name, hashKey, rangeKey } = recordsTable.indexes[list.of];
    const overdue = view === 'overdue';
    return {
      TableName: this.table,
      IndexName: name,
      KeyConditionExpression: overdue ? '#hash = :hash AND #range < :now' : '#hash = :hash',
      ExpressionAttributeNames: { '#hash': hashKey, ...(overdue && { '#range': rangeKey }) },
      ExpressionAttributeValues: marshall({
        ':hash': listKey(list, view),
        ...(overdue && { ':now': now }),
      }),
      ScanIndexForward: view !== 'done',
    };
  }

  /**
   * One page of the numbers of a person's records, latest first.
   * @param contactHashes one per key of the secret that may have hashed the number, the latest key first: all records
   * of a key are later than those of the key before.
   */
  async byContact(contactHashes: readonly string[], cursor?: string): Promise<Page<string>> {
    const { name, hashKey, rangeKey } = recordsTable.indexes.contact;
    const keys: string[] = [recordsTable.hashKey, recordsTable.rangeKey, hashKey, rangeKey];
    const found: Item[] = [];
    let start = cursor === undefined ? undefined : readCursor(cursor, { [hashKey]: contactHashes }, keys);
    let next: Item | undefined;
    for (let at = Math.max(0, contactHashes.indexOf(start?.[hashKey]?.S ?? '')); ; at += 1) {
      const hash = contactHashes[at];
      if (hash === undefined) break;
      const { Items = [], LastEvaluatedKey } = await this.#send(
        new QueryCommand({
          TableName: this.table,
          IndexName: name,
          KeyConditionExpression: '#hash = :hash',
          ExpressionAttributeNames: { '#hash': hashKey },
          ExpressionAttributeValues: marshall({ ':hash': hash }),
          ScanIndexForward: false,
          Limit: pageSize - found.length,
          ExclusiveStartKey: start,
        }),
        cursor !== undefined,
      );
      found.push(...Items);
      // A full page without a cursor: the next page finds nothing more here and continues with the earlier key.
      const isFull = found.length === pageSize && at < contactHashes.length - 1;
      next = LastEvaluatedKey ?? (isFull ? Items.at(-1) : undefined);
      if (next) break;
      start = undefined;
    }
    return {
      items: found.map((item) => item[recordsTable.hashKey]?.S ?? ''),
      ...(next && {
        cursor: writeCursor(Object.fromEntries(Object.entries(next).filter(([key]) => keys.includes(key)))),
      }),
    };
  }

  /** How many reports these people have sent since an instant (RFC 3339, UTC), each counted up to `most`. */
  async countByContact(contactHashes: readonly string[], since: string, most: number): Promise<number> {
    const { name, hashKey, rangeKey } = recordsTable.indexes.contact;
    const counts = await Promise.all(
      contactHashes.map((hash) =>
        this.client.send(
          new QueryCommand({
            TableName: this.table,
            IndexName: name,
            KeyConditionExpression: '#hash = :hash AND #range >= :since',
            ExpressionAttributeNames: { '#hash': hashKey, '#range': rangeKey },
            ExpressionAttributeValues: marshall({ ':hash': hash, ':since': since }),
            Select: 'COUNT',
            Limit: most,
          }),
        ),
      ),
    );
    return counts.reduce((sum, { Count = 0 }) => sum + Count, 0);
  }

  /** Open reports in some cells, latest first, at most fifty per cell. */
  async nearby(cells: readonly string[]): Promise<SummaryOf<K>[]> {
    const { name, hashKey } = recordsTable.indexes.nearby;
    const pages = await Promise.all(
      cells.map((cell) =>
        this.#page<SummaryOf<K>>(
          new QueryCommand({
            TableName: this.table,
            IndexName: name,
            KeyConditionExpression: '#hash = :hash',
            ExpressionAttributeNames: { '#hash': hashKey },
            ExpressionAttributeValues: marshall({ ':hash': cell }),
            ScanIndexForward: false,
            Limit: 50,
          }),
          undefined,
          {},
        ),
      ),
    );
    return pages.flatMap(({ items }) => items);
  }

  /** One page of the alerts of a subdistrict (or of the root, for reports without one), oldest first. */
  async alerts(street: string, cursor?: string): Promise<Page<SummaryOf<K>>> {
    const { name, hashKey } = recordsTable.indexes.alerts;
    return this.#page<SummaryOf<K>>(
      new QueryCommand({
        TableName: this.table,
        IndexName: name,
        KeyConditionExpression: '#hash = :hash',
        ExpressionAttributeNames: { '#hash': hashKey },
        ExpressionAttributeValues: marshall({ ':hash': street }),
        Limit: 50,
      }),
      cursor,
      { [hashKey]: street },
    );
  }

  /**
   * Numbers whose timer is due at `now`, shard by shard, soonest first in each. Reads only due ones.
   * @param first the shard to start with: concurrent sweeps start at different ones, and none is always last.
   */
  async *due(now: string, first = 0): AsyncGenerator<string> {
    const { name, hashKey, rangeKey } = recordsTable.indexes.timers;
    for (let turn = 0; turn < timerShards; turn += 1) {
      const shard = (first + turn) % timerShards;
      let start: Record<string, AttributeValue> | undefined;
      do {
        const { Items, LastEvaluatedKey } = await this.client.send(
          new QueryCommand({
            TableName: this.table,
            IndexName: name,
            KeyConditionExpression: '#hash = :hash AND #range <= :now',
            ExpressionAttributeNames: { '#hash': hashKey, '#range': rangeKey },
            ExpressionAttributeValues: marshall({ ':hash': String(shard), ':now': now }),
            ExclusiveStartKey: start,
          }),
        );
        for (const item of Items ?? []) yield unmarshall(item)[recordsTable.hashKey] as string;
        start = LastEvaluatedKey;
      } while (start);
    }
  }

  /** @param list the hash key of the query; a cursor must have the same one. */
  async #page<T>(
    query: QueryCommand,
    cursor: string | undefined,
    list: Record<string, string>,
  ): Promise<Page<T>> {
    query.input.ExclusiveStartKey =
      cursor === undefined ? undefined : readCursor(cursor, list, keysOf(query));
    const { Items, LastEvaluatedKey } = await this.#send(query, cursor !== undefined);
    return {
      items: (Items ?? []).map((item) => summaryIn(item) as T),
      ...(LastEvaluatedKey && { cursor: writeCursor(LastEvaluatedKey) }),
    };
  }

  /** A cursor that the table rejects is the client's mistake. */
  async #send(query: QueryCommand, hasCursor: boolean): Promise<QueryCommandOutput> {
    try {
      return await this.client.send(query);
    } catch (error) {
      const refused = hasCursor && error instanceof Error && error.name === 'ValidationException';
      throw refused ? new InvalidCursor('not a cursor of this list', { cause: error }) : error;
    }
  }
}

/** The key attributes that a cursor of this query has. */
function keysOf({ input }: QueryCommand): string[] {
  const index = Object.values(recordsTable.indexes).find(({ name }) => name === input.IndexName);
  return [recordsTable.hashKey, recordsTable.rangeKey, ...(index ? [index.hashKey, index.rangeKey] : [])];
}

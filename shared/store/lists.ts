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
import { mergeLists, type Stretch } from './merge-lists.ts';
import { recordsTable, timerShards, type InboxView, type List } from './schema.ts';

/** A line of an inbox, with the version that a command on it names. */
export type InboxItem<K extends AnyKind> = SummaryOf<K> & { version: number };
export type Page<T> = { items: T[]; cursor?: string };

const pageSize = 25;
/** Records that one request reads of a list of which only some are kept. */
const filteredStretch = 200;

/** The lists of the records table, each read from one of its indexes. */
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
   * One page of several lists as if they were one, soonest due first (`done`: latest first). With `keep` what it does
   * not take is read past, so a page may hold few records, or none, and still have a cursor.
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
    const read = async (list: List, after: string | undefined): Promise<Stretch<InboxItem<K>>> => {
      const { hashKey, rangeKey } = recordsTable.indexes[list.of];
      const { Items = [], LastEvaluatedKey } = await this.#send(
        new QueryCommand({
          ...this.#listQuery(list, view, now),
          Limit: keep ? filteredStretch : pageSize,
          // A place in the order serves in every list, whether or not it has a record there.
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

  /** `overdue` is the part of `open` whose time is up. */
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
   * @param contactHashes one a key of the secret that may have hashed the number, the latest first: what one key
   * hashed is all later than what the key before it did.
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
      // Full to the brim: the next page finds nothing more here, and goes on with the earlier key.
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

  /** How many reports these people have sent since an instant (RFC 3339, UTC), counted as far as `most` each. */
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

  /** Open reports in some cells, latest first, at most fifty a cell. */
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

  /** One page of the alerts of a street (or of the root, for reports without one), oldest first. */
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
   * Numbers whose timer is due at `now`, one shard after the other, soonest first in each. Reads only what is due.
   * @param first the shard to begin with: sweeps that race find different ones, and none is always last.
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

  /** @param list the hash key that the query reads and a cursor of it must have. */
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

  /** A cursor that the table does not take is the asker's mistake. */
  async #send(query: QueryCommand, hasCursor: boolean): Promise<QueryCommandOutput> {
    try {
      return await this.client.send(query);
    } catch (error) {
      const refused = hasCursor && error instanceof Error && error.name === 'ValidationException';
      throw refused ? new InvalidCursor('not a cursor of this list', { cause: error }) : error;
    }
  }
}

/** The names of the keys that a cursor of this query has. */
function keysOf({ input }: QueryCommand): string[] {
  const index = Object.values(recordsTable.indexes).find(({ name }) => name === input.IndexName);
  return [recordsTable.hashKey, recordsTable.rangeKey, ...(index ? [index.hashKey, index.rangeKey] : [])];
}

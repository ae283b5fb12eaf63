import {
  GetItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type DynamoDBClient,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { AnyKind } from '../kernel/kind.ts';
import { kindOf } from '../kernel/number.ts';
import { isContended, isRefused } from './contention.ts';
import { fromItem, numberOf, storedEvents, toItem, type Item } from './item.ts';
import { recordsTable } from './schema.ts';

/**
 * Converts an item of the former table to one of the current table, of the same version. One with an unreadable
 * history is kept unchanged, so that nothing is lost.
 * @throws for any other reason.
 */
export function converted(kinds: readonly AnyKind[], former: Item): { item: Item; problem?: string } {
  const number = numberOf(former);
  try {
    storedEvents(former);
  } catch (error) {
    const item = { ...former, [recordsTable.rangeKey]: { S: recordsTable.record } };
    return { item, problem: `${number}: ${error instanceof Error ? error.message : 'not readable'}` };
  }
  return { item: toItem(fromItem(kindOf(kinds, number), former)) };
}

/** Whether an item, or its image in a stream, is a record of the former table: it has no sort key. */
export function isFormerRecord(item: Readonly<Record<string, unknown>>): boolean {
  return item[recordsTable.rangeKey] === undefined && item['events'] !== undefined;
}

const tries = 8;

/**
 * The records table of earlier versions, while its records are moved to the current one. A record is in one of the two
 * tables. If it was moved, or created in the current one, this table has an item with only its number, so that a
 * running function of the earlier version can neither read nor write it.
 */
export class FormerTable<K extends AnyKind = AnyKind> {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #records: string;
  readonly #kinds: readonly K[];

  /** @param table its name. @param records the name of the current table. */
  constructor(client: DynamoDBClient, table: string, records: string, kinds: readonly K[]) {
    this.#client = client;
    this.#table = table;
    this.#records = records;
    this.#kinds = kinds;
  }

  /** The record's item (a consistent read), or `moved` if it is in the current table; undefined if there is none. */
  async read(number: string): Promise<Item | 'moved' | undefined> {
    const { Item } = await this.#client.send(
      new GetItemCommand({ TableName: this.#table, Key: keyOf(number), ConsistentRead: true }),
    );
    if (!Item) return undefined;
    return isFormerRecord(Item) ? Item : 'moved';
  }

  /**
   * Moves the record, if it is still here. The relay ignores moved items: this table's stream publishes their events.
   * @returns what could not be read in it. @throws after too many write conflicts.
   */
  async move(number: string): Promise<string | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      const former = await this.read(number);
      if (former === undefined || former === 'moved') return undefined;
      const { item, problem } = converted(this.#kinds, former);
      try {
        await this.#client.send(
          new TransactWriteItemsCommand({
            TransactItems: [
              {
                Put: {
                  TableName: this.#records,
                  Item: { ...item, [movedMark]: { BOOL: true } },
                  ConditionExpression: 'attribute_not_exists(#number)',
                  ExpressionAttributeNames: { '#number': recordsTable.hashKey },
                },
              },
              {
                Put: {
                  TableName: this.#table,
                  Item: keyOf(number),
                  ConditionExpression: '#version = :version',
                  ExpressionAttributeNames: { '#version': 'version' },
                  ExpressionAttributeValues: { ':version': former['version'] ?? { N: '0' } },
                },
              },
            ],
          }),
        );
        return problem;
      } catch (error) {
        const isPassing =
          error instanceof TransactionCanceledException && (isRefused(error) || isContended(error));
        if (!isPassing || attempt === tries) throw error;
      }
    }
  }

  /** Item of the transaction that creates a record in the current table: fails if this table has that number. */
  fence(number: string): TransactWriteItem {
    return {
      Put: {
        TableName: this.#table,
        Item: keyOf(number),
        ConditionExpression: 'attribute_not_exists(#number)',
        ExpressionAttributeNames: { '#number': recordsTable.hashKey },
      },
    };
  }

  /** Item of the same transaction: fails if the record of that number here was created by the same request. */
  checkRival(number: string, keyHash: string): TransactWriteItem {
    return {
      ConditionCheck: {
        TableName: this.#table,
        Key: keyOf(number),
        ConditionExpression: 'attribute_not_exists(#private) OR #private.#keyHash <> :keyHash',
        ExpressionAttributeNames: { '#private': 'private', '#keyHash': 'keyHash' },
        ExpressionAttributeValues: marshall({ ':keyHash': keyHash }),
      },
    };
  }
}

const movedMark = 'moved';

/** Whether an item, or its image in a stream, was moved and not written since. */
export function isMoved(item: Readonly<Record<string, unknown>>): boolean {
  return item[movedMark] !== undefined;
}

function keyOf(number: string): Item {
  return { [recordsTable.hashKey]: { S: number } };
}

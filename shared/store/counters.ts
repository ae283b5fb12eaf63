import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { ledgerTable } from './schema.ts';

/** A counter of one subject over a period (RFC 3339). `who` is no personal data in the clear. */
export type Counter = { who: string; from: string; until: string };

/** Counters for rate limits. They expire some time after their period. */
export class Counters {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** The counts, in the order of the counters. Unprocessed ones count as 0. */
  async read(counters: readonly Counter[]): Promise<number[]> {
    if (counters.length === 0) return [];
    const { Responses } = await this.#client.send(
      new BatchGetItemCommand({ RequestItems: { [this.#table]: { Keys: counters.map(keyOf) } } }),
    );
    const found = new Map(
      (Responses?.[this.#table] ?? []).map((item) => [
        item[ledgerTable.hashKey]?.S,
        Number(item['count']?.N),
      ]),
    );
    return counters.map((counter) => found.get(hashOf(counter)) ?? 0);
  }

  /** Adds to several counters with one request. */
  async add(additions: readonly { counter: Counter; by: number }[]): Promise<void> {
    const updates = additions.map(({ counter, by }) => this.#addition(counter, by));
    const [only, ...others] = updates;
    if (!only) return;
    if (others.length === 0) await this.#client.send(new UpdateItemCommand(only));
    else
      await this.#client.send(
        new TransactWriteItemsCommand({ TransactItems: updates.map((Update) => ({ Update })) }),
      );
  }

  /** Adds one unless the count would exceed `most`. @returns whether it did. */
  async addWithin(counter: Counter, most: number): Promise<boolean> {
    const { ExpressionAttributeValues, ...addition } = this.#addition(counter, 1);
    try {
      await this.#client.send(
        new UpdateItemCommand({
          ...addition,
          ConditionExpression: 'attribute_not_exists(#count) OR #count < :most',
          ExpressionAttributeValues: { ...ExpressionAttributeValues, ':most': { N: String(most) } },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  #addition(counter: Counter, by: number) {
    return {
      TableName: this.#table,
      Key: keyOf(counter),
      UpdateExpression: 'ADD #count :by SET #expires = :expires',
      ExpressionAttributeNames: { '#count': 'count', '#expires': ledgerTable.timeToLive },
      ExpressionAttributeValues: marshall({
        ':by': by,
        ':expires': Math.ceil(Date.parse(counter.until) / 1000),
      }),
    };
  }
}

function hashOf({ who }: Counter): string {
  return `limit#${who}`;
}

function keyOf(counter: Counter): Record<string, AttributeValue> {
  return marshall({ [ledgerTable.hashKey]: hashOf(counter), [ledgerTable.rangeKey]: counter.from });
}

import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  TransactionCanceledException,
  UpdateItemCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { AnyEvent } from '../../events/envelope.ts';
import type { CountEvent, Counts, Dimension } from '../kernel/figures.ts';
import type { DigestLine } from '../kernel/notices.ts';
import type { CityTime } from '../kernel/clocks/city-day.ts';
import { isContended, isRefused } from './contention.ts';

/** Longer than a message can live in any queue, its dead-letter queue and a redrive together. */
const rememberSeconds = 45 * 24 * 3600;
const conflictRetries = 6;
/** DynamoDB deletes so many items with one request. */
const mostAtOnce = 25;

/** What consumers have already done, so that a repeated message is done once; and the figures counted so far. */
export class Ledger {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #pause: (attempt: number) => Promise<void>;

  /** @param pause waits before another try at a contended figure. */
  constructor(client: DynamoDBClient, table: string, pause: (attempt: number) => Promise<void>) {
    this.#client = client;
    this.#table = table;
    this.#pause = pause;
  }

  /**
   * Adds the event to the day's figures, once: the mark that it was counted and the sums are one transaction.
   * @param time when it happened, as the city's clocks say.
   * @param countsOf what its kind counts.
   */
  async count(event: AnyEvent, countsOf: CountEvent, { day, hour }: CityTime, now: string): Promise<void> {
    const counts = countsOf(event, hour);
    if (counts.length === 0) return;
    const mark = {
      Put: {
        TableName: this.#table,
        Item: marshall({ pk: `counted#${event.number}`, sk: String(event.sequence), expiresAt: expiry(now) }),
        ConditionExpression: 'attribute_not_exists(pk)',
      },
    };
    const sums = counts.map(({ dimension, key, add }) => ({
      Update: {
        TableName: this.#table,
        Key: marshall({ pk: `figures#${dimension}#${day}`, sk: key }),
        UpdateExpression: `ADD ${Object.keys(add)
          .map((name) => `#${name} :${name}`)
          .join(', ')}`,
        ExpressionAttributeNames: Object.fromEntries(Object.keys(add).map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: marshall(
          Object.fromEntries(Object.entries(add).map(([name, amount]) => [`:${name}`, amount])),
        ),
      },
    }));
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.#client.send(new TransactWriteItemsCommand({ TransactItems: [mark, ...sums] }));
        return;
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error;
        if (isRefused(error, 0)) return;
        if (!isContended(error) || attempt === conflictRetries) throw error;
        await this.#pause(attempt);
      }
    }
  }

  /** The figures of one day, by key of the dimension. */
  async figures(dimension: Dimension, day: string): Promise<Map<string, Counts>> {
    const rows = new Map<string, Counts>();
    let start: QueryCommand['input']['ExclusiveStartKey'];
    do {
      const { Items, LastEvaluatedKey } = await this.#client.send(
        new QueryCommand({
          TableName: this.#table,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: marshall({ ':pk': `figures#${dimension}#${day}` }),
          ExclusiveStartKey: start,
        }),
      );
      for (const item of Items ?? []) {
        const { pk: _pk, sk, ...figures } = unmarshall(item) as { pk: string; sk: string } & Counts;
        rows.set(sk, figures);
      }
      start = LastEvaluatedKey;
    } while (start);
    return rows;
  }

  /** Puts a line down for the next digest, once: the mark that it was and the line are one transaction. */
  async owe(recipient: string, line: Omit<OwedLine, 'recipient'>, now: string): Promise<void> {
    const put = (item: Record<string, unknown>, once: boolean) => ({
      Put: {
        TableName: this.#table,
        Item: marshall({ ...item, expiresAt: expiry(now) }),
        ...(once && { ConditionExpression: 'attribute_not_exists(pk)' }),
      },
    });
    const items = [
      put({ pk: `owed#${line.id}`, sk: recipient }, true),
      put({ pk: owedKey, sk: `${recipient}|${line.id}`, recipient, ...line }, false),
    ];
    try {
      await this.#client.send(new TransactWriteItemsCommand({ TransactItems: items }));
    } catch (error) {
      if (!(error instanceof TransactionCanceledException && isRefused(error, 0))) throw error;
    }
  }

  /** All lines that no digest has told yet, one recipient's after the other. */
  async owed(): Promise<OwedLine[]> {
    const lines: OwedLine[] = [];
    let start: QueryCommand['input']['ExclusiveStartKey'];
    do {
      const { Items, LastEvaluatedKey } = await this.#client.send(
        new QueryCommand({
          TableName: this.#table,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: marshall({ ':pk': owedKey }),
          ConsistentRead: true,
          ExclusiveStartKey: start,
        }),
      );
      lines.push(...(Items ?? []).map((item) => unmarshall(item) as OwedLine));
      start = LastEvaluatedKey;
    } while (start);
    return lines;
  }

  /** Strikes out lines that were told. */
  async settle(lines: readonly OwedLine[]): Promise<void> {
    let left = lines.map(({ recipient, id }) => ({
      DeleteRequest: { Key: marshall({ pk: owedKey, sk: `${recipient}|${id}` }) },
    }));
    while (left.length > 0) {
      const { UnprocessedItems } = await this.#client.send(
        new BatchWriteItemCommand({ RequestItems: { [this.#table]: left.slice(0, mostAtOnce) } }),
      );
      const again = (UnprocessedItems?.[this.#table] ?? []) as typeof left;
      if (again.length > 0) await this.#pause(1);
      left = [...again, ...left.slice(mostAtOnce)];
    }
  }

  /**
   * Takes the right to do something once. `done`: somebody did. `taken`: somebody else is at it, and if they
   * fail the right falls free after `holdSeconds`.
   *
   * @param holder who asks; the same holder has the right at once again, as a queue never gives one message to
   * a second run before it has given up the first.
   */
  async claim(
    what: string,
    by: string,
    { holder, now, holdSeconds }: { holder: string; now: string; holdSeconds: number },
  ): Promise<'mine' | 'taken' | 'done'> {
    const until = new Date(Date.parse(now) + holdSeconds * 1000).toISOString();
    try {
      await this.#client.send(
        new PutItemCommand({
          TableName: this.#table,
          Item: marshall({ pk: what, sk: by, state: 'claimed', holder, until, expiresAt: expiry(now) }),
          ConditionExpression:
            'attribute_not_exists(pk) OR (#state = :claimed AND (#until <= :now OR #holder = :holder))',
          ExpressionAttributeNames: { '#state': 'state', '#until': 'until', '#holder': 'holder' },
          ExpressionAttributeValues: marshall({ ':claimed': 'claimed', ':now': now, ':holder': holder }),
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return 'mine';
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return error.Item?.['state']?.S === 'done' ? 'done' : 'taken';
    }
  }

  /** Says that what was claimed is done. */
  async complete(what: string, by: string): Promise<void> {
    await this.#client.send(
      new UpdateItemCommand({
        TableName: this.#table,
        Key: marshall({ pk: what, sk: by }),
        UpdateExpression: 'SET #state = :done REMOVE #until',
        ExpressionAttributeNames: { '#state': 'state', '#until': 'until' },
        ExpressionAttributeValues: marshall({ ':done': 'done' }),
      }),
    );
  }

  /** Gives a claim back at once when doing it failed. */
  async release(what: string, by: string): Promise<void> {
    await this.#client.send(
      new DeleteItemCommand({ TableName: this.#table, Key: marshall({ pk: what, sk: by }) }),
    );
  }
}

const owedKey = 'digest';

/** A line of a digest that is still to be told, and to whom. */
export type OwedLine = Pick<DigestLine, 'id' | 'to' | 'kind' | 'number' | 'text'> & { recipient: string };

function expiry(now: string): number {
  return Math.floor(Date.parse(now) / 1000) + rememberSeconds;
}

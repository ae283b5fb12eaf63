import {
  ConditionalCheckFailedException,
  QueryCommand,
  TransactWriteItemsCommand,
  TransactionCanceledException,
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { DigestLine } from '../kernel/notices.ts';
import { isRefused } from './contention.ts';
import { expiry } from './expiry.ts';
import { FormerMarks } from './former-marks.ts';
import { ledgerTable } from './schema.ts';
import { writeAll } from './write-batch.ts';

/** What consumers have already done, so that a repeated message is done once. */
export class Ledger {
  readonly formerMarks: FormerMarks;
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #pause: (attempt: number) => Promise<void>;

  /** @param pause waits before what was not taken is sent again. */
  constructor(client: DynamoDBClient, table: string, pause: (attempt: number) => Promise<void>) {
    this.formerMarks = new FormerMarks(client, table);
    this.#client = client;
    this.#table = table;
    this.#pause = pause;
  }

  /** Adds a line to the next digest, once: the line and the mark that it was added are one transaction. */
  async addPending(recipient: string, line: Omit<PendingLine, 'recipient'>, now: string): Promise<void> {
    const put = (item: Record<string, unknown>, once: boolean) => ({
      Put: {
        TableName: this.#table,
        Item: marshall({ ...item, expiresAt: expiry(now) }),
        ...(once && { ConditionExpression: 'attribute_not_exists(pk)' }),
      },
    });
    const items = [
      put({ pk: `owed#${line.id}`, sk: recipient }, true),
      put({ pk: pendingKey, sk: `${recipient}|${line.id}`, recipient, ...line }, false),
    ];
    try {
      await this.#client.send(new TransactWriteItemsCommand({ TransactItems: items }));
    } catch (error) {
      if (!(error instanceof TransactionCanceledException && isRefused(error, 0))) throw error;
    }
  }

  /** All lines that no digest has sent yet, grouped by recipient. */
  async pendingLines(): Promise<PendingLine[]> {
    const lines: PendingLine[] = [];
    let start: QueryCommand['input']['ExclusiveStartKey'];
    do {
      const { Items, LastEvaluatedKey } = await this.#client.send(
        new QueryCommand({
          TableName: this.#table,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: marshall({ ':pk': pendingKey }),
          ConsistentRead: true,
          ExclusiveStartKey: start,
        }),
      );
      lines.push(...(Items ?? []).map((item) => unmarshall(item) as PendingLine));
      start = LastEvaluatedKey;
    } while (start);
    return lines;
  }

  /** Deletes lines that were sent. */
  async deleteSent(lines: readonly PendingLine[]): Promise<void> {
    const requests = lines.map(({ recipient, id }) => ({
      DeleteRequest: { Key: marshall({ pk: pendingKey, sk: `${recipient}|${id}` }) },
    }));
    await writeAll(this.#client, this.#table, requests, (attempt) => this.#pause(attempt));
  }

  /**
   * Claims the right to do something once.
   *
   * @param holder who claims; the same holder may claim again at once, since a queue redelivers a message only after
   * its first run has ended.
   * @returns `done`: it was done. `taken`: another holder has it; it expires after `holdSeconds`. Else the parts of it
   * that were done already.
   */
  async claim(
    what: string,
    { holder, now, holdSeconds }: { holder: string; now: string; holdSeconds: number },
  ): Promise<'taken' | 'done' | { done: ReadonlySet<string> }> {
    const until = new Date(Date.parse(now) + holdSeconds * 1000).toISOString();
    try {
      const { Attributes } = await this.#client.send(
        new UpdateItemCommand({
          TableName: this.#table,
          Key: claimKey(what),
          UpdateExpression: 'SET #state = :claimed, #holder = :holder, #until = :until, #expires = :expires',
          ConditionExpression:
            'attribute_not_exists(pk) OR (#state = :claimed AND (#until <= :now OR #holder = :holder))',
          ExpressionAttributeNames: { ...claimNames, '#expires': ledgerTable.timeToLive },
          ExpressionAttributeValues: marshall({
            ':claimed': 'claimed',
            ':holder': holder,
            ':until': until,
            ':now': now,
            ':expires': expiry(now),
          }),
          ReturnValues: 'ALL_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return { done: new Set(Attributes?.['parts']?.SS) };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return error.Item?.['state']?.S === 'done' ? 'done' : 'taken';
    }
  }

  /** Records that what was claimed is done. */
  async complete(what: string): Promise<void> {
    await this.#client.send(
      new UpdateItemCommand({
        TableName: this.#table,
        Key: claimKey(what),
        UpdateExpression: 'SET #state = :done REMOVE #until, #holder',
        ExpressionAttributeNames: claimNames,
        ExpressionAttributeValues: marshall({ ':done': 'done' }),
      }),
    );
  }

  /** Releases a claim after a failure. @param done the parts that were done. */
  async release(what: string, done: ReadonlySet<string>, now: string): Promise<void> {
    await this.#client.send(
      new UpdateItemCommand({
        TableName: this.#table,
        Key: claimKey(what),
        UpdateExpression: `SET #state = :claimed, #until = :now${done.size > 0 ? ', #parts = :parts' : ''}`,
        ExpressionAttributeNames: {
          '#state': 'state',
          '#until': 'until',
          ...(done.size > 0 && { '#parts': 'parts' }),
        },
        ExpressionAttributeValues: {
          ...marshall({ ':claimed': 'claimed', ':now': now }),
          ...(done.size > 0 && { ':parts': { SS: [...done] } }),
        },
      }),
    );
  }
}

const claimNames = { '#state': 'state', '#until': 'until', '#holder': 'holder' };

function claimKey(what: string): Record<string, AttributeValue> {
  return marshall({ [ledgerTable.hashKey]: what, [ledgerTable.rangeKey]: 'claim' });
}

const pendingKey = 'digest';

/** A line of a digest that has not been sent, and its recipient. */
export type PendingLine = Pick<DigestLine, 'id' | 'to' | 'kind' | 'number' | 'text'> & { recipient: string };

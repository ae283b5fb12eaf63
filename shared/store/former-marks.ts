import {
  GetItemCommand,
  PutItemCommand,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { expiry } from './expiry.ts';
import { ledgerTable } from './schema.ts';

/** The idempotency marks that earlier versions wrote in their own form, before an instant. */
export class FormerMarks {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  /** The instant; empty if no earlier version has run. */
  #until: string | undefined;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** Records that marks of events before an instant may have the earlier form, for as long as such marks are kept. */
  async begin(now: string, until = now): Promise<void> {
    const Item = marshall({ ...untilKey, at: until, expiresAt: expiry(now) });
    await this.#client.send(new PutItemCommand({ TableName: this.#table, Item }));
  }

  /** The items that were done already. Later ones are not looked up. @param markOf the key of the earlier mark. */
  async done<T>(
    all: readonly T[],
    markOf: (one: T) => { occurredAt: string; pk: string; sk: string },
  ): Promise<Set<T>> {
    const until = (this.#until ??= (await this.#read(untilKey))?.['at']?.S ?? '');
    const done = new Set<T>();
    await Promise.all(
      all.map(async (one) => {
        const { occurredAt, ...key } = markOf(one);
        const mark = occurredAt < until ? await this.#read(key) : undefined;
        // A claim also says whether it was carried out; a count is written in one transaction with its mark.
        if (mark && (mark['state']?.S ?? 'done') === 'done') done.add(one);
      }),
    );
    return done;
  }

  async #read({ pk, sk }: { pk: string; sk: string }): Promise<Record<string, AttributeValue> | undefined> {
    const Key = marshall({ [ledgerTable.hashKey]: pk, [ledgerTable.rangeKey]: sk });
    const { Item } = await this.#client.send(
      new GetItemCommand({ TableName: this.#table, Key, ConsistentRead: true }),
    );
    return Item;
  }
}

const untilKey = { pk: 'former-marks', sk: 'until' };

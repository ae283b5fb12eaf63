import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { ReportEvent } from '../../events/report.ts';
import type { Private } from '../../shared/store/item.ts';
import { formerItem } from './former-table.ts';
import { decide, fold, type Command, type Context } from './report-domain.ts';

/** A function of the former version that is still running: it uses only the former table. */
export class FormerWriter {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** @returns whether the number was free. */
  async create(events: readonly ReportEvent[], secret: Private): Promise<boolean> {
    return this.#put(formerItem(events, secret), {
      ConditionExpression: 'attribute_not_exists(#number)',
      ExpressionAttributeNames: { '#number': 'number' },
    });
  }

  /** @returns whether it was executed. @throws if the stored record is unreadable. */
  async execute(number: string, command: Command, context: Context): Promise<boolean> {
    for (;;) {
      const { Item } = await this.#client.send(
        new GetItemCommand({ TableName: this.#table, Key: { number: { S: number } }, ConsistentRead: true }),
      );
      if (!Item) return false;
      const events = (Item['events']?.L ?? []).map(({ S = '' }) => JSON.parse(S) as ReportEvent);
      if (events.length === 0) throw new Error('a record has at least one event');
      const record = fold(events);
      const decision = decide(record, command, context);
      if (!decision.ok) return false;
      const next = formerItem([...events, ...decision.events], {} as Private);
      const isWritten = await this.#put(
        { ...next, private: Item['private'] ?? { M: {} } },
        {
          ConditionExpression: '#version = :version',
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':version': { N: String(record.version) } },
        },
      );
      if (isWritten) return true;
    }
  }

  async #put(
    Item: ReturnType<typeof formerItem>,
    condition: Omit<ConstructorParameters<typeof PutItemCommand>[0], 'Item' | 'TableName'>,
  ): Promise<boolean> {
    try {
      await this.#client.send(new PutItemCommand({ TableName: this.#table, Item, ...condition }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}

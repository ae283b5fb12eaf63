import type { StatementSync } from 'node:sqlite';
import type { QueuePlan, TopicPlan } from '../template/plan.ts';
import { place } from '../template/resource-types.ts';
import type { MessageEngine } from './engine.ts';

/** A queue of the embedded cloud only, subscribed to all notices. */
const name = 'local-outbox';
export const outboxQueue: QueuePlan = {
  name,
  arn: `arn:aws:sqs:${place.region}:${place.account}:${name}`,
  attributes: {},
};

export function subscribeOutbox(topic: TopicPlan): TopicPlan {
  return {
    ...topic,
    subscriptions: [
      ...topic.subscriptions,
      { queueArn: outboxQueue.arn, attributes: { RawMessageDelivery: 'true' }, deadLetterArn: undefined },
    ],
  };
}

/** Stores each notice once, permanently; on AWS it would be sent to its recipient. */
export class Outbox {
  readonly #engine: MessageEngine;
  readonly #insert: StatementSync;
  readonly #all: StatementSync;
  readonly #ofNumber: StatementSync;

  constructor(engine: MessageEngine) {
    this.#engine = engine;
    const { database } = engine;
    database.exec(`
      CREATE TABLE IF NOT EXISTS local_outbox (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        number TEXT,
        message TEXT NOT NULL
      );
      CREATE INDEX IF NOT EXISTS local_outbox_number ON local_outbox (number, position);
    `);
    this.#insert = database.prepare(
      'INSERT INTO local_outbox (id, number, message) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING',
    );
    this.#all = database.prepare('SELECT message FROM local_outbox ORDER BY position DESC LIMIT ?');
    this.#ofNumber = database.prepare(
      // A digest is about several reports.
      `SELECT message FROM local_outbox WHERE number = ?1 OR (number IS NULL AND EXISTS (
        SELECT 1 FROM json_each(message, '$.numbers') WHERE value = ?1
      )) ORDER BY position DESC LIMIT ?2`,
    );
    engine.onMessage(outboxQueue.arn, () => {
      this.#receive();
    });
    this.#receive();
  }

  /** The newest first. */
  list(limit: number, number?: string): unknown[] {
    const rows = number === undefined ? this.#all.all(limit) : this.#ofNumber.all(number, limit);
    return rows.map((row) => JSON.parse(String(row['message'])) as unknown);
  }

  #receive(): void {
    for (;;) {
      const received = this.#engine.receive(outboxQueue.arn, 10);
      if (received.length === 0) return;
      for (const { message, receiptHandle } of received) {
        this.#store(message.messageId, message.body);
        this.#engine.remove(outboxQueue.arn, [receiptHandle]);
      }
    }
  }

  #store(messageId: string, body: string): void {
    const notice = parseObject(body);
    const id = typeof notice['id'] === 'string' ? notice['id'] : messageId;
    const number = typeof notice['number'] === 'string' ? notice['number'] : null;
    this.#insert.run(id, number, JSON.stringify(notice));
  }
}

/** A notice that is not a JSON object is stored as text. */
function parseObject(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Stored as text below.
  }
  return { text: body };
}

import type {
  PublishBatchCommandInput,
  PublishCommandInput,
  MessageAttributeValue,
} from '@aws-sdk/client-sns';
import type { SendMessageCommandInput } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Agenda, Appointment } from './agenda.ts';
import type { Chance } from './chance.ts';
import type { Faults } from './faults.ts';
import type { Invocation, Outcome } from './lambda.ts';

export type Attributes = Record<string, string>;
/** Which messages a subscriber wants: each attribute that is named must have one of the values. */
export type FilterPolicy = Record<string, readonly string[]>;

export type QueueShape = {
  name: string;
  consumer: string;
  filter: FilterPolicy;
  batchSize: number;
  maxConcurrency: number;
  visibilitySeconds: number;
  maxReceiveCount: number;
};

export type Message = {
  id: string;
  body: string;
  attributes: Attributes;
  /** What chance and the trace call it. */
  about: string;
  receiveCount: number;
  failedAt: number;
};

export type Invoke = (
  name: string,
  payload: SQSEvent,
  about: string,
) => Promise<{ outcome: Outcome<SQSBatchResponse>; invocation: Invocation }>;

/** A queue with its consumer, as Lambda's mapping works it: leases, receive counts, dead letters. */
export class FakeQueue {
  readonly shape: QueueShape;
  readonly deadLetters: Message[] = [];
  /** What came, by what it is about. */
  readonly delivered = new Set<string>();
  /** What was handled, and when first. */
  readonly handled = new Map<string, number>();
  /**
   * How many receives failed because of a fault, by what the message is about. A copy of a message waits for the one
   * that is being worked on, and fails with it though no fault meets the copy.
   */
  readonly faultedReceives = new Map<string, number>();
  readonly #agenda: Agenda;
  readonly #chance: Chance;
  readonly #faults: Faults;
  readonly #invoke: Invoke;
  readonly #isDown: () => boolean;
  readonly #onDead: (message: Message) => void;
  #visible: Message[] = [];
  #inFlight = 0;
  #poll: Appointment | undefined;

  constructor(
    shape: QueueShape,
    world: {
      agenda: Agenda;
      chance: Chance;
      faults: Faults;
      invoke: Invoke;
      isDown: () => boolean;
      onDead: (message: Message) => void;
    },
  ) {
    this.shape = shape;
    this.#agenda = world.agenda;
    this.#chance = world.chance;
    this.#faults = world.faults;
    this.#invoke = world.invoke;
    this.#isDown = world.isDown;
    this.#onDead = world.onDead;
  }

  send(body: string, about: string, attributes: Attributes = {}): void {
    this.delivered.add(about);
    const key = this.#faults.counted(`${this.shape.name} ${about}`);
    this.#arrive({ id: key, body, attributes, about, receiveCount: 0, failedAt: 0 }, key);
    if (this.#faults.strikes('duplicate', key)) {
      const again = `${key} again`;
      this.#arrive({ id: again, body, attributes, about, receiveCount: 0, failedAt: 0 }, again);
    }
  }

  /** An operator's redrive of dead letters after the cause is fixed. */
  redrive(message: Message): void {
    this.deadLetters.splice(this.deadLetters.indexOf(message), 1);
    this.faultedReceives.delete(message.about);
    this.#return({ ...message, receiveCount: 0 }, 0);
  }

  #faulted({ about }: Message): void {
    this.faultedReceives.set(about, (this.faultedReceives.get(about) ?? 0) + 1);
  }

  #arrive(message: Message, key: string): void {
    const usual = this.#chance.integer(`travel ${key}`, 5, 300);
    const isLate = this.#faults.strikes('delay', key);
    this.#return(message, isLate ? this.#chance.integer(`late ${key}`, 1000, 1_200_000) : usual);
  }

  #return(message: Message, milliseconds: number): void {
    this.#agenda.after(milliseconds, () => {
      this.#visible.push(message);
      this.#pollSoon(1);
    });
  }

  #pollSoon(milliseconds: number): void {
    if (this.#poll?.what) return;
    this.#poll = this.#agenda.after(milliseconds, () => {
      this.#poll = undefined;
      if (this.#isDown()) this.#pollSoon(5000);
      else while (this.#visible.length > 0 && this.#inFlight < this.shape.maxConcurrency) this.#receive();
    });
  }

  #receive(): void {
    const first = this.#visible[0]?.about ?? '';
    const about = this.#faults.counted(`batch ${this.shape.name} ${first}`);
    const size = this.#faults.strikes('resplit', about)
      ? this.#chance.integer(about, 1, this.shape.batchSize)
      : this.shape.batchSize;
    const batch: Message[] = [];
    while (batch.length < size) {
      const message = this.#visible.shift();
      if (!message) break;
      message.receiveCount += 1;
      if (message.receiveCount > this.shape.maxReceiveCount) {
        this.deadLetters.push(message);
        this.#onDead(message);
      } else batch.push(message);
    }
    if (batch.length > 0) void this.#work(batch, about);
  }

  async #work(batch: Message[], about: string): Promise<void> {
    this.#inFlight += 1;
    const leasedUntil = this.#agenda.now + this.shape.visibilitySeconds * 1000;
    const payload = { Records: batch.map((message) => recordOf(message, this.shape.name)) };
    const { outcome, invocation } = await this.#invoke(this.shape.consumer, payload, about);
    const failed = outcome.ok
      ? new Set(outcome.value.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
      : undefined;
    for (const message of batch) {
      if (failed && !failed.has(message.id)) {
        if (!this.handled.has(message.about)) this.handled.set(message.about, this.#agenda.now);
        // The mapping's own delete may fail: the message is delivered once more.
        if (!this.#faults.strikes('not-deleted', `${about} ${message.id}`)) continue;
        this.#faulted(message);
      } else if (invocation.isFaulted) this.#faulted(message);
      this.#return(message, leasedUntil - this.#agenda.now);
    }
    this.#inFlight -= 1;
    if (this.#visible.length > 0) this.#pollSoon(1);
  }
}

function recordOf(message: Message, queue: string): SQSRecord {
  return {
    messageId: message.id,
    receiptHandle: message.id,
    body: message.body,
    attributes: {
      ApproximateReceiveCount: String(message.receiveCount),
      SentTimestamp: '0',
      SenderId: 'sns',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: Object.fromEntries(
      Object.entries(message.attributes).map(([name, stringValue]) => [
        name,
        { dataType: 'String', stringValue },
      ]),
    ),
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
    awsRegion: 'us-east-1',
  };
}

export type Published = { topic: string; message: string; attributes: Attributes };
export type Parked = { body: string; reason: string; source: string };

/** The operations on topics and on the queue of parked messages that the product sends. */
export function handleMessaging(
  operation: string,
  given: object,
  published: (each: Published) => void,
  parked: (each: Parked) => void,
): object {
  switch (operation) {
    case 'Publish': {
      const { TopicArn = '', Message = '', MessageAttributes } = given as PublishCommandInput;
      published({ topic: TopicArn, message: Message, attributes: plain(MessageAttributes) });
      return {};
    }
    case 'PublishBatch': {
      const { TopicArn = '', PublishBatchRequestEntries: entries = [] } = given as PublishBatchCommandInput;
      for (const { Message = '', MessageAttributes } of entries)
        published({ topic: TopicArn, message: Message, attributes: plain(MessageAttributes) });
      return { Successful: entries.map(({ Id }) => ({ Id })), Failed: [] };
    }
    case 'SendMessage': {
      const { MessageBody = '', MessageAttributes } = given as SendMessageCommandInput;
      const { reason = '', source = '' } = plain(MessageAttributes);
      parked({ body: MessageBody, reason, source });
      return {};
    }
    default:
      throw new Error(`the simulation knows no ${operation}`);
  }
}

export function passes(filter: FilterPolicy, attributes: Attributes): boolean {
  return Object.entries(filter).every(([name, values]) => {
    const value = attributes[name];
    return value !== undefined && values.includes(value);
  });
}

function plain(attributes: Record<string, MessageAttributeValue> = {}): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { StringValue = '' }]) => [name, StringValue]),
  );
}

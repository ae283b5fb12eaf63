import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

/**
 * The internal parts of fauxqs used here instead of its entry point, whose server listens on every network interface
 * without authentication and writes each message separately. The types match the version that package.json pins;
 * another version is refused.
 */
const knownVersion = '2.4.1';

type AttributeValue = { DataType: string; StringValue?: string; BinaryValue?: string };

export type StoredMessage = {
  messageId: string;
  body: string;
  md5OfBody: string;
  messageAttributes: Record<string, AttributeValue>;
  md5OfMessageAttributes: string;
  sentTimestamp: number;
  approximateReceiveCount: number;
  approximateFirstReceiveTimestamp?: number;
};

export type EngineQueue = {
  readonly name: string;
  readonly arn: string;
  readonly attributes: Record<string, string>;
  readonly messages: StoredMessage[];
  readonly delayedMessages: StoredMessage[];
  readonly inflightMessages: Map<string, { message: StoredMessage; visibilityDeadline: number }>;
  setAttributes(attributes: Record<string, string>): void;
  enqueue(message: StoredMessage): void;
  dequeue(
    maxCount: number,
    visibilitySeconds: number | undefined,
    deadLetterQueue: (arn: string) => EngineQueue | undefined,
  ): { MessageId: string; ReceiptHandle: string }[];
  deleteMessage(receiptHandle: string): boolean;
  processTimers(): void;
  notifyWaiters(): void;
};

type QueueStore = {
  persistence?: Persistence;
  createQueue(name: string, url: string, arn: string, attributes: Record<string, string>): EngineQueue;
  getQueueByArn(arn: string): EngineQueue | undefined;
  allQueues(): Iterable<EngineQueue & { persistence?: Persistence }>;
};

type Subscription = { arn: string; protocol: string; endpoint: string; attributes: Record<string, string> };

type TopicStore = {
  persistence?: Persistence;
  createTopic(
    name: string,
    attributes: undefined,
    tags: undefined,
    region: string,
  ): { subscriptionArns: string[] };
  getTopic(arn: string): { subscriptionArns: string[] } | undefined;
  getSubscription(arn: string): Subscription | undefined;
  subscribe(topicArn: string, protocol: 'sqs', endpoint: string, attributes: Record<string, string>): unknown;
  unsubscribe(arn: string): boolean;
};

type ObjectStore = {
  persistence?: ObjectPersistence;
  hasBucket(name: string): boolean;
  createBucket(name: string): void;
  deleteObject(bucket: string, key: string): void;
  listObjects(
    bucket: string,
    options: { prefix: string; maxKeys: number; startAfter?: string },
  ): {
    objects: { key: string; lastModified: Date }[];
    isTruncated: boolean;
  };
};

type Persistence = {
  readonly db: DatabaseSync;
  transaction(work: () => void): void;
  loadSqsAndSns(queues: QueueStore, topics: TopicStore): void;
  close(): void;
};

type ObjectPersistence = {
  readonly bucketsDir: string;
  loadS3(objects: ObjectStore): void;
  deleteObject(bucket: string, key: string): void;
  close(): void;
};

type Reply = {
  code(status: number): Reply;
  headers(headers: Record<string, string>): Reply;
  send(body: unknown): unknown;
};

/** The part of the Fastify instance that is used. */
type Server = {
  addHook(
    name: 'onRequest' | 'preHandler',
    /** `body` is parsed in `preHandler`, but not yet in `onRequest`. */
    hook: (request: { raw: IncomingMessage; body?: unknown }, reply: Reply, done: () => void) => void,
  ): void;
  listen(options: { port: number; host: string }): Promise<string>;
  close(): Promise<void>;
};

export type EngineParts = {
  buildApp(options: {
    logger: boolean;
    host: string;
    defaultRegion: string;
    stores: { sqsStore: QueueStore; snsStore: TopicStore; s3Store: ObjectStore };
  }): Server;
  SqsStore: {
    new (): QueueStore;
    createMessage(body: string, attributes: Record<string, AttributeValue>): StoredMessage;
  };
  SnsStore: new () => TopicStore;
  S3Store: new () => ObjectStore;
  PersistenceManager: new (folder: string) => Persistence;
  FileS3Persistence: new (folder: string) => ObjectPersistence;
};

export async function loadEngineParts(): Promise<EngineParts> {
  const places = createRequire(import.meta.url).resolve.paths('fauxqs') ?? [];
  const root = places
    .map((place) => join(place, 'fauxqs'))
    .find((folder) => existsSync(join(folder, 'package.json')));
  if (root === undefined) throw new Error('The package fauxqs is not installed: run npm ci.');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  if (version !== knownVersion)
    throw new Error(`fauxqs is ${version}, but infra/local/messaging needs ${knownVersion}.`);

  const load = async (path: string): Promise<object> =>
    (await import(pathToFileURL(join(root, 'dist', path)).href)) as object;
  const [app, queues, topics, objects, persistence, files, types] = await Promise.all(
    [
      'app.js',
      'sqs/sqsStore.js',
      'sns/snsStore.js',
      's3/s3Store.js',
      'persistence.js',
      's3/fileS3Persistence.js',
      'sqs/sqsTypes.js',
    ].map(load),
  );
  allowEveryCharacter(types as { INVALID_MESSAGE_BODY_CHAR: RegExp });
  keepReceiveCounts(persistence as { PersistenceManager: { prototype: object } });
  return { ...app, ...queues, ...topics, ...objects, ...persistence, ...files } as EngineParts;
}

/** The engine's check refuses surrogate pairs such as emoji, which SQS accepts. */
function allowEveryCharacter(types: { INVALID_MESSAGE_BODY_CHAR: RegExp }): void {
  // The characters that SQS's reference lists.
  const refused = /[^\x09\x0A\x0D\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
  types.INVALID_MESSAGE_BODY_CHAR.test = (text) => refused.test(text);
}

/**
 * Replaces the engine's statement for ChangeMessageVisibility to 0, which clears the receive count. The table refuses
 * that, so the message would be missing until the next start.
 */
function keepReceiveCounts({ PersistenceManager }: { PersistenceManager: { prototype: object } }): void {
  Object.assign(PersistenceManager.prototype, {
    updateMessageReady(this: { db: DatabaseSync }, messageId: string) {
      this.db
        .prepare(
          'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
        )
        .run(messageId);
    },
  });
}

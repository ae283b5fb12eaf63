import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { BucketPlan, QueuePlan, SubscriptionPlan, TopicPlan } from '../template/plan.ts';
import { place } from '../template/resource-types.ts';
import { loadEngineParts, type EngineParts, type EngineQueue, type StoredMessage } from './engine-parts.ts';
import type { MessageAuthorizer } from './authorizer.ts';

export type ReceivedMessage = { message: StoredMessage; receiptHandle: string };

export type QueueState = { ready: number; inFlight: number; delayed: number };

/** How often to look for expired visibility timeouts and delays; other changes notify at once. */
const timerMilliseconds = 200;

/**
 * SQS, SNS and S3 in this process. Functions call them over HTTP on a loopback port, event source mappings directly.
 * Changes are on disk before a call is answered.
 */
export class MessageEngine {
  readonly url: string;
  readonly #parts: EngineParts;
  readonly #server: ReturnType<EngineParts['buildApp']>;
  readonly #queues: InstanceType<EngineParts['SqsStore']>;
  readonly #topics: InstanceType<EngineParts['SnsStore']>;
  readonly #objects: InstanceType<EngineParts['S3Store']>;
  readonly #persistence: InstanceType<EngineParts['PersistenceManager']>;
  readonly #runningMark: string;
  readonly #setAuthorizer: (authorizer: MessageAuthorizer) => void;
  readonly #deletions: Set<(files: string[]) => void>;
  readonly #listeners = new Map<string, () => void>();
  readonly #timer: NodeJS.Timeout;
  #stopped = false;

  /** Refuses all requests until `prepare` is called. */
  static async start(dataDir: string): Promise<MessageEngine> {
    const parts = await loadEngineParts();
    const messageFolder = join(dataDir, 'messages');
    const objectFolder = join(dataDir, 'objects');
    mkdirSync(messageFolder, { recursive: true, mode: 0o700 });
    mkdirSync(objectFolder, { recursive: true, mode: 0o700 });
    const runningMark = join(objectFolder, 'running');
    if (existsSync(runningMark)) removePartialObjects(objectFolder);
    writeFileSync(runningMark, '');
    returnInFlight(join(messageFolder, 'fauxqs.db'));

    const queues = new parts.SqsStore();
    const topics = new parts.SnsStore();
    const objects = new parts.S3Store();
    const persistence = new parts.PersistenceManager(messageFolder);
    // Commits survive the end of this process. A power cut may lose the newest ones; since the stream checkpoints are in
    // the same file, the relay continues consistently.
    persistence.db.exec('PRAGMA synchronous = NORMAL');
    const objectPersistence = new parts.FileS3Persistence(objectFolder);
    const deletions = interceptDeletions(objectPersistence);
    persistence.loadSqsAndSns(queues, topics);
    objectPersistence.loadS3(objects);
    queues.persistence = persistence;
    topics.persistence = persistence;
    objects.persistence = objectPersistence;
    for (const queue of queues.allQueues()) queue.persistence = persistence;

    const server = parts.buildApp({
      logger: false,
      host: 'localhost',
      defaultRegion: place.region,
      stores: { sqsStore: queues, snsStore: topics, s3Store: objects },
    });
    let authorizer: MessageAuthorizer | undefined;
    // A web page in a browser on this machine can reach the port too, but has no access key.
    server.addHook('onRequest', ({ raw }, reply, done) => {
      if (
        authorizer?.mayConnect(raw.headers.authorization, (raw.url ?? '/').split('?', 1)[0] ?? '/') === true
      )
        done();
      else reply.code(403).send('AccessDenied');
    });
    server.addHook('preHandler', ({ raw, body }, reply, done) => {
      const { authorization, 'x-amz-target': target } = raw.headers;
      const refusal = authorizer?.refusalOf({ authorization, target: target?.toString(), body });
      if (refusal) reply.code(refusal.status).headers(refusal.headers).send(refusal.body);
      else done();
    });
    const url = await server.listen({ port: 0, host: '127.0.0.1' });
    return new MessageEngine({
      url,
      parts,
      server,
      queues,
      topics,
      objects,
      persistence,
      runningMark,
      setAuthorizer: (opened) => (authorizer = opened),
      deletions,
    });
  }

  private constructor(started: {
    url: string;
    parts: EngineParts;
    server: ReturnType<EngineParts['buildApp']>;
    queues: InstanceType<EngineParts['SqsStore']>;
    topics: InstanceType<EngineParts['SnsStore']>;
    objects: InstanceType<EngineParts['S3Store']>;
    persistence: InstanceType<EngineParts['PersistenceManager']>;
    runningMark: string;
    setAuthorizer: (authorizer: MessageAuthorizer) => void;
    deletions: Set<(files: string[]) => void>;
  }) {
    this.url = started.url;
    this.#parts = started.parts;
    this.#server = started.server;
    this.#queues = started.queues;
    this.#topics = started.topics;
    this.#objects = started.objects;
    this.#persistence = started.persistence;
    this.#runningMark = started.runningMark;
    this.#setAuthorizer = started.setAuthorizer;
    this.#deletions = started.deletions;
    this.#timer = setInterval(() => {
      this.#runTimers();
    }, timerMilliseconds);
  }

  /** The messages' database; what is written to it in the same transaction is consistent with the messages. */
  get database(): DatabaseSync {
    return this.#persistence.db;
  }

  /** Calls `listener` with an object's files just before they are deleted. Returns a function that removes it. */
  onDelete(listener: (files: string[]) => void): () => void {
    this.#deletions.add(listener);
    return () => {
      this.#deletions.delete(listener);
    };
  }

  atomically(work: () => void): void {
    this.#persistence.transaction(work);
  }

  /**
   * Creates or updates the template's queues, topics and buckets. A queue that is no longer in the template keeps its
   * messages, but receives no more.
   */
  prepare(
    queues: QueuePlan[],
    topics: TopicPlan[],
    buckets: BucketPlan[],
    authorizer: MessageAuthorizer,
  ): void {
    for (const queue of queues) {
      const there = this.#queues.getQueueByArn(queue.arn);
      if (!there)
        this.#queues.createQueue(
          queue.name,
          `${this.url}/${place.account}/${queue.name}`,
          queue.arn,
          queue.attributes,
        );
      // An empty redrive policy removes that of an earlier template.
      else there.setAttributes({ RedrivePolicy: '', ...queue.attributes });
    }
    for (const topic of topics) {
      const { subscriptionArns } = this.#topics.createTopic(topic.name, undefined, undefined, place.region);
      const wanted = new Map(topic.subscriptions.map((one) => [one.queueArn, one.attributes]));
      for (const arn of [...subscriptionArns]) {
        const there = this.#topics.getSubscription(arn);
        if (there && JSON.stringify(wanted.get(there.endpoint)) === JSON.stringify(there.attributes))
          wanted.delete(there.endpoint);
        else this.#topics.unsubscribe(arn);
      }
      for (const [queueArn, attributes] of wanted)
        this.#topics.subscribe(topic.arn, 'sqs', queueArn, attributes);
      this.#authorizeDeliveries(topic, authorizer);
    }
    for (const bucket of buckets) {
      if (!this.#objects.hasBucket(bucket.name)) this.#objects.createBucket(bucket.name);
    }
    this.#setAuthorizer(authorizer);
  }

  /**
   * Checks at each delivery whether the topic may send to the queue: the engine reads a subscription's endpoint after
   * the filter has matched, and skips an empty one.
   */
  #authorizeDeliveries(topic: TopicPlan, authorizer: MessageAuthorizer): void {
    const plans = new Map(topic.subscriptions.map((one): [string, SubscriptionPlan] => [one.queueArn, one]));
    for (const arn of this.#topics.getTopic(topic.arn)?.subscriptionArns ?? []) {
      const subscription = this.#topics.getSubscription(arn);
      const plan = plans.get(subscription?.endpoint ?? '');
      if (subscription && plan)
        Object.defineProperty(subscription, 'endpoint', {
          get: () => authorizer.receiverOf(topic.arn, plan) ?? '',
        });
    }
  }

  /** Calls back asynchronously after the queue gets messages to receive, possibly more often. */
  onMessage(queueArn: string, listener: () => void): void {
    const queue = this.#queue(queueArn);
    const notifyWaiters = queue.notifyWaiters.bind(queue);
    let notified = false;
    queue.notifyWaiters = () => {
      notifyWaiters();
      if (notified) return;
      notified = true;
      setImmediate(() => {
        notified = false;
        if (!this.#stopped) listener();
      });
    };
    this.#listeners.set(queueArn, listener);
  }

  /** At most `limit` messages, hidden for the visibility timeout; messages received too often go to the DLQ. */
  receive(queueArn: string, limit: number): ReceivedMessage[] {
    const queue = this.#queue(queueArn);
    if (queue.messages.length === 0) return [];
    const received: ReceivedMessage[] = [];
    // One transaction, since the engine deletes a message before adding it to the DLQ.
    this.atomically(() => {
      for (const { ReceiptHandle } of queue.dequeue(limit, undefined, (arn) =>
        this.#queues.getQueueByArn(arn),
      )) {
        const entry = queue.inflightMessages.get(ReceiptHandle);
        if (entry) received.push({ message: entry.message, receiptHandle: ReceiptHandle });
      }
    });
    return received;
  }

  remove(queueArn: string, receiptHandles: string[]): void {
    if (receiptHandles.length === 0) return;
    const queue = this.#queue(queueArn);
    this.atomically(() => {
      for (const handle of receiptHandles) queue.deleteMessage(handle);
    });
  }

  send(queueArn: string, body: string): void {
    this.#queue(queueArn).enqueue(this.#parts.SqsStore.createMessage(body, {}));
  }

  stateOf(queueArn: string): QueueState {
    const queue = this.#queue(queueArn);
    return {
      ready: queue.messages.length,
      inFlight: queue.inflightMessages.size,
      delayed: queue.delayedMessages.length,
    };
  }

  /** Deletes objects that a lifecycle rule has expired, by this machine's clock. */
  expire(buckets: BucketPlan[], now = Date.now()): void {
    for (const bucket of buckets) {
      for (const { prefix, days } of bucket.expirations) {
        const before = now - days * 86_400_000;
        let startAfter: string | undefined;
        for (;;) {
          const page = this.#objects.listObjects(bucket.name, {
            prefix,
            maxKeys: 1000,
            ...(startAfter === undefined ? {} : { startAfter }),
          });
          for (const object of page.objects) {
            if (object.lastModified.getTime() < before) this.#objects.deleteObject(bucket.name, object.key);
          }
          startAfter = page.objects.at(-1)?.key;
          if (!page.isTruncated || startAfter === undefined) break;
        }
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#server.close();
    this.#persistence.close();
    rmSync(this.#runningMark, { force: true });
  }

  #queue(arn: string): EngineQueue {
    const queue = this.#queues.getQueueByArn(arn);
    if (!queue) throw new Error(`no queue ${arn}`);
    return queue;
  }

  #runTimers(): void {
    for (const arn of this.#listeners.keys()) {
      const queue = this.#queue(arn);
      if (queue.inflightMessages.size > 0 || queue.delayedMessages.length > 0) queue.processTimers();
    }
  }
}

/** Wraps the deletion of objects; the listeners in the returned set are called just before it. */
function interceptDeletions(
  persistence: InstanceType<EngineParts['FileS3Persistence']>,
): Set<(files: string[]) => void> {
  const listeners = new Set<(files: string[]) => void>();
  const deleteObject = persistence.deleteObject.bind(persistence);
  persistence.deleteObject = (bucket, key) => {
    // The engine's encoding of a key as a path.
    const path = key.replace(
      /[<>:"|?*\\%\x00-\x1f]/g,
      (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
    );
    const file = join(persistence.bucketsDir, bucket, 'objects', path);
    for (const listener of listeners) listener([`${file}.data`, `${file}.meta.json`]);
    deleteObject(bucket, key);
  };
  return listeners;
}

/**
 * Makes in-flight messages visible again, since their consumers ended with the last process. Receive counts are kept, so
 * that a message that crashes the process goes to its DLQ in the end.
 */
function returnInFlight(databaseFile: string): void {
  if (!existsSync(databaseFile)) return;
  const database = new DatabaseSync(databaseFile);
  try {
    const table = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'sqs_messages'").get();
    if (table)
      database.exec(
        'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE receipt_handle IS NOT NULL',
      );
  } finally {
    database.close();
  }
}

/**
 * Removes partially written objects. Their uploads were never confirmed, and the engine cannot start with incomplete
 * metadata.
 */
function removePartialObjects(objectFolder: string): void {
  for (const path of readdirSync(objectFolder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(meta|bucket|upload)\.json$/.test(path)) continue;
    const file = join(objectFolder, path);
    try {
      JSON.parse(readFileSync(file, 'utf8'));
      if (!path.endsWith('.meta.json') || existsSync(file.replace(/\.meta\.json$/, '.data'))) continue;
    } catch {
      // Removed below.
    }
    rmSync(file, { force: true });
  }
}

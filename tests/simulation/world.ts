import { storedEvents } from '../../shared/store/item.ts';
import {
  DynamoDBClient,
  DynamoDBServiceException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient, type PublishBatchCommandInput } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
  DynamoDBBatchResponse,
  DynamoDBStreamEvent,
  SQSBatchResponse,
  SQSEvent,
} from 'aws-lambda';
import type { ReportEvent } from '../../events/report.ts';
import { wire as classify } from '../../functions/classify/wire.ts';
import { wire as deliver } from '../../functions/deliver/wire.ts';
import { wire as desk } from '../../functions/desk/wire.ts';
import { wire as digest } from '../../functions/digest/wire.ts';
import { wire as joint } from '../../functions/joint/wire.ts';
import { wire as notify } from '../../functions/notify/wire.ts';
import { wire as relay } from '../../functions/relay/wire.ts';
import { wire as residentCommand } from '../../functions/resident-command/wire.ts';
import { wire as stats } from '../../functions/stats/wire.ts';
import { wire as submit } from '../../functions/submit/wire.ts';
import { wire as sweep } from '../../functions/sweep/wire.ts';
import type { City } from '../../shared/config/city.ts';
import type { Host } from '../../shared/host/host.ts';
import type { HttpHandler } from '../../shared/http/endpoint.ts';
import { cityDay } from '../../shared/kernel/clocks/city-day.ts';
import { formatNumber } from '../../shared/kernel/number.ts';
import type { QueueHandler } from '../../shared/queue/consume.ts';
import { ledgerTable, recordsTable } from '../../shared/store/schema.ts';
import type { CallWebhook } from '../../shared/webhook/call.ts';
import { Agenda } from './agenda.ts';
import { Chance } from './chance.ts';
import { FakeDatabase, type TableShape, type Written } from './database.ts';
import type { Item } from './expressions.ts';
import { Faults, type RequestFault } from './faults.ts';
import { Instance, type Cloud, type Invocation, type Outcome, type Service } from './lambda.ts';
import {
  FakeQueue,
  handleMessaging,
  passes,
  type Message,
  type Parked,
  type Published,
} from './messaging.ts';
import { FakeStream } from './stream.ts';
import { queuesOf, timeoutSeconds } from './topology.ts';

const eventTopic = 'arn:aws:sns:us-east-1:000000000000:report-events';
const noticeTopic = 'arn:aws:sns:us-east-1:000000000000:notices';
const [reports, ledger, bucket] = ['reports', 'ledger', 'photos'];
const minute = 60_000;
const hour = 60 * minute;

const tables: TableShape[] = [
  {
    name: reports,
    hashKey: recordsTable.hashKey,
    rangeKey: recordsTable.rangeKey,
    indexes: Object.values(recordsTable.indexes),
  },
  { name: ledger, hashKey: ledgerTable.hashKey, rangeKey: ledgerTable.rangeKey, indexes: [] },
];
/** Small pages, to detect code that reads only the first one. */
const pageItems = 7;

const clientOptions = { region: 'us-east-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } };

/** The settings of every function, as the stack gives them. */
export const settings = {
  REPORTS_TABLE: reports,
  LEDGER_TABLE: ledger,
  PHOTO_BUCKET: bucket,
  PARKING_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/000000000000/parked',
  EVENT_TOPIC_ARN: eventTopic,
  NOTICE_TOPIC_ARN: noticeTopic,
  SECRET_ARN: 'secret',
  SITE_PROOF_ARN: 'site-proof',
  CONTACT_KEY_ARN: 'key',
};

/** The functions that are simulated, each as its `wire.ts` builds it. */
const wires: Functions = {
  submit: (host) => http(submit(settings, host)),
  'resident-command': (host) => http(residentCommand(settings, host)),
  desk: (host) => http(desk(settings, host)),
  classify: (host) => queued(classify(settings, host)),
  joint: (host) => queued(joint(settings, host)),
  notify: (host) => queued(notify(settings, host)),
  stats: (host) => queued(stats(settings, host)),
  deliver: (host) => queued(deliver(settings, host)),
  relay: (host) => {
    const handler = relay(settings, host);
    return (payload) => handler(payload as DynamoDBStreamEvent);
  },
  sweep: (host) => sweep(settings, host),
  digest: (host) => digest(settings, host),
};

function http(handler: HttpHandler): Handler {
  return (event) => handler(event as APIGatewayProxyEventV2, {} as Context);
}

function queued(handler: QueueHandler): Handler {
  return (batch) => handler(batch as SQSEvent);
}

function serviceOf(client: unknown): Service | undefined {
  if (client instanceof DynamoDBClient) return 'dynamodb';
  if (client instanceof SNSClient) return 'sns';
  if (client instanceof SQSClient) return 'sqs';
  if (client instanceof SecretsManagerClient) return 'secrets';
  return client instanceof KMSClient ? 'kms' : undefined;
}

type Outage = { service: Service; from: number; to: number };
export type WorldOptions = {
  seed: number;
  city: City;
  start: number;
  /** When faults end. */
  faultsEnd: number;
  allowedFaults?: ReadonlySet<string> | undefined;
  /** Webhooks refuse these permanently. */
  isTracing: boolean;
  onWrite: (written: Written) => void;
  /** Functions that the product does not have, by their names. */
  more?: Functions | undefined;
};

/** The product's functions, wired as its stack wires them, over engines in memory, in virtual time. */
export class World {
  readonly agenda: Agenda;
  readonly chance: Chance;
  readonly faults: Faults;
  readonly city: City;
  readonly database: FakeDatabase;
  readonly queues: FakeQueue[];
  readonly stream: FakeStream;
  readonly trace: string[] = [];
  readonly parked: Parked[] = [];
  /** What was published to the topic of notices, and when. */
  readonly told: { at: number; message: NoticeMessage }[] = [];
  /** Assignments that a department's own system took. */
  readonly taken = new Set<string>();
  /** Messages that no consumer can process, added on purpose. */
  readonly poisoned = new Set<string>();
  /** Messages that became dead letters without a fault. */
  readonly died: { queue: string; message: Message }[] = [];
  /** Digest lines that have not been sent. */
  readonly pendingLines = new Set<string>();
  /** Events with a fault during notification. */
  readonly faultedNotices = new Set<string>();
  /** A request that these engines do not support. The product would handle it as a failure of the engine. */
  gap: Error | undefined;
  readonly stats = { invocations: 0, requests: 0, redriven: 0, sweeps: 0 };
  readonly #options: WorldOptions;
  readonly #cloud: Cloud;
  readonly #idle = new Map<string, Instance<unknown, unknown>[]>();
  readonly #outages: Outage[];
  /** When the next timer of each report is due. */
  readonly #timers = new Map<string, number>();
  #instances = 0;
  #ids = 0;
  #sweepAt = Infinity;
  #digestAt = Infinity;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.city = options.city;
    this.chance = new Chance(options.seed);
    this.agenda = new Agenda(options.start);
    this.faults = new Faults(this.chance, options.allowedFaults);
    this.#outages = this.#planOutages();
    const isDown = (service: Service): boolean =>
      this.#outages.some(
        (outage) =>
          outage.service === service && outage.from <= this.agenda.now && this.agenda.now < outage.to,
      );
    this.#cloud = {
      agenda: this.agenda,
      chance: this.chance,
      faults: this.faults,
      isDown,
      trace: (line) => {
        this.note(line);
      },
    };
    this.database = new FakeDatabase(
      tables,
      (written) => {
        this.#written(written);
      },
      pageItems,
    );
    this.#fillRows();
    const parts = { agenda: this.agenda, chance: this.chance, faults: this.faults };
    this.queues = queuesOf(this.city).map(
      (shape) =>
        new FakeQueue(shape, {
          ...parts,
          isDown: () => isDown('sqs'),
          invoke: async (name, payload, about) => {
            const done = await this.invoke<SQSBatchResponse>(name, payload, about);
            if (name === 'notify' && done.invocation.isFaulted)
              for (const { body } of payload.Records) this.faultedNotices.add(idOf(body));
            return done;
          },
          onDead: (message) => {
            this.#dead(shape.name, message);
          },
        }),
    );
    this.stream = new FakeStream({
      ...parts,
      isDown: () => isDown('dynamodb'),
      relay: async (payload, about) =>
        (await this.invoke<DynamoDBBatchResponse>('relay', payload, about)).outcome,
    });
    this.agenda.at(options.faultsEnd, () => {
      this.faults.over = true;
      for (const outage of this.#outages) outage.to = Math.min(outage.to, this.agenda.now);
    });
  }

  note(line: string): void {
    if (this.#options.isTracing) this.trace.push(`${this.agenda.instant} ${line}`);
  }

  /** Runs a function on an instance that is free, or on a new one. */
  async invoke<Result>(
    name: string,
    payload: unknown,
    about: string,
  ): Promise<{ outcome: Outcome<Result>; invocation: Invocation }> {
    this.stats.invocations += 1;
    const idle = this.#idle.get(name) ?? [];
    this.#idle.set(name, idle);
    const instance = idle.pop() ?? this.#newInstance(name);
    const done = await instance.run(payload, about, timeoutSeconds[name] ?? 30);
    if (!instance.isDead) idle.push(instance);
    return done as { outcome: Outcome<Result>; invocation: Invocation };
  }

  /** A request through the gateway: an answer, or none. */
  async http(
    name: string,
    event: Partial<APIGatewayProxyEventV2> & { requestContext?: object },
    about: string,
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const { outcome } = await this.invoke<APIGatewayProxyStructuredResultV2>(name, event, about);
    if (!outcome.ok) return { status: 502, body: {} };
    const { statusCode = 0, body = '{}' } = outcome.value;
    return { status: statusCode, body: JSON.parse(body) as Record<string, unknown> };
  }

  /** Hands a message to every queue that subscribes to it. */
  publish({ topic, message, attributes }: Published): void {
    if (topic === noticeTopic) {
      this.told.push({ at: this.agenda.now, message: JSON.parse(message) as NoticeMessage });
      return;
    }
    const about = idOf(message);
    for (const queue of this.queues)
      if (passes(queue.shape.filter, attributes)) queue.send(message, about, attributes);
  }

  /** Some rows of figures remember nearly as many events as they can: a busy day's, which a few reports fill. */
  #fillRows(): void {
    const counted = { SS: Array.from({ length: 97 }, (_, at) => `${formatNumber('YT', '261119', at)}#1`) };
    const { departments, areas } = this.city;
    const rows = [
      ...departments.map(({ id }) => ['department', id] as const),
      ...areas.map(({ id }) => ['area', id] as const),
    ];
    for (let at = this.#options.start; at < this.#options.faultsEnd; at += 24 * hour)
      for (const [dimension, key] of rows) {
        const pk = `figures#${dimension}#${cityDay(new Date(at).toISOString(), this.city.timeZone)}`;
        if (!this.chance.yes(`full ${pk} ${key}`, 0.5)) continue;
        const Item = { [ledgerTable.hashKey]: { S: pk }, [ledgerTable.rangeKey]: { S: key }, counted };
        this.database.handle('PutItem', { TableName: ledger, Item }, { now: at, lag: 0 });
      }
  }

  #planOutages(): Outage[] {
    const { start, faultsEnd } = this.#options;
    const outages: Outage[] = [];
    for (const service of ['dynamodb', 'sns', 'sqs', 'secrets', 'kms', 'webhook'] as const) {
      if (!this.faults.strikes('outage', service)) continue;
      const from = this.chance.integer(`outage of ${service} begins`, start, faultsEnd);
      const length = this.chance.pick(`outage of ${service} lasts`, [2, 10, 30, 90]) * minute;
      outages.push({ service, from, to: from + length });
      this.agenda.at(from, () => {
        this.note(`${service} is down for ${length / minute} minutes`);
      });
    }
    return outages;
  }

  #dead(queue: string, message: Message): void {
    this.note(`${queue}: dead letter ${message.about}`);
    if (this.poisoned.has(message.about)) return;
    const home = this.queues.find(({ shape }) => shape.name === queue);
    if ((home?.faultedReceives.get(message.about) ?? 0) < 3) this.died.push({ queue, message });
    // The runbook: once the cause is over, the operator gives them back.
    this.agenda.after(2 * hour, () => {
      if (!home?.deadLetters.includes(message) || this.died.some((each) => each.message === message)) return;
      this.stats.redriven += 1;
      home.redrive(message);
    });
  }

  #written(written: Written): void {
    const { table, before, after } = written;
    this.#options.onWrite(written);
    if (table === reports && after) {
      const number = after[recordsTable.hashKey]?.S ?? '';
      const known = Number(before?.['version']?.N ?? 0);
      for (const event of storedEvents(after).slice(known)) this.note(`  ${brief(JSON.stringify(event))}`);
      this.stream.append(number, before, after);
      const timerAt = after[recordsTable.indexes.timers.rangeKey]?.S;
      // Related items have no timer.
      if (after[recordsTable.rangeKey]?.S !== recordsTable.record) return;
      if (timerAt === undefined) this.#timers.delete(number);
      else {
        this.#timers.set(number, Date.parse(timerAt));
        this.#sweepBy(Date.parse(timerAt));
      }
    }
    const line = after ?? before;
    if (table === ledger && line?.['pk']?.S === 'digest') {
      const key = line['sk']?.S ?? '';
      if (after) this.pendingLines.add(key);
      else this.pendingLines.delete(key);
      if (after) this.#digestSoon();
    }
  }

  /** The sweep runs each minute; minutes in which nothing is due are skipped. */
  #sweepBy(due: number): void {
    const at = nextMinute(Math.max(due, this.agenda.now));
    if (at >= this.#sweepAt) return;
    this.#sweepAt = at;
    this.agenda.at(at, () => {
      if (this.#sweepAt !== at) return;
      this.#sweepAt = Infinity;
      void this.#sweep(`sweep ${at}`);
    });
  }

  async #sweep(about: string): Promise<void> {
    const due = Math.min(Infinity, ...this.#timers.values());
    const isDue = due <= this.agenda.now;
    if (due < Infinity) this.#sweepBy(isDue ? this.agenda.now : due);
    if (!isDue || this.faults.strikes('skipped', about)) return;
    this.stats.sweeps += 1;
    await Promise.all([
      this.invoke('sweep', undefined, about),
      this.faults.strikes('doubled', about) ? this.invoke('sweep', undefined, `${about} again`) : undefined,
    ]);
  }

  #digestSoon(): void {
    const at = nextMinute(this.agenda.now);
    if (this.#digestAt <= at) return;
    this.#digestAt = at;
    this.agenda.at(at, () => {
      this.#digestAt = Infinity;
      void this.#digest(`digest ${at}`);
    });
  }

  async #digest(about: string): Promise<void> {
    if (this.pendingLines.size === 0) return;
    this.#digestSoon();
    if (this.faults.strikes('skipped', about)) return;
    await this.invoke('digest', undefined, about);
  }

  #newInstance(name: string): Instance<unknown, unknown> {
    const id = `${name}-${(this.#instances += 1)}`;
    return new Instance<unknown, unknown>(this.#cloud, name, id, (instance) => this.#wire(name, instance));
  }

  /** As each function's `index.ts` does, on this instance. */
  #wire(name: string, instance: Instance<unknown, unknown>): (payload: unknown) => Promise<unknown> {
    const wire = wires[name] ?? this.#options.more?.[name];
    if (!wire) throw new Error(`no function ${name}`);
    return wire(this.#hostOf(instance));
  }

  /** What an instance runs on: its own clock, and the simulated services. */
  #hostOf(instance: Instance<unknown, unknown>): Host {
    return {
      currentCity: () => this.city,
      connect: (Client, options) => this.#connected(new Client({ ...clientOptions, ...options }), instance),
      now: instance.now,
      random: () => 0,
      newId: () => `write-${(this.#ids += 1)}`,
      randomBytes: (bytes) => new Uint8Array(bytes).fill((this.#ids += 1)),
      pause: (milliseconds) => instance.sleep(milliseconds),
      fetch: () => Promise.reject(new Error('no captcha here')),
      webhookCaller: () => this.#caller(instance),
    };
  }

  /**
   * A real client whose requests end in the simulated service. The middleware stands outermost, so it tries again
   * as the SDK's own retries would.
   */
  #connected<Client>(client: Client, instance: Instance<unknown, unknown>): Client {
    const service = serviceOf(client);
    if (service === undefined) return client;
    const stack = (client as { middlewareStack: unknown }).middlewareStack as {
      add: (middleware: Middleware, options: { step: 'initialize'; priority: 'high'; name: string }) => void;
    };
    const middleware: Middleware = (_next, context) => async (args) => {
      const operation = String(context.commandName).replace(/Command$/, '');
      // Requests come from the site, and nobody here looks at its proof.
      if ('SecretId' in args.input && args.input.SecretId === settings.SITE_PROOF_ARN)
        return { output: { SecretString: '' }, response: undefined };
      return { output: await this.#send(service, operation, args.input, instance), response: undefined };
    };
    stack.add(middleware, { step: 'initialize', priority: 'high', name: 'simulation' });
    return client;
  }

  #send(
    service: Service,
    operation: string,
    given: object,
    instance: Instance<unknown, unknown>,
  ): Promise<unknown> {
    this.stats.requests += 1;
    // The SDK names each transaction, so that sending it again does not do it again.
    const input =
      operation === 'TransactWriteItems'
        ? { ...given, ClientRequestToken: `token-${(this.#ids += 1)}` }
        : given;
    const about = subjectOf(input);
    return instance.request({
      service,
      operation,
      about,
      alsoPossible: alsoPossible[operation] ?? [],
      take: (fault) => {
        try {
          return this.#take(service, operation, input, about, fault);
        } catch (error) {
          if (!(error instanceof DynamoDBServiceException))
            this.gap ??= new Error(`the simulation does not know ${operation}`, { cause: error });
          throw error;
        }
      },
    });
  }

  #take(service: Service, operation: string, input: object, about: string, fault?: RequestFault): unknown {
    if (service === 'kms') return { Plaintext: new Uint8Array(32), CiphertextBlob: new Uint8Array(64) };
    if (service === 'secrets') return { SecretString: 'a secret of more than thirty-two characters' };
    if (service === 'dynamodb') {
      if (fault === 'conflict')
        throw new TransactionCanceledException({
          message: 'Transaction is ongoing for the item',
          CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }],
          $metadata: {},
        });
      if (fault === 'half-done' && operation === 'BatchGetItem') return this.#halfGot(input);
      const key = this.faults.counted(`${operation} ${about}`);
      const lag = this.faults.strikes('stale', key) ? this.chance.integer(`lag ${key}`, 0, 3000) : 0;
      return this.database.handle(operation, input, { now: this.agenda.now, lag });
    }
    const published = (each: Published): void => {
      this.publish(each);
    };
    const parked = (each: Parked): void => {
      this.note(`parked: ${each.reason}`);
      this.parked.push(each);
    };
    if (fault === 'half-done') {
      const { PublishBatchRequestEntries: entries = [], ...rest } = input as PublishBatchCommandInput;
      const half = Math.floor(entries.length / 2);
      const done = { ...rest, PublishBatchRequestEntries: entries.slice(0, half) };
      const Failed = entries.slice(half).map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false }));
      return { ...handleMessaging(operation, done, published, parked), Failed };
    }
    return handleMessaging(operation, input, published, parked);
  }

  /** The second half of the keys; the others are said to be unprocessed. */
  #halfGot(input: object): object {
    const { RequestItems } = input as {
      RequestItems: Record<string, { Keys: Item[]; ConsistentRead: boolean }>;
    };
    const [[name, { Keys, ...how }] = ['', { Keys: [], ConsistentRead: true }]] =
      Object.entries(RequestItems);
    const half = Math.floor(Keys.length / 2);
    const done = { RequestItems: { [name]: { ...how, Keys: Keys.slice(half) } } };
    return {
      ...this.database.handle('BatchGetItem', done, { now: this.agenda.now, lag: 0 }),
      ...(half > 0 && { UnprocessedKeys: { [name]: { ...how, Keys: Keys.slice(0, half) } } }),
    };
  }

  /** The systems and robots of others. */
  #caller(instance: Instance<unknown, unknown>): CallWebhook {
    return async ({ url }, { body }) => {
      const about = `${url} ${idOf(body)}`;
      const status = await instance.request({
        service: 'webhook',
        operation: 'POST',
        about,
        alsoPossible: ['refused'],
        take: (fault) => (fault === 'refused' ? this.chance.pick(about, [429, 503]) : this.#called(body)),
      });
      return { status: status as number, body: '{}' };
    };
  }

  #called(body: string): number {
    const event = JSON.parse(body) as Partial<ReportEvent>;
    if (event.id === undefined) return 200;
    if (this.faults.strikes('cursed', event.id) || this.poisoned.has(event.id)) {
      this.poisoned.add(event.id);
      return this.chance.pick(`cursed ${event.id}`, [400, 500]);
    }
    this.taken.add(event.id);
    return 200;
  }
}

export type NoticeMessage = {
  id: string;
  to: object;
  text: string;
  subject: string;
  number?: string;
  numbers?: string[];
};

type Handler = (payload: unknown) => Promise<unknown>;
/** How functions are built, each by its name. */
export type Functions = Readonly<Record<string, (host: Host) => Handler>>;
type Middleware = (
  next: unknown,
  context: { commandName?: string },
) => (args: { input: object }) => Promise<{ output: unknown; response: undefined }>;

const alsoPossible: Record<string, readonly RequestFault[]> = {
  TransactWriteItems: ['conflict'],
  BatchGetItem: ['half-done'],
  PublishBatch: ['half-done'],
};

/** What a request is about, the same whatever else goes on. */
function subjectOf(input: object): string {
  const {
    Item: item,
    Key: key = item,
    ...rest
  } = input as { Item?: Item; Key?: Item } & Record<string, unknown>;
  if (key)
    return [key['number']?.S, key['pk']?.S, key['sk']?.S].filter((part) => part !== undefined).join(' ');
  if ('TransactItems' in rest) {
    const [first] = rest['TransactItems'] as { Put?: { Item?: Item } }[];
    return subjectOf({ Item: first?.Put?.Item });
  }
  if ('RequestItems' in rest) {
    const [{ Keys: [first] = [] } = {}] = Object.values(
      rest['RequestItems'] as Record<string, { Keys?: Item[] }>,
    );
    return first?.['number']?.S ?? '';
  }
  if ('PublishBatchRequestEntries' in rest) {
    const [first] = rest['PublishBatchRequestEntries'] as { Message?: string }[];
    return idOf(first?.Message ?? '');
  }
  if ('Message' in rest) return idOf(String(rest['Message']));
  if ('MessageBody' in rest) return idOf(String(rest['MessageBody']));
  if ('ExpressionAttributeValues' in rest)
    return Object.values(rest['ExpressionAttributeValues'] as Item)
      .map((value) => value.S ?? '')
      .join(' ');
  return '';
}

/** The id of the event or notice in a message; of what is none, its beginning. */
export function idOf(body: string): string {
  return /"id":"([^"]+)"/.exec(body)?.[1] ?? body.slice(0, 40);
}

function brief(event: string): string {
  const { id, type, actor, occurredAt } = JSON.parse(event) as ReportEvent;
  return `${id} ${type.replace('.v1', '')} by ${actor.kind} at ${occurredAt}`;
}

function nextMinute(at: number): number {
  return (Math.floor(at / minute) + 1) * minute;
}

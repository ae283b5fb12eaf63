import { randomUUID } from 'node:crypto';
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  TransactionCanceledException,
  type DynamoDBClient,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { decide } from '../kernel/decide.ts';
import { fold, redactedHistory } from '../kernel/fold.ts';
import type {
  AnyKind,
  CommandOf,
  Context,
  Decision,
  KindEvent,
  ModelOf,
  RecordBase,
  SummaryOf,
} from '../kernel/kind.ts';
import { findKind, kindOf } from '../kernel/number.ts';
import { isContended, isRefused } from './contention.ts';
import {
  relatedKey,
  bytesOf,
  fromItem,
  keyOf,
  numberOf,
  dummyPrivate,
  earlierCommand,
  privateOf,
  toItem,
  type CommandKey,
  type Item,
  type Private,
  type Stored,
} from './item.ts';
import { currentCorrelationId } from '../logging/correlation.ts';
import type { FormerTable } from './former-table.ts';
import { RecordLists } from './lists.ts';
import { recordsTable } from './schema.ts';

export type Refusal<K extends AnyKind = AnyKind> = Extract<Decision<ModelOf<K>>, { ok: false }>['refusal'];
export type Executed<K extends AnyKind = AnyKind> =
  | { ok: true; stored: Stored<K>; events: KindEvent<K>[] }
  | { ok: false; refusal: Refusal<K> | { kind: 'key-reused' } };

/** A number that a request may create its record under, with the hash of its idempotency key for it. */
export type Candidate = { number: string; keyHash: string };

/** A related item of a record: plain JSON. */
export type RelatedItem = Readonly<Record<string, unknown>>;

/** The interface of the store: a store for one kind serves where one for any kind is expected. */
export type Records<K extends AnyKind = AnyKind> = Pick<RecordStore<K>, keyof RecordStore<K>>;

const rememberedCommandKeys = 20;
const conflictRetries = 8;

/**
 * The only access to the records table. Every write is one conditional put; creating one may check other numbers too.
 */
export class RecordStore<K extends AnyKind = AnyKind> extends RecordLists<K> {
  readonly kinds: readonly K[];
  readonly #newId: () => string;
  readonly #former: FormerTable<K> | undefined;

  /**
   * @param kinds of the records in the table; the number tells which.
   * @param newId returns an id unique to a write attempt.
   * @param former the table with records that are not moved yet. Lists show them once they are.
   */
  constructor(
    client: DynamoDBClient,
    table: string,
    kinds: readonly K[],
    newId: () => string = randomUUID,
    former?: FormerTable<K>,
  ) {
    super(client, table);
    this.kinds = kinds;
    this.#newId = newId;
    this.#former = former;
  }

  /** The record (a consistent read); undefined if there is none, or one of another kind. */
  async load(number: string): Promise<Stored<K> | undefined> {
    if (!findKind(this.kinds, number)) return undefined;
    const item = await this.#item(number);
    return item && this.#read(item);
  }

  /**
   * As `load`, with a check of credentials. The history is only unpacked after it, so a missing record takes as long
   * as one with wrong credentials.
   * @param isAllowed called in any case; for a missing number with dummy hashes that match nothing.
   */
  async open(number: string, isAllowed: (secret: Private) => boolean): Promise<Stored<K> | undefined> {
    const item = await this.#item(number);
    const isAuthorized = isAllowed(item ? privateOf(item) : dummyPrivate);
    return item && isAuthorized ? this.#read(item) : undefined;
  }

  /** The existing records of at most 100 numbers (consistent reads), in no particular order. */
  async loadMany(numbers: readonly string[]): Promise<Stored<K>[]> {
    const found: Stored<K>[] = [];
    let keys: Item[] = numbers.map(keyOf);
    while (keys.length > 0) {
      const { Responses, UnprocessedKeys } = await this.client.send(
        new BatchGetItemCommand({ RequestItems: { [this.table]: { Keys: keys, ConsistentRead: true } } }),
      );
      found.push(...(Responses?.[this.table] ?? []).map((item) => this.#read(item)));
      keys = UnprocessedKeys?.[this.table]?.Keys ?? [];
    }
    if (this.#former && found.length < numbers.length) {
      const there = new Set(found.map(({ record }) => record.number));
      const missing = numbers.filter((number) => !there.has(number));
      const items = await Promise.all(missing.map((number) => this.#item(number)));
      found.push(...items.filter((item) => item !== undefined).map((item) => this.#read(item)));
    }
    return found;
  }

  /** The list entries of at most 100 records, in the order of the numbers. */
  async summaries(numbers: readonly string[]): Promise<SummaryOf<K>[]> {
    const found = new Map(
      (await this.loadMany(numbers)).map(({ kind, record }) => [
        record.number,
        kind.indexes(record).summary as SummaryOf<K>,
      ]),
    );
    return numbers.map((number) => found.get(number)).filter((summary) => summary !== undefined);
  }

  /**
   * Creates a record. Returns the existing one instead if the number is taken, or if the same request created one
   * under another number.
   *
   * @param rivals the other numbers that the same request may create a record under at this moment.
   */
  async create(
    kind: K,
    events: KindEvent<K>[],
    secret: Private,
    rivals: readonly Candidate[] = [],
  ): Promise<{ created: true; stored: Stored<K> } | { created: false; existing: Stored<K> }> {
    const stored: Stored<K> = { kind, record: fold(kind, events), events, private: secret };
    const item = itemOf(stored);
    const isAlone = rivals.length === 0 && !this.#former;
    const existing = isAlone ? await this.#put(item, undefined) : await this.#putUnless(item, rivals);
    return existing ? { created: false, existing } : { created: true, stored: withStoredBytes(stored, item) };
  }

  /**
   * Loads, decides and writes. After a write conflict it decides again on the new version; a command with an expected
   * version is then refused as stale.
   *
   * @param about the number of the record, or the record if it is loaded already.
   * @param commandKey of the request: the same key and request again change nothing, the same key with another request
   * is refused.
   * @param revise the change of the private data when the command is carried out.
   * @throws after too many conflicts, or on a failure of the table.
   */
  async execute(
    about: string | Stored<K>,
    command: CommandOf<K>,
    context: Context,
    commandKey?: CommandKey,
    revise: (secret: Private) => Private = (secret) => secret,
  ): Promise<Executed<K>> {
    const number = typeof about === 'string' ? about : about.record.number;
    const kind = kindOf(this.kinds, number);
    let stored = typeof about === 'string' ? await this.load(about) : about;
    for (let attempt = 0; attempt <= conflictRetries; attempt += 1) {
      const earlier = commandKey && stored && earlierCommand(stored.private, commandKey.key);
      if (stored && earlier)
        return earlier.request.startsWith(commandKey.request)
          ? { ok: true, stored, events: [] }
          : { ok: false, refusal: { kind: 'key-reused' } };
      const decision = decide(kind, stored?.record, command, context);
      if (!decision.ok) return decision;
      if (!stored || decision.events.length === 0)
        return stored ? { ok: true, stored, events: [] } : { ok: false, refusal: { kind: 'not-found' } };
      const writeId = this.#newId();
      const events = redactedHistory(kind, [...stored.events, ...decision.events]);
      const record = fold(kind, events);
      const next: Stored<K> = {
        kind,
        record,
        events,
        private: { ...withoutErased(withCommandKey(revise(stored.private), commandKey), record), writeId },
      };
      const item = itemOf(next);
      const winner = await this.#put(item, stored.record.version);
      // The SDK retries a put whose answer was lost: the conflict may be with the put itself.
      if (!winner || winner.private.writeId === writeId)
        return { ok: true, stored: withStoredBytes(next, item), events: decision.events };
      stored = winner;
    }
    throw new Error(`${number}: still conflicting after ${conflictRetries} tries`);
  }

  /**
   * Writes a related item of a record, under its number and a name. It has no events and is in no index: relay, sweep
   * and lists skip it, and an erasure of the record does not change it.
   * @param name a word of `a-z` and hyphens, and `#` with an id where there may be many: `follower#YT-…`; never the
   * record's own. @param item plain JSON values.
   * @param replaces whether an item with that name is replaced, or refused.
   * @returns false, with nothing changed, if it was refused. As the SDK retries a put whose answer was lost, a new
   * item may be refused because of itself.
   * @throws RangeError for an invalid name, or on a failure of the table.
   */
  async putRelated(number: string, name: string, item: RelatedItem, replaces = false): Promise<boolean> {
    try {
      await this.client.send(
        new PutItemCommand({
          TableName: this.table,
          Item: {
            ...keyBeside(number, name),
            ...marshall({ beside: item }, { removeUndefinedValues: true }),
          },
          ConditionExpression: `attribute_${replaces ? '' : 'not_'}exists(#number)`,
          ExpressionAttributeNames: { '#number': recordsTable.hashKey },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  /** The related item of that name (a consistent read), or undefined. @throws as `putRelated`. */
  async loadRelated(number: string, name: string): Promise<RelatedItem | undefined> {
    const Key = keyBeside(number, name);
    const { Item } = await this.client.send(
      new GetItemCommand({ TableName: this.table, Key, ConsistentRead: true }),
    );
    return Item && (unmarshall(Item)['beside'] as RelatedItem);
  }

  /** As `#put` of a new record; of concurrent requests under several numbers only one succeeds. */
  async #putUnless(item: Item, rivals: readonly Candidate[]): Promise<Stored<K> | undefined> {
    const number = numberOf(item);
    const former = this.#former;
    const ExpressionAttributeNames = { '#number': recordsTable.hashKey };
    const parts: TransactWriteItem[] = [
      {
        Put: {
          TableName: this.table,
          Item: item,
          ConditionExpression: 'attribute_not_exists(#number)',
          ExpressionAttributeNames,
        },
      },
      ...rivals.map((rival) => ({
        ConditionCheck: {
          TableName: this.table,
          Key: keyOf(rival.number),
          ConditionExpression: 'attribute_not_exists(#number) OR #keyHash <> :keyHash',
          ExpressionAttributeNames: { ...ExpressionAttributeNames, '#keyHash': 'keyHash' },
          ExpressionAttributeValues: marshall({ ':keyHash': rival.keyHash }),
        },
      })),
      ...(former
        ? [former.fence(number), ...rivals.map((rival) => former.checkRival(rival.number, rival.keyHash))]
        : []),
    ];
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.client.send(new TransactWriteItemsCommand({ TransactItems: parts }));
        return undefined;
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error;
        if (isRefused(error)) {
          const there = await this.loadMany([number, ...rivals.map((rival) => rival.number)]);
          const same = ({ record, private: { keyHash } }: Stored<K>): boolean =>
            rivals.some((rival) => rival.number === record.number && rival.keyHash === keyHash);
          const existing = there.find(same) ?? there.find(({ record }) => record.number === number);
          if (existing) return existing;
        } else if (!isContended(error)) throw error;
        if (attempt === conflictRetries) throw error;
      }
    }
  }

  /** Returns the existing item instead when the condition fails. */
  async #put(item: Item, over: number | undefined): Promise<Stored<K> | undefined> {
    const isNew = over === undefined;
    const command = new PutItemCommand({
      TableName: this.table,
      Item: item,
      ConditionExpression: isNew ? 'attribute_not_exists(#number)' : '#version = :version',
      ExpressionAttributeNames: isNew ? { '#number': recordsTable.hashKey } : { '#version': 'version' },
      ...(!isNew && { ExpressionAttributeValues: marshall({ ':version': over }) }),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      await this.#sendAgainstTransactions(command);
      return undefined;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      if (error.Item) return this.#read(error.Item);
      const number = numberOf(item);
      // It was read from the former table: after the move, this table has that version or a later one.
      await this.#former?.move(number);
      const moved = this.#former && (await this.load(number));
      if (!moved) throw new Error(`${number} vanished between reading and writing`, { cause: error });
      return moved;
    }
  }

  /** DynamoDB refuses a put during a transaction on the same item, and the SDK does not retry it. */
  async #sendAgainstTransactions(command: PutItemCommand): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.client.send(command);
        return;
      } catch (error) {
        if (!isContended(error) || attempt > conflictRetries) throw error;
      }
    }
  }

  async #item(number: string): Promise<Item | undefined> {
    const read = async (): Promise<Item | undefined> => {
      const { Item } = await this.client.send(
        new GetItemCommand({ TableName: this.table, Key: keyOf(number), ConsistentRead: true }),
      );
      return Item;
    };
    const item = (await read()) ?? (await this.#former?.read(number));
    return item === 'moved' ? read() : item;
  }

  #read(item: Item): Stored<K> {
    return fromItem(kindOf(this.kinds, numberOf(item)), item);
  }
}

/** The item with the correlation id of what writes it, for the relay. */
function itemOf<K extends AnyKind>(stored: Stored<K>): Item {
  const correlationId = currentCorrelationId();
  return { ...toItem(stored), ...(correlationId !== undefined && { correlationId: { S: correlationId } }) };
}

/** With the size of its history, as if read from the item. */
function withStoredBytes<K extends AnyKind>(stored: Stored<K>, item: Item): Stored<K> {
  return { ...stored, record: { ...stored.record, storedBytes: bytesOf(item) } };
}

function keyBeside(number: string, name: string): Item {
  if (!/^[a-z][a-z-]{0,30}(#[\w-]{1,60})?$/.test(name) || name === recordsTable.record)
    throw new RangeError(`no name beside a record: ${name}`);
  return relatedKey(number, name);
}

/** The private data without what its erasures remove. The link stays valid for the rest. */
function withoutErased(secret: Private, { erased }: RecordBase): Private {
  const { contact, contactHash, commandKeys, ...rest } = secret;
  return {
    ...rest,
    ...(erased?.contact === undefined && {
      ...(contact && { contact }),
      ...(contactHash !== undefined && { contactHash }),
    }),
    // Short texts could be guessed from these hashes.
    ...(erased?.text === undefined ? commandKeys && { commandKeys } : { requestHash: '' }),
  };
}

function withCommandKey(secret: Private, commandKey: CommandKey | undefined): Private {
  if (commandKey === undefined) return secret;
  return {
    ...secret,
    commandKeys: [...(secret.commandKeys ?? []), commandKey].slice(-rememberedCommandKeys),
  };
}

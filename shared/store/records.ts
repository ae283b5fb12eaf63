import { randomUUID } from 'node:crypto';
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  TransactionCanceledException,
  type AttributeValue,
  type QueryCommandOutput,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import type { ReportEvent } from '../../events/report.ts';
import { decide, openParts, type Context, type Refusal } from '../records/report/decide.ts';
import type { Command } from '../records/report/commands.ts';
import { redacted } from '../kernel/erasure.ts';
import { dueAt, fold, nextTimer, type Report } from '../records/report/report.ts';
import { areaCell, cellOf, positionOf, type Position } from '../place/cell.ts';
import { openPause } from '../kernel/clocks/sla.ts';
import type { State } from '../records/report/state.ts';
import { graphemesOf } from '../language/wording.ts';
import type { SealedContact } from './contact-cipher.ts';
import { isContended, isRefused } from './contention.ts';
import { mergeLists, type Stretch } from './merge-lists.ts';
import { reportsTable, timerShards, type InboxView } from './schema.ts';

/** What belongs to the report but is in no event: who may open it, and how to reach the resident. */
export type Private = {
  /** Hash of the idempotency key it was submitted with, and of what was sent with it. */
  keyHash: string;
  requestHash: string;
  /** SHA-256 of the tracking token; empty while the link is stopped. */
  tokenHash: string;
  /** Names the link that took the first one's place. */
  link?: string;
  /** Of the link before: whoever asked for another one with it, and heard no answer, may ask again. */
  formerTokenHash?: string;
  contact?: SealedContact;
  contactHash?: string;
  /** The latest commands' idempotency keys, each with what was asked under it; hashes both. */
  commandKeys?: { key: string; request: string }[];
  /** Which attempt wrote this version. */
  writeId?: string;
};

export type CommandKey = NonNullable<Private['commandKeys']>[number];

export type Stored = { report: Report; events: ReportEvent[]; private: Private };

/** What lists show of a report; the indexes carry it so that a list reads nothing else. */
export type Summary = {
  number: string;
  state: State;
  submittedAt: string;
  excerpt: string;
  area: string;
  photos: number;
  priority?: string;
  category?: string;
  department?: string;
  dueAt?: string;
  acknowledged: boolean;
  breached: boolean;
  score?: number;
  resolvedAt?: string;
  /** WGS-84, where the report has a position. */
  position?: Position;
  /** With when the clock that it is about is due, while that runs. */
  alert?: NonNullable<Report['alert']> & { dueAt?: string };
  supervised?: boolean;
  /** More time is asked for. */
  extension?: { amount: number; reason: string };
  /** The report that this part answers to. */
  parent?: string;
  /** How many parts of supporting departments are open. */
  support?: number;
  /** Until when it is suspended at most, and whom it waits for. */
  suspended?: { waitingFor: 'resident' | 'other'; resumeAt: string };
};

/** A line of an inbox, with the version that a command on it names. */
export type InboxItem = Summary & { version: number };

export type Page<T> = { items: T[]; cursor?: string };
export type Executed =
  | { ok: true; stored: Stored; events: ReportEvent[] }
  | { ok: false; refusal: Refusal | { kind: 'key-reused' } };

/** Where a request is made a report of, and the hash of its idempotency key that the report then has. */
export type Place = { number: string; keyHash: string };

const rememberedCommandKeys = 20;
const conflictRetries = 8;

/** The only door to the reports table. Every write is one conditional put; a new report's may look at other numbers. */
export class ReportStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #newId: () => string;

  /** @param newId makes an id that no other attempt at a write has. */
  constructor(client: DynamoDBClient, table: string, newId: () => string = randomUUID) {
    this.#client = client;
    this.#table = table;
    this.#newId = newId;
  }

  /** The report as of now (a consistent read), or undefined. */
  async load(number: string): Promise<Stored | undefined> {
    const { Item } = await this.#client.send(
      new GetItemCommand({ TableName: this.#table, Key: keyOf(number), ConsistentRead: true }),
    );
    return Item && fromItem(Item);
  }

  /**
   * As `load`, for whoever fits. Before that is known nothing of a report is unfolded: one that is not there takes
   * as long as one that is not theirs, however long its history.
   * @param fits asked in any case; of a number that does not exist, about a report that nothing fits.
   */
  async open(number: string, fits: (secret: Private) => boolean): Promise<Stored | undefined> {
    const { Item } = await this.#client.send(
      new GetItemCommand({ TableName: this.#table, Key: keyOf(number), ConsistentRead: true }),
    );
    const isTheirs = fits(Item ? privateOf(Item) : nobodys);
    return Item && isTheirs ? fromItem(Item) : undefined;
  }

  /** Those of at most 100 numbers that exist, consistently read, in no particular order. */
  async loadMany(numbers: readonly string[]): Promise<Stored[]> {
    const found: Stored[] = [];
    let keys: Record<string, AttributeValue>[] = numbers.map(keyOf);
    while (keys.length > 0) {
      const { Responses, UnprocessedKeys } = await this.#client.send(
        new BatchGetItemCommand({ RequestItems: { [this.#table]: { Keys: keys, ConsistentRead: true } } }),
      );
      found.push(...(Responses?.[this.#table] ?? []).map(fromItem));
      keys = UnprocessedKeys?.[this.#table]?.Keys ?? [];
    }
    return found;
  }

  /**
   * Writes a new report. Answers the one that already has the number instead, if there is one, or the one that a
   * rival has made of the same request.
   *
   * @param rivals where else the request may be made a report of at this moment, and by which hash of its key.
   */
  async create(
    events: ReportEvent[],
    secret: Private,
    rivals: readonly Place[] = [],
  ): Promise<{ created: true; stored: Stored } | { created: false; existing: Stored }> {
    const stored: Stored = { report: fold(events), events, private: secret };
    const existing =
      rivals.length === 0 ? await this.#put(stored, undefined) : await this.#putUnless(stored, rivals);
    return existing ? { created: false, existing } : { created: true, stored };
  }

  /**
   * Loads, decides and writes. When somebody else wrote in between, decides again on what they left;
   * a command that named its version is then refused as stale.
   *
   * @param commandKey the asker's idempotency key: the same key and request again change nothing, the same key
   * with another request is refused.
   * @param revise what becomes of the private part when the command is carried out.
   * @throws when the conflicts do not end, or on a failure of the table.
   */
  async execute(
    number: string,
    command: Command,
    context: Context,
    commandKey?: CommandKey,
    revise: (secret: Private) => Private = (secret) => secret,
  ): Promise<Executed> {
    let stored = await this.load(number);
    for (let attempt = 0; attempt <= conflictRetries; attempt += 1) {
      const earlier = commandKey && stored?.private.commandKeys?.find(({ key }) => key === commandKey.key);
      if (stored && earlier)
        return earlier.request === commandKey.request
          ? { ok: true, stored, events: [] }
          : { ok: false, refusal: { kind: 'key-reused' } };
      const decision = decide(stored?.report, command, context);
      if (!decision.ok) return decision;
      if (!stored || decision.events.length === 0)
        return stored ? { ok: true, stored, events: [] } : { ok: false, refusal: { kind: 'not-found' } };
      const writeId = this.#newId();
      const events = redacted([...stored.events, ...decision.events]);
      const report = fold(events);
      const next: Stored = {
        report,
        events,
        private: { ...stillKept(withCommandKey(revise(stored.private), commandKey), report), writeId },
      };
      const winner = await this.#put(next, stored.report.version);
      // A put whose answer was lost is sent again by the SDK and then meets itself.
      if (!winner || winner.private.writeId === writeId)
        return { ok: true, stored: next, events: decision.events };
      stored = winner;
    }
    throw new Error(`${number}: still conflicting after ${conflictRetries} tries`);
  }

  /** One page of a department's reports: soonest due first, `done` latest first. */
  async inbox(
    department: string,
    view: InboxView,
    options: { now: string; cursor?: string | undefined; limit?: number },
  ): Promise<Page<InboxItem>> {
    const { hashKey } = reportsTable.indexes.inbox;
    return this.#page<InboxItem>(
      new QueryCommand({ ...this.#inboxQuery(department, view, options.now), Limit: options.limit ?? 25 }),
      options.cursor,
      { [hashKey]: inboxKey(department, view) },
    );
  }

  /**
   * One page of several departments' inboxes in one: those that `keep` takes, soonest due first (`done`: latest
   * first). What lies elsewhere is read past, so a page may hold few reports, or none, and still have a cursor.
   */
  async inboxes(
    departments: readonly string[],
    view: InboxView,
    { now, cursor, keep }: { now: string; cursor?: string | undefined; keep: (item: InboxItem) => boolean },
  ): Promise<Page<InboxItem>> {
    const { hashKey, rangeKey } = reportsTable.indexes.inbox;
    const limit = 25;
    const read = async (department: string, after: string | undefined): Promise<Stretch<InboxItem>> => {
      const { Items = [], LastEvaluatedKey } = await this.#send(
        new QueryCommand({
          ...this.#inboxQuery(department, view, now),
          Limit: limit,
          // A place in the order serves in every department's list, whether or not it has a report there.
          ExclusiveStartKey:
            after === undefined
              ? undefined
              : marshall({
                  [reportsTable.hashKey]: after.split('#')[1],
                  [hashKey]: inboxKey(department, view),
                  [rangeKey]: after,
                }),
        }),
        cursor !== undefined,
      );
      const entries = Items.map((item) => ({ at: item[rangeKey]?.S ?? '', item: itemOf(item) as InboxItem }));
      return { entries, isLast: LastEvaluatedKey === undefined };
    };
    const after = cursor === undefined ? undefined : readPosition(cursor, view);
    const { items, last } = await mergeLists(departments, read, {
      after,
      limit,
      descending: view === 'done',
      keep,
    });
    return { items, ...(last !== undefined && { cursor: writePosition(last, view) }) };
  }

  /** How many reports a list has, counted as far as `most`. */
  async count(department: string, view: InboxView, options: { now: string; most: number }): Promise<number> {
    let count = 0;
    let start: Record<string, AttributeValue> | undefined;
    do {
      const { Count = 0, LastEvaluatedKey } = await this.#client.send(
        new QueryCommand({
          ...this.#inboxQuery(department, view, options.now),
          Select: 'COUNT',
          Limit: options.most - count,
          ExclusiveStartKey: start,
        }),
      );
      count += Count;
      start = LastEvaluatedKey;
    } while (start && count < options.most);
    return count;
  }

  /** `overdue` is the part of `open` whose time is up. */
  #inboxQuery(department: string, view: InboxView, now: string): QueryCommand['input'] {
    const { name, hashKey, rangeKey } = reportsTable.indexes.inbox;
    const overdue = view === 'overdue';
    return {
      TableName: this.#table,
      IndexName: name,
      KeyConditionExpression: overdue ? '#hash = :hash AND #range < :now' : '#hash = :hash',
      ExpressionAttributeNames: { '#hash': hashKey, ...(overdue && { '#range': rangeKey }) },
      ExpressionAttributeValues: marshall({
        ':hash': inboxKey(department, view),
        ...(overdue && { ':now': now }),
      }),
      ScanIndexForward: view !== 'done',
    };
  }

  /**
   * One page of a person's reports, latest first.
   * @param contactHashes one a key of the secret that may have hashed the number, the latest first: what one key
   * hashed is all later than what the key before it did.
   */
  async byContact(contactHashes: readonly string[], cursor?: string): Promise<Page<Summary>> {
    const { name, hashKey, rangeKey } = reportsTable.indexes.contact;
    const keys: string[] = [reportsTable.hashKey, hashKey, rangeKey];
    const limit = 25;
    const items: Summary[] = [];
    let start = cursor === undefined ? undefined : readCursor(cursor, { [hashKey]: contactHashes }, keys);
    for (let at = Math.max(0, contactHashes.indexOf(start?.[hashKey]?.S ?? '')); ; at += 1) {
      const hash = contactHashes[at];
      if (hash === undefined) return { items };
      const { Items = [], LastEvaluatedKey } = await this.#send(
        new QueryCommand({
          TableName: this.#table,
          IndexName: name,
          KeyConditionExpression: '#hash = :hash',
          ExpressionAttributeNames: { '#hash': hashKey },
          ExpressionAttributeValues: marshall({ ':hash': hash }),
          ScanIndexForward: false,
          Limit: limit - items.length,
          ExclusiveStartKey: start,
        }),
        cursor !== undefined,
      );
      items.push(...Items.map((item) => itemOf(item)));
      const isLast = at === contactHashes.length - 1;
      if (LastEvaluatedKey) return { items, cursor: writeCursor(LastEvaluatedKey) };
      const last = Items.at(-1);
      // Full to the brim: the next page finds nothing more here, and goes on with the earlier key.
      if (items.length === limit && last && !isLast)
        return {
          items,
          cursor: writeCursor(Object.fromEntries(Object.entries(last).filter(([key]) => keys.includes(key)))),
        };
      start = undefined;
    }
  }

  /** How many reports these people have sent since an instant (RFC 3339, UTC), counted as far as `most` each. */
  async countByContact(contactHashes: readonly string[], since: string, most: number): Promise<number> {
    const { name, hashKey, rangeKey } = reportsTable.indexes.contact;
    const counts = await Promise.all(
      contactHashes.map((hash) =>
        this.#client.send(
          new QueryCommand({
            TableName: this.#table,
            IndexName: name,
            KeyConditionExpression: '#hash = :hash AND #range >= :since',
            ExpressionAttributeNames: { '#hash': hashKey, '#range': rangeKey },
            ExpressionAttributeValues: marshall({ ':hash': hash, ':since': since }),
            Select: 'COUNT',
            Limit: most,
          }),
        ),
      ),
    );
    return counts.reduce((sum, { Count = 0 }) => sum + Count, 0);
  }

  /** Open reports in some cells, latest first, at most fifty a cell. */
  async nearby(cells: readonly string[]): Promise<Summary[]> {
    const { name, hashKey } = reportsTable.indexes.nearby;
    const pages = await Promise.all(
      cells.map((cell) =>
        this.#page<Summary>(
          new QueryCommand({
            TableName: this.#table,
            IndexName: name,
            KeyConditionExpression: '#hash = :hash',
            ExpressionAttributeNames: { '#hash': hashKey },
            ExpressionAttributeValues: marshall({ ':hash': cell }),
            ScanIndexForward: false,
            Limit: 50,
          }),
          undefined,
          {},
        ),
      ),
    );
    return pages.flatMap(({ items }) => items);
  }

  /** One page of the alerts of a street (or of the root, for reports without one), oldest first. */
  async alerts(street: string, cursor?: string): Promise<Page<Summary>> {
    const { name, hashKey } = reportsTable.indexes.alerts;
    return this.#page<Summary>(
      new QueryCommand({
        TableName: this.#table,
        IndexName: name,
        KeyConditionExpression: '#hash = :hash',
        ExpressionAttributeNames: { '#hash': hashKey },
        ExpressionAttributeValues: marshall({ ':hash': street }),
        Limit: 50,
      }),
      cursor,
      { [hashKey]: street },
    );
  }

  /**
   * Numbers whose timer is due at `now`, one shard after the other, soonest first in each. Reads only what is due.
   * @param first the shard to begin with: sweeps that race find different ones, and none is always last.
   */
  async *due(now: string, first = 0): AsyncGenerator<string> {
    const { name, hashKey, rangeKey } = reportsTable.indexes.timers;
    for (let turn = 0; turn < timerShards; turn += 1) {
      const shard = (first + turn) % timerShards;
      let start: Record<string, AttributeValue> | undefined;
      do {
        const { Items, LastEvaluatedKey } = await this.#client.send(
          new QueryCommand({
            TableName: this.#table,
            IndexName: name,
            KeyConditionExpression: '#hash = :hash AND #range <= :now',
            ExpressionAttributeNames: { '#hash': hashKey, '#range': rangeKey },
            ExpressionAttributeValues: marshall({ ':hash': String(shard), ':now': now }),
            ExclusiveStartKey: start,
          }),
        );
        for (const item of Items ?? []) yield unmarshall(item)[reportsTable.hashKey] as string;
        start = LastEvaluatedKey;
      } while (start);
    }
  }

  /** @param list the hash key that the query reads and a cursor of it must have. */
  async #page<T>(
    query: QueryCommand,
    cursor: string | undefined,
    list: Record<string, string>,
  ): Promise<Page<T>> {
    query.input.ExclusiveStartKey =
      cursor === undefined ? undefined : readCursor(cursor, list, keysOf(query));
    const { Items, LastEvaluatedKey } = await this.#send(query, cursor !== undefined);
    return {
      items: (Items ?? []).map((item) => itemOf(item) as T),
      ...(LastEvaluatedKey && { cursor: writeCursor(LastEvaluatedKey) }),
    };
  }

  /** A cursor that the table does not take is the asker's mistake. */
  async #send(query: QueryCommand, hasCursor: boolean): Promise<QueryCommandOutput> {
    try {
      return await this.#client.send(query);
    } catch (error) {
      const refused = hasCursor && error instanceof Error && error.name === 'ValidationException';
      throw refused ? new InvalidCursor('not a cursor of this list', { cause: error }) : error;
    }
  }

  /** As `#put` of a new report; of those who write the same request in several places at once, one wins. */
  async #putUnless(stored: Stored, rivals: readonly Place[]): Promise<Stored | undefined> {
    const { number } = stored.report;
    const ExpressionAttributeNames = { '#number': reportsTable.hashKey };
    const parts = [
      {
        Put: {
          TableName: this.#table,
          Item: toItem(stored),
          ConditionExpression: 'attribute_not_exists(#number)',
          ExpressionAttributeNames,
        },
      },
      ...rivals.map((rival) => ({
        ConditionCheck: {
          TableName: this.#table,
          Key: keyOf(rival.number),
          ConditionExpression: 'attribute_not_exists(#number) OR #private.#keyHash <> :keyHash',
          ExpressionAttributeNames: {
            ...ExpressionAttributeNames,
            '#private': 'private',
            '#keyHash': 'keyHash',
          },
          ExpressionAttributeValues: marshall({ ':keyHash': rival.keyHash }),
        },
      })),
    ];
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.#client.send(new TransactWriteItemsCommand({ TransactItems: parts }));
        return undefined;
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error;
        if (isRefused(error)) {
          const there = await this.loadMany([number, ...rivals.map((rival) => rival.number)]);
          const same = ({ report, private: { keyHash } }: Stored): boolean =>
            rivals.some((rival) => rival.number === report.number && rival.keyHash === keyHash);
          const existing = there.find(same) ?? there.find(({ report }) => report.number === number);
          if (existing) return existing;
        } else if (!isContended(error)) throw error;
        if (attempt === conflictRetries) throw error;
      }
    }
  }

  /** Answers what stands there instead when the condition fails. */
  async #put(stored: Stored, over: number | undefined): Promise<Stored | undefined> {
    const isNew = over === undefined;
    try {
      await this.#client.send(
        new PutItemCommand({
          TableName: this.#table,
          Item: toItem(stored),
          ConditionExpression: isNew ? 'attribute_not_exists(#number)' : '#version = :version',
          ExpressionAttributeNames: isNew ? { '#number': reportsTable.hashKey } : { '#version': 'version' },
          ...(!isNew && { ExpressionAttributeValues: marshall({ ':version': over }) }),
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return undefined;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      if (!error.Item)
        throw new Error(`${stored.report.number} vanished between reading and writing`, { cause: error });
      return fromItem(error.Item);
    }
  }
}

/** What is private of a report, without what its erasures took away. The link goes on opening what is left. */
function stillKept(secret: Private, { erased }: Report): Private {
  const { contact, contactHash, commandKeys, ...rest } = secret;
  return {
    ...rest,
    ...(erased?.contact === undefined && {
      ...(contact && { contact }),
      ...(contactHash !== undefined && { contactHash }),
    }),
    // Hashes of what was sent, from which short words could be guessed.
    ...(erased?.text === undefined ? commandKeys && { commandKeys } : { requestHash: '' }),
  };
}

/** A cursor that no query wrote. */
export class InvalidCursor extends Error {}

/** The events that a new version of an item has and the old one lacks. Both are stream images. */
export function addedEvents(
  oldImage: Record<string, AttributeValue> | undefined,
  newImage: Record<string, AttributeValue>,
): ReportEvent[] {
  const known = oldImage?.['events']?.L?.length ?? 0;
  return eventsOf(newImage).slice(known);
}

/** The names of the keys that a cursor of this query has. */
function keysOf({ input }: QueryCommand): string[] {
  const index = Object.values(reportsTable.indexes).find(({ name }) => name === input.IndexName);
  return [reportsTable.hashKey, ...(index ? [index.hashKey, index.rangeKey] : [])];
}

function toItem({ report, events, private: secret }: Stored): Record<string, AttributeValue> {
  const timerAt = nextTimer(report);
  const box = inboxOf(report);
  const isOpen = report.endedAt === undefined && report.state !== 'merged';
  const position = positionOf(report.location);
  return marshall(
    {
      [reportsTable.hashKey]: report.number,
      version: report.version,
      events: events.map((event) => JSON.stringify(event)),
      private: secret,
      summary: summaryOf(report),
      submittedAt: report.submittedAt,
      ...(box && { inbox: box.key, inboxOrder: `${box.order}#${report.number}` }),
      ...(timerAt !== undefined && { timerAt, timerShard: shardOf(report.number) }),
      // A part is not for the public: whoever sees the same reports, or joins, the report that it answers to.
      ...(isOpen && !report.parent && { cell: position ? cellOf(position) : areaCell(report.location.area) }),
      ...(report.alert &&
        (isOpen || report.alert.kind === 'follow-up') && {
          alertArea: streetOf(report),
          alertAt: report.alert.at,
        }),
      ...(secret.contactHash !== undefined && { contactHash: secret.contactHash }),
    },
    { removeUndefinedValues: true },
  );
}

function fromItem(item: Record<string, AttributeValue>): Stored {
  const events = eventsOf(item);
  return { report: fold(events), events, private: privateOf(item) };
}

function privateOf(item: Record<string, AttributeValue>): Private {
  return unmarshall({ p: item['private'] ?? { M: {} } })['p'] as Private;
}

/** Compared with as any other, and never equal: a hash is as long, and none is made of this character alone. */
const nobodys: Private = { keyHash: '-'.repeat(43), requestHash: '', tokenHash: '-'.repeat(43) };

function eventsOf(item: Record<string, AttributeValue>): ReportEvent[] {
  return (item['events']?.L ?? []).map((entry, at) => {
    try {
      return JSON.parse(entry.S ?? '') as ReportEvent;
    } catch {
      // Without its cause: the parser's message quotes what people wrote, and ends in the log.
      throw new Error(`event ${at} of ${item[reportsTable.hashKey]?.S ?? 'a report'} is not JSON`);
    }
  });
}

/** What an index shows of a report; the inbox alone shows its version. */
function itemOf(item: Record<string, AttributeValue>): Summary | InboxItem {
  const { summary, version } = unmarshall(item) as { summary: Summary; version?: number };
  return version === undefined ? summary : { ...summary, version };
}

function keyOf(number: string): Record<string, AttributeValue> {
  return { [reportsTable.hashKey]: { S: number } };
}

/** A report stands in the one inbox of the department that holds it; merged and withdrawn ones in none. */
function inboxOf(report: Report): { key: string; order: string } | undefined {
  if (report.department === undefined) return undefined;
  switch (report.state) {
    case 'triage':
      return { key: inboxKey(report.department, 'triage'), order: dueAt(report) ?? report.submittedAt };
    case 'assigned':
    case 'in-progress':
      return { key: inboxKey(report.department, 'open'), order: dueAt(report) ?? report.submittedAt };
    case 'suspended':
      return {
        key: inboxKey(report.department, 'suspended'),
        order: report.suspension?.resumeAt ?? report.submittedAt,
      };
    case 'resolved':
    case 'closed':
    case 'rejected':
      return { key: inboxKey(report.department, 'done'), order: report.endedAt ?? report.submittedAt };
    case 'submitted':
    case 'merged':
    case 'withdrawn':
      return undefined;
  }
}

/** Alerts are listed by street: the second area of a place's path, or the root where there is none. */
function streetOf({ location }: Report): string {
  return location.path[1] ?? location.area;
}

function inboxKey(department: string, view: InboxView): string {
  return `${department}#${view === 'overdue' ? 'open' : view}`;
}

export function summaryOf(report: Report): Summary {
  const due = dueAt(report);
  const position = positionOf(report.location);
  const parts = openParts(report).length;
  return {
    number: report.number,
    state: report.state,
    submittedAt: report.submittedAt,
    excerpt: excerptOf(report.description),
    area: report.location.area,
    photos: report.photos.filter((photo) => photo.purpose === 'report').length,
    acknowledged: report.acknowledgedAt !== undefined,
    breached: Object.values(report.clocks).some((clock) => clock.breachedAt !== undefined),
    ...(report.priority !== undefined && { priority: report.priority }),
    ...(report.category !== undefined && { category: report.category }),
    ...(report.department !== undefined && { department: report.department }),
    ...(due !== undefined && { dueAt: due }),
    ...(report.rating && { score: report.rating.score }),
    ...(position && { position }),
    ...(report.alert && { alert: alertOf(report, report.alert) }),
    ...(report.supervisedAt !== undefined && { supervised: true }),
    ...(report.resolution && { resolvedAt: report.resolution.at }),
    ...(report.extension && {
      extension: { amount: report.extension.amount, reason: report.extension.reason },
    }),
    ...(report.parent && { parent: report.parent.number }),
    ...(parts > 0 && { support: parts }),
    ...(report.suspension && {
      suspended: { waitingFor: report.suspension.waitingFor, resumeAt: report.suspension.resumeAt },
    }),
  };
}

function alertOf({ clocks }: Report, alert: NonNullable<Report['alert']>): NonNullable<Summary['alert']> {
  const clock = alert.clock && clocks[alert.clock];
  const isRunning = clock !== undefined && clock.stoppedAt === undefined && !openPause(clock);
  return { ...alert, ...(isRunning && { dueAt: clock.dueAt }) };
}

const excerptGraphemes = 80;
/** A grapheme may be as long as a text; no list carries more than this of one. */
const excerptUnits = 400;

function excerptOf(text: string): string {
  // A cut may leave half a character behind, which no table takes.
  const head = text.slice(0, excerptUnits).replace(/[\uD800-\uDBFF]$/, '');
  const graphemes = graphemesOf(head);
  if (head === text && graphemes.length <= excerptGraphemes) return text;
  return `${graphemes.slice(0, excerptGraphemes - 1).join('')}…`;
}

/** The check character and its neighbours are evenly spread, so they spread the timers. */
export function shardOf(number: string): string {
  let sum = 0;
  for (const character of number) sum = (sum * 31 + character.charCodeAt(0)) >>> 0;
  return String(sum % timerShards);
}

function withCommandKey(secret: Private, commandKey: CommandKey | undefined): Private {
  if (commandKey === undefined) return secret;
  return {
    ...secret,
    commandKeys: [...(secret.commandKeys ?? []), commandKey].slice(-rememberedCommandKeys),
  };
}

const cursorSchema = z.record(z.string(), z.string());

function writeCursor(key: Record<string, AttributeValue>): string {
  return Buffer.from(JSON.stringify(unmarshall(key))).toString('base64url');
}

/** Where in the common order of several inboxes a page ended. */
function writePosition(at: string, view: InboxView): string {
  return Buffer.from(JSON.stringify({ view, at })).toString('base64url');
}

function readPosition(cursor: string, view: InboxView): string {
  try {
    const { at } = positionSchema
      .refine((position) => position.view === view)
      .parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return at;
  } catch (cause) {
    throw new InvalidCursor('not a cursor of this list', { cause });
  }
}

const positionSchema = z.strictObject({
  view: z.string(),
  at: z
    .string()
    .regex(/^[^#]+#[^#]+$/)
    .max(80),
});

/** @param names the keys of the table and of the index that the list is read from. */
function readCursor(
  cursor: string,
  list: Record<string, string | readonly string[]>,
  names: readonly string[],
): Record<string, AttributeValue> {
  try {
    const key = cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    const ofThisList = Object.entries(list).every(([name, values]) =>
      [values].flat().includes(key[name] ?? ''),
    );
    const whole = Object.keys(key).sort().join() === [...names].sort().join();
    if (!ofThisList || !whole) throw new TypeError('a key of another list');
    return marshall(key);
  } catch (cause) {
    throw new InvalidCursor('not a cursor of this list', { cause });
  }
}

import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { AttributeValue as StreamValue } from 'aws-lambda';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { AnyEvent } from '../../events/envelope.ts';
import type { BacklogEntry } from '../kernel/backlog.ts';
import { fold, upcast } from '../kernel/fold.ts';
import type { AnyKind, KindEvent, PublishedKind, RecordOf, SummaryBase } from '../kernel/kind.ts';
import { nextTimer } from '../kernel/timers.ts';
import type { SealedContact } from './contact-cipher.ts';
import { pack, unpack } from './packed.ts';
import { recordsTable, timerShards, type InboxView, type List } from './schema.ts';

/** A record as the item of the table that holds it. */
export type Item = Record<string, AttributeValue>;

/** Private data of a record that is in no event: hashes of credentials, and the sealed contact. */
export type Private = {
  /** Hash of the idempotency key of its submission, and of the request body. */
  keyHash: string;
  requestHash: string;
  /** SHA-256 of the tracking token; empty while the link is revoked. */
  tokenHash: string;
  /** Id of the link that replaced the first one. */
  link?: string;
  /** The request that replaced the previous link. A retry of that request may still use the previous token. */
  renewal?: { formerTokenHash: string; commandKey: string; at: string };
  contact?: SealedContact;
  contactHash?: string;
  /** Hashes of the latest commands' idempotency keys and of their requests. */
  commandKeys?: { key: string; request: string }[];
  /** Id of the write attempt that wrote this version. */
  writeId?: string;
};

export type CommandKey = NonNullable<Private['commandKeys']>[number];

/** The earlier command with that key. Keys written by earlier versions are longer; their beginning is the same. */
export function earlierCommand({ commandKeys = [] }: Private, key: string): CommandKey | undefined {
  return commandKeys.find((earlier) => earlier.key.startsWith(key));
}

/** A record with its history and its private data. */
export type Stored<K extends AnyKind = AnyKind> = {
  kind: K;
  record: RecordOf<K>;
  events: KindEvent<K>[];
  private: Private;
};

/** The number of the record that an item holds or is related to; empty for none. */
export function numberOf(item: Item): string {
  return item[recordsTable.hashKey]?.S ?? '';
}

export function keyOf(number: string): Item {
  return relatedKey(number, recordsTable.record);
}

/** The key of a related item of a record. */
export function relatedKey(number: string, item: string): Item {
  return { [recordsTable.hashKey]: { S: number }, [recordsTable.rangeKey]: { S: item } };
}

export function toItem<K extends AnyKind>({ kind, record, events, private: secret }: Stored<K>): Item {
  const timerAt = nextTimer(kind, record);
  const { summary, inbox, cell, neighbour, alert } = kind.indexes(record);
  const { keyHash, contactHash, ...sealed } = secret;
  return marshall(
    {
      [recordsTable.hashKey]: record.number,
      [recordsTable.rangeKey]: recordsTable.record,
      version: record.version,
      history: pack(events),
      keyHash,
      private: pack(sealed),
      // Only in items that a list projects it from.
      ...((inbox ?? alert) && { summary: withoutKeys(summary) }),
      submittedAt: record.submittedAt,
      ...(inbox && {
        seen: record.touched,
        departmentView: listKey({ of: 'department', ...inbox }, inbox.view),
        areaView: listKey({ of: 'area', ...inbox }, inbox.view),
        ...(inbox.handler !== undefined && {
          handlerView: listKey({ of: 'handler', ...inbox, handler: inbox.handler }, inbox.view),
        }),
        order: `${inbox.order}#${record.number}`,
      }),
      ...(timerAt !== undefined && { timerAt, timerShard: shardOf(record.number) }),
      ...(cell !== undefined && neighbour && { cell, neighbour: withoutKeys(neighbour) }),
      ...(alert && { alertArea: alert.area, alertAt: alert.at }),
      ...(contactHash !== undefined && { contactHash }),
    },
    { removeUndefinedValues: true },
  );
}

/** Every index projects these anyway. */
function withoutKeys<S extends { number: string; submittedAt: string }>(summary: S): Partial<S> {
  const { number: _number, submittedAt: _submittedAt, ...rest } = summary;
  return rest as Partial<S>;
}

export function fromItem<K extends AnyKind>(kind: K, item: Item): Stored<K> {
  const events = eventsOf(kind, item) as KindEvent<K>[];
  const record = { ...fold(kind, events), storedBytes: bytesOf(item) };
  return { kind, record, events, private: privateOf(item) };
}

export function privateOf(item: Item): Private {
  // Earlier versions stored a map.
  if (item['private']?.M) return unmarshall({ p: item['private'] })['p'] as Private;
  const contactHash = item['contactHash']?.S;
  return {
    ...(unpack(item['private']?.B ?? new Uint8Array()) as Omit<Private, 'keyHash'>),
    keyHash: item['keyHash']?.S ?? '',
    ...(contactHash !== undefined && { contactHash }),
  };
}

/** Bytes of the history in its item. */
export function bytesOf({ history }: Item): number {
  return history?.B?.length ?? 0;
}

/** A stream image as Lambda passes it: bytes as base64. */
export type StreamImage = Record<string, StreamValue>;

export function fromStreamImage(image: StreamImage): Item {
  return Object.fromEntries(
    Object.entries(image).map(([name, value]) => [
      name,
      value.B === undefined ? (value as AttributeValue) : { B: Buffer.from(value.B, 'base64') },
    ]),
  );
}

export function toStreamImage(item: Item): StreamImage {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [
      name,
      value.B === undefined ? (value as StreamValue) : { B: Buffer.from(value.B).toString('base64') },
    ]),
  );
}

/** Dummy hashes of equal length, so that a number that does not exist takes as long to refuse. */
export const dummyPrivate: Private = {
  keyHash: '-'.repeat(43),
  requestHash: '',
  tokenHash: '-'.repeat(43),
};

function eventsOf(kind: PublishedKind, item: Item): AnyEvent[] {
  return storedEvents(item).map((event) => upcast(kind, event));
}

/** The events as stored: packed, or each a JSON text in earlier versions. Empty for related items. */
export function storedEvents(item: Item): AnyEvent[] {
  try {
    const packed = item['history']?.B;
    if (packed) return unpack(packed) as AnyEvent[];
    return (item['events']?.L ?? []).map(({ S = '' }) => JSON.parse(S) as AnyEvent);
  } catch {
    // Without its cause: the parser's message quotes people's text, and ends in the log.
    throw new Error(`the history of ${item[recordsTable.hashKey]?.S ?? 'a record'} is not readable`);
  }
}

/** The events that the new image of an item adds to the old one. */
export function addedEvents(kind: PublishedKind, oldImage: Item | undefined, newImage: Item): AnyEvent[] {
  const known = Number(oldImage?.['version']?.N ?? 0);
  return eventsOf(kind, newImage).filter(({ sequence }) => sequence > known);
}

/** The projection of a record in an index; lists by view also have the version that a command on it names. */
export function summaryIn(item: Item): SummaryBase & { version?: number } {
  const { number, summary, neighbour, seen, submittedAt } = unmarshall(item) as {
    number: string;
    summary?: SummaryBase;
    neighbour?: SummaryBase;
    seen?: number;
    submittedAt: string;
  };
  const shown = summary ?? neighbour;
  if (!shown) throw new Error(`${number} has nothing to show in a list`);
  return { ...shown, number, submittedAt, ...(seen !== undefined && { version: seen }) };
}

/** The backlog entry of the record in an image; none once it is done, or before it has a department. */
export function backlogEntryOf(image: Item | undefined): BacklogEntry | undefined {
  const [department, view] = image?.['departmentView']?.S?.split('#') ?? [];
  if (!image || department === undefined || view === undefined || view === 'done') return undefined;
  const summary = image['summary']?.M ?? {};
  const handler = image['handlerView']?.S?.split('#')[1];
  const [category, priority] = [summary['category']?.S, summary['priority']?.S];
  return {
    view: view as BacklogEntry['view'],
    ...(summary['overdue']?.BOOL === true && { overdue: true }),
    department,
    area: summary['area']?.S ?? '',
    ...(category !== undefined && { category }),
    ...(priority !== undefined && { priority }),
    ...(handler !== undefined && { handler }),
  };
}

/** `overdue` is the overdue part of `open`. */
export function listKey(list: List, view: InboxView): string {
  const shown = view === 'overdue' ? 'open' : view;
  switch (list.of) {
    case 'department':
      return `${list.department}#${shown}`;
    case 'area':
      return `${list.area}#${shown}`;
    case 'handler':
      return `${list.department}#${list.handler}#${shown}`;
  }
}

/** The check character and its neighbours are evenly distributed, so they spread the timers. */
export function shardOf(number: string): string {
  let sum = 0;
  for (const character of number) sum = (sum * 31 + character.charCodeAt(0)) >>> 0;
  return String(sum % timerShards);
}

/** Whether a record is of a kind that is known when compiling. */
export function isOf<K extends AnyKind>(kind: K, stored: Stored): stored is Stored<K> {
  return stored.kind.name === kind.name;
}

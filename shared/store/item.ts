import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { AnyEvent } from '../../events/envelope.ts';
import { fold, upcast } from '../kernel/fold.ts';
import type { AnyKind, KindEvent, PublishedKind, RecordOf, SummaryBase } from '../kernel/kind.ts';
import { nextTimer } from '../kernel/timers.ts';
import type { SealedContact } from './contact-cipher.ts';
import { recordsTable, timerShards, type InboxView } from './schema.ts';

/** A record as the item of the table that holds it. */
export type Item = Record<string, AttributeValue>;

/** What belongs to the record but is in no event: who may open it, and how to reach the resident. */
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

/** A record with its history and what is private of it. */
export type Stored<K extends AnyKind = AnyKind> = {
  kind: K;
  record: RecordOf<K>;
  events: KindEvent<K>[];
  private: Private;
};

export function keyOf(number: string): Item {
  return { [recordsTable.hashKey]: { S: number } };
}

export function toItem<K extends AnyKind>({ kind, record, events, private: secret }: Stored<K>): Item {
  const timerAt = nextTimer(kind, record);
  const { summary, inbox, cell, alert } = kind.indexes(record);
  return marshall(
    {
      [recordsTable.hashKey]: record.number,
      version: record.version,
      events: events.map((event) => JSON.stringify(event)),
      private: secret,
      summary,
      submittedAt: record.submittedAt,
      ...(inbox && {
        inbox: inboxKey(inbox.department, inbox.view),
        inboxOrder: `${inbox.order}#${record.number}`,
      }),
      ...(timerAt !== undefined && { timerAt, timerShard: shardOf(record.number) }),
      ...(cell !== undefined && { cell }),
      ...(alert && { alertArea: alert.area, alertAt: alert.at }),
      ...(secret.contactHash !== undefined && { contactHash: secret.contactHash }),
    },
    { removeUndefinedValues: true },
  );
}

export function fromItem<K extends AnyKind>(kind: K, item: Item): Stored<K> {
  const events = eventsOf(kind, item) as KindEvent<K>[];
  return { kind, record: fold(kind, events), events, private: privateOf(item) };
}

export function privateOf(item: Item): Private {
  return unmarshall({ p: item['private'] ?? { M: {} } })['p'] as Private;
}

/** Dummy hashes of equal length, so that a number that does not exist takes as long to refuse. */
export const dummyPrivate: Private = {
  keyHash: '-'.repeat(43),
  requestHash: '',
  tokenHash: '-'.repeat(43),
};

function eventsOf(kind: PublishedKind, item: Item): AnyEvent[] {
  return (item['events']?.L ?? []).map((entry, at) => upcast(kind, parsed(entry.S ?? '', at, item)));
}

function parsed(json: string, at: number, item: Item): AnyEvent {
  try {
    return JSON.parse(json) as AnyEvent;
  } catch {
    // Without its cause: the parser's message quotes what people wrote, and ends in the log.
    throw new Error(`event ${at} of ${item[recordsTable.hashKey]?.S ?? 'a record'} is not JSON`);
  }
}

/** The events that a new version of an item has and the old one lacks. Both are stream images. */
export function addedEvents(kind: PublishedKind, oldImage: Item | undefined, newImage: Item): AnyEvent[] {
  const known = oldImage?.['events']?.L?.length ?? 0;
  return eventsOf(kind, newImage).slice(known);
}

/** What an index shows of a record; the inbox alone shows its version. */
export function summaryIn(item: Item): SummaryBase & { version?: number } {
  const { summary, version } = unmarshall(item) as { summary: SummaryBase; version?: number };
  return version === undefined ? summary : { ...summary, version };
}

export function inboxKey(department: string, view: InboxView): string {
  return `${department}#${view === 'overdue' ? 'open' : view}`;
}

/** The check character and its neighbours are evenly spread, so they spread the timers. */
export function shardOf(number: string): string {
  let sum = 0;
  for (const character of number) sum = (sum * 31 + character.charCodeAt(0)) >>> 0;
  return String(sum % timerShards);
}

/** Whether a record is of a kind that is known when compiling. */
export function isOf<K extends AnyKind>(kind: K, stored: Stored): stored is Stored<K> {
  return stored.kind.name === kind.name;
}

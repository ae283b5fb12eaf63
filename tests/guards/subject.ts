import { kinds } from '../../shared/records/kinds.ts';
import { report } from '../../shared/records/report/kind.ts';
import { reportStore } from '../support/report-domain.ts';
import { PutItemCommand, type AttributeValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import {
  alertEventTypes,
  type Command,
  type Context,
  decide,
  type Decision,
  digestLinesOf,
  followUpCommands,
  eventTypes,
  fold,
  followedView,
  isJointWork,
  noticeEventTypes,
  noticesOf,
  photoWork,
  redacted,
  type Report,
  residentTimeline,
  residentView,
  staffTimeline,
  staffView,
  type TimelineEntry,
  type Timer,
  timersOf,
  transitions,
} from '../support/report-domain.ts';
import type { ReportEvent } from '../../events/report.ts';
import type { DigestLine, Notice } from '../../shared/kernel/notices.ts';
import { countsOf } from '../../shared/records/report/figures.ts';
import type { Actor, StaffActor } from '../../shared/kernel/permissions.ts';
import { summaryOf } from '../../shared/records/report/indexes.ts';
import {
  keyOf,
  privateOf,
  storedEvents,
  summaryIn,
  toStreamImage,
  type Item,
  type Private,
  type StreamImage,
} from '../../shared/store/item.ts';
import { pack } from '../../shared/store/packed.ts';
import { areaCell, cellOf, positionOf } from '../../shared/place/cell.ts';
import { startApi as startApiOfToday, type Api, type Call, type Reply } from '../support/api.ts';
import type { Summary } from '../../shared/records/report/model.ts';
import { addClaims } from '../../functions/claims/handler.ts';
import { createHandler as relayOf } from '../../functions/relay/handler.ts';
import type { City } from '../../shared/config/city.ts';
import { Keys, staffOf } from '../../shared/http/credentials.ts';
import { readPlace, writePlace } from '../../shared/http/cursors.ts';
import { parseSecret } from '../../shared/config/secret.ts';
import {
  consumer as consumerOf,
  Unprocessable,
  type Parking,
  type QueueHandler,
} from '../../shared/queue/consume.ts';

/**
 * The interface between the tables in this folder and the product. The tables are frozen: when the product's internals
 * change, only this file changes.
 */
export type { Actor, Command, Context, Decision, DigestLine, Notice, Private, Report, ReportEvent, Timer };

export const decided = (report: Report | undefined, command: Command, context: Context): Decision =>
  decide(report, command, context);
/** The size of a history was that of its events' JSON; it is the stored size now, and 0 before it is stored. */
export const folded = (events: readonly ReportEvent[]): Report => ({
  ...fold(events),
  storedBytes: events.reduce((sum, event) => sum + Buffer.byteLength(JSON.stringify(event)), 0),
});
export const redactedHistory = (events: readonly ReportEvent[]): ReportEvent[] => redacted(events);

export const timelines = {
  resident: (events: readonly ReportEvent[], city: City): TimelineEntry[] => residentTimeline(events, city),
  staff: (events: readonly ReportEvent[], city: City): TimelineEntry[] => staffTimeline(events, city),
  follower: (events: readonly ReportEvent[], city: City): TimelineEntry[] =>
    followedView(fold(events), events, city)['timeline'] as TimelineEntry[],
};

export const notices = (event: ReportEvent, report: Report, city: City): Notice[] =>
  noticesOf(event, report, city);
export const digestLines = (event: ReportEvent, report: Report, city: City): DigestLine[] =>
  digestLinesOf(event, report, city);
/** The event types that the queues of notices and of digests subscribe to. */
export const noticedTypes: readonly string[] = noticeEventTypes;
export const digestedTypes: readonly string[] = alertEventTypes;
/** Every command that a report can be given. */
export const commandTypes: readonly string[] = ['submit', 'open-support', ...Object.keys(transitions)];

/** What the API offers: names of commands. */
export const offeredToResident = (events: readonly ReportEvent[], city: City, now: string): string[] =>
  residentView(fold(events), events, city, now)['commands'] as string[];
export const offeredToStaff = (
  events: readonly ReportEvent[],
  actor: StaffActor,
  city: City,
  now: string,
): string[] => staffView(fold(events), events, undefined, actor, city, now)['commands'] as string[];

/** Lists showed no address, and computed themselves what is overdue. */
function formerSummary({ address: _address, overdue: _overdue, ...rest }: Summary): Summary {
  return rest;
}
export const summary = (report: Report): Summary => formerSummary(summaryOf(report));
export const timers = (report: Report): Timer[] => timersOf(report);
/** The item that a history is written as. */
export async function itemOf(
  events: ReportEvent[],
  secret: Private,
): Promise<Record<string, AttributeValue>> {
  let item: Record<string, AttributeValue> = {};
  const client = {
    send: (command: unknown) => {
      if (command instanceof PutItemCommand) item = command.input.Item ?? {};
      return Promise.resolve({});
    },
  } as unknown as DynamoDBClient;
  await reportStore(client, 'reports').create(report, events, secret);
  return formerItem(item);
}

/**
 * An item had its events each as a JSON text and its private part as a map, stood in one inbox, and had its summary
 * wherever it stood.
 */
function formerItem(item: Item): Item {
  const { number, version, submittedAt, departmentView, order } = item;
  const { timerAt, timerShard, cell, alertArea, alertAt, contactHash } = item;
  const events = storedEvents(item) as ReportEvent[];
  const record = fold(events);
  const isListed = departmentView !== undefined || alertArea !== undefined;
  // Whether it is so has to be known here by other means than the item: where it does not stand, nothing is to be seen.
  const { inbox, alert } = report.indexes(record);
  if (
    isListed !== (inbox !== undefined || alert !== undefined) ||
    isListed !== (item['summary'] !== undefined)
  )
    throw new Error(`${record.number} stands in a list without its summary, or has one without a list`);
  const shown = (isListed ? summaryIn(item) : summaryOf(record)) as Summary & { version?: number };
  const { version: _seen, ...rest } = shown;
  // Neighbours were shown a report before its category was known.
  const place = positionOf(record.location);
  const formerCell =
    record.state === 'submitted' && !record.parent
      ? { S: place ? cellOf(place) : areaCell(record.location.area) }
      : cell;
  const former = {
    number,
    version,
    events: { L: events.map((event) => ({ S: JSON.stringify(event) })) },
    private: { M: marshall(privateOf(item), { removeUndefinedValues: true }) },
    summary: { M: marshall(formerSummary(rest), { removeUndefinedValues: true }) },
    submittedAt,
    inbox: departmentView,
    inboxOrder: order,
    timerAt,
    timerShard,
    cell: formerCell,
    alertArea,
    alertAt,
    contactHash,
  };
  return Object.fromEntries(
    Object.entries(former).filter((field): field is [string, AttributeValue] => field[1] !== undefined),
  );
}

export const photosToWorkOn = (event: ReportEvent): string[] => photoWork(event);
export const isJoint = (event: ReportEvent): boolean => isJointWork(event);
/** What an event asks of other reports: number and command. */
export const followUps = (event: ReportEvent, report: Report) => followUpCommands(event, report);
export const figures = (event: ReportEvent, hour: string) => countsOf(event, hour);

/** What is derived from a secret, and what goes out of the functions. */
export const keysOf = (secret: string, now: string): Keys => new Keys(parseSecret(secret), now);
export const createRelay = (deps: Omit<Parameters<typeof relayOf>[0], 'kinds'>) => {
  const relay = relayOf({ kinds, ...deps });
  return ({ Records }: DynamoDBStreamEvent) =>
    relay({
      Records: Records.map(({ dynamodb = {}, ...record }) => ({
        ...record,
        dynamodb: {
          ...dynamodb,
          ...(dynamodb.OldImage && { OldImage: imageOf(dynamodb.OldImage) }),
          ...(dynamodb.NewImage && { NewImage: imageOf(dynamodb.NewImage) }),
        },
      })),
    });
};

/** As the stream shows an item that was written with these events. */
function imageOf({ number, events }: StreamImage): StreamImage {
  const all = (events?.L ?? []).map(({ S = '' }) => JSON.parse(S) as ReportEvent);
  return toStreamImage({
    ...keyOf(number?.S ?? ''),
    ...marshall({ version: all.length, history: pack(all) }),
  });
}
export const consumer = (parking: Parking, handle: (event: ReportEvent) => Promise<void>): QueueHandler =>
  consumerOf([report], parking, handle);
/** The API, of whose cursors two named the keys of the table otherwise. */
export async function startApi(): Promise<Api> {
  const api = await startApiOfToday();
  const call = async (request: string, { query, body, ...rest }: Call = {}): Promise<Reply> => {
    const reply = await api.call(request, {
      ...rest,
      ...(query && { query: withCursor(query, cursorOfToday) }),
      ...(body !== undefined && { body: isObject(body) ? withCursor(body, cursorOfToday) : body }),
    });
    return { ...reply, body: isObject(reply.body) ? withCursor(reply.body, formerCursor) : reply.body };
  };
  return { ...api, call };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function withCursor<T extends Record<string, unknown>>(fields: T, change: (cursor: string) => string): T {
  return typeof fields['cursor'] === 'string' ? { ...fields, cursor: change(fields['cursor']) } : fields;
}

const cursorOfToday = (cursor: string): string =>
  changedCursor(cursor, ({ inbox, inboxOrder, ...key }) => ({
    ...key,
    ...('number' in key && { item: 'record' }),
    ...(inbox !== undefined && { departmentView: inbox }),
    ...(inboxOrder !== undefined && { order: inboxOrder }),
  }));

const formerCursor = (cursor: string): string =>
  changedCursor(cursor, ({ item: _item, departmentView, order, ...key }) => ({
    ...key,
    ...(departmentView !== undefined && { inbox: departmentView }),
    ...(order !== undefined && { inboxOrder: order }),
  }));

/** What is no key of a table stays as it is. */
function changedCursor(
  cursor: string,
  change: (key: Record<string, unknown>) => Record<string, unknown>,
): string {
  try {
    const key = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown;
    if (!isObject(key) || !('number' in key)) return cursor;
    return Buffer.from(JSON.stringify(change(key))).toString('base64url');
  } catch {
    return cursor;
  }
}

export type { Api };
export { addClaims, eventTypes, readPlace, staffOf, Unprocessable, writePlace };

import { kinds } from '../../shared/records/kinds.ts';
import { report } from '../../shared/records/report/kind.ts';
import { reportStore } from '../support/report-domain.ts';
import { PutItemCommand, type AttributeValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
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
import type { Private } from '../../shared/store/item.ts';
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
 * The product as the tables in this folder ask it. They are frozen: where the product keeps what may change, and then
 * this file alone follows.
 */
export type { Actor, Command, Context, Decision, DigestLine, Notice, Private, Report, ReportEvent, Timer };

export const decided = (report: Report | undefined, command: Command, context: Context): Decision =>
  decide(report, command, context);
export const folded = (events: readonly ReportEvent[]): Report => fold(events);
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

export const summary = (report: Report): Summary => summaryOf(report);
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
  return item;
}

export const photosToWorkOn = (event: ReportEvent): string[] => photoWork(event);
export const isJoint = (event: ReportEvent): boolean => isJointWork(event);
/** What an event asks of other reports: number and command. */
export const followUps = (event: ReportEvent, report: Report) => followUpCommands(event, report);
export const figures = (event: ReportEvent, hour: string) => countsOf(event, hour);

/** What is derived from a secret, and what goes out of the functions. */
export const keysOf = (secret: string, now: string): Keys => new Keys(parseSecret(secret), now);
export const createRelay = (deps: Omit<Parameters<typeof relayOf>[0], 'kinds'>) =>
  relayOf({ kinds, ...deps });
export const consumer = (parking: Parking, handle: (event: ReportEvent) => Promise<void>): QueueHandler =>
  consumerOf([report], parking, handle);
export { addClaims, eventTypes, readPlace, staffOf, Unprocessable, writePlace };

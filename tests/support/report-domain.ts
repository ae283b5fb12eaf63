import type { ReportCommand } from '../../shared/records/report/commands/index.ts';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { AnyEvent, ReadEvent } from '../../events/envelope.ts';
import { eventSchema as schemaOf, readEvent } from '../../events/envelope.ts';
import {
  reportEvents,
  type ReportData,
  type ReportEvent,
  type ReportEventType,
} from '../../events/report.ts';
import type { City } from '../../shared/config/city.ts';
import type { Contact } from '../../shared/kernel/contact.ts';
import { decide as decideBy } from '../../shared/kernel/decide.ts';
import * as fold from '../../shared/kernel/fold.ts';
import type {
  Context,
  Decision as DecisionOf,
  KernelRefusal,
  Timer as TimerOf,
} from '../../shared/kernel/kind.ts';
import * as telling from '../../shared/kernel/notices.ts';
import { isFor } from '../../shared/kernel/offers.ts';
import type {
  Actor,
  Grant,
  Relation,
  StaffActor,
  StaffRole,
  AccessScope,
} from '../../shared/kernel/permissions.ts';
import {
  hasGrant,
  isStaffGrant,
  relations,
  relationsGranted,
  staffRoles,
} from '../../shared/kernel/permissions.ts';
import * as timing from '../../shared/kernel/timers.ts';
import * as lines from '../../shared/kernel/timeline.ts';
import * as moving from '../../shared/kernel/transitions.ts';
import { report as kind, type ReportKind, type StaffCommandType } from '../../shared/records/report/kind.ts';
import type { Report, ReportModel, ReportRefusal } from '../../shared/records/report/model.ts';
import { reportNotices } from '../../shared/records/report/notices.ts';
import type { State } from '../../shared/records/report/state.ts';
import { timeline } from '../../shared/records/report/timeline.ts';
import type { Stored } from '../../shared/store/item.ts';
import { RecordStore } from '../../shared/store/records.ts';
import * as views from '../../shared/records/report/views.ts';

/** The kernel's functions for reports, as most tests need them. */

export type { Context, Report, ReportEvent, StaffCommandType };
export type Command = ReportCommand;
export type CommandType = Command['type'];
export type Decision = DecisionOf<ReportModel>;
export type Refusal = KernelRefusal | ReportRefusal;
export type Timer = TimerOf;
export type TimelineEntry = lines.TimelineEntry<ReportEventType>;
export type EventType = ReportEventType;
export type EventData<T extends EventType> = ReportData<T>;

export const eventTypes = Object.keys(reportEvents) as EventType[];
export const eventSchema = <T extends EventType>(type: T) => schemaOf(reportEvents, type);
export const parseEvent = (value: unknown): ReadEvent<ReportEvent> => readEvent(value, reportEvents);

export const decide = (report: Report | undefined, command: Command, context: Context): Decision =>
  decideBy(kind, report, command, context);
export const evolve = (report: Report | undefined, event: ReportEvent): Report =>
  fold.evolve(kind, report, event);
const foldReport = (events: readonly ReportEvent[]): Report => fold.fold(kind, events);
export { foldReport as fold };
export const redacted = (events: readonly ReportEvent[]): ReportEvent[] => fold.redactedHistory(kind, events);
export const photoWork = (event: AnyEvent): string[] => fold.photosOf(kind, event);
export const isJointWork = (event: AnyEvent): boolean => fold.hasFollowUps(kind, event);
/** The follow-up commands of an event. */
export const followUpCommands = (event: AnyEvent, report: Report): { number: string; command: Command }[] => {
  const rule = kind.followUps[event.type as EventType];
  const asked = rule ? rule.commands(event as never, report) : [];
  return asked.map(({ number, command }) => ({ number, command: command as Command }));
};

export const timersOf = (report: Report): Timer[] => timing.timersOf(kind, report);
export const nextTimer = (report: Report): string | undefined => timing.nextTimer(kind, report);

export const residentTimeline = (events: readonly ReportEvent[], city: City): TimelineEntry[] =>
  lines.timelineFor(kind, timeline, 'party', events, city);
export const staffTimeline = (events: readonly ReportEvent[], city: City) =>
  lines.staffTimeline(kind, timeline, events, city);
export const residentView = views.residentView;
export const followedView = views.followedView;
export const staffView = (
  report: Report,
  events: readonly ReportEvent[],
  contact: Contact | undefined,
  actor: StaffActor,
  city: City,
  now: string,
) => views.staffView(report, events, { contact, actor, city, now });

export const noticeEventTypes = Object.keys(reportNotices.notices) as EventType[];
export const alertEventTypes = Object.keys(reportNotices.digestLines) as EventType[];
export const noticesOf = (event: ReportEvent, report: Report, city: City): telling.Notice[] =>
  telling.noticesOf(kind, reportNotices, event, report, city);
export const digestLinesOf = (event: ReportEvent, report: Report, city: City): telling.DigestLine[] =>
  telling.digestLinesOf(kind, reportNotices, event, report, city);

type OnReport = Exclude<CommandType, 'submit' | 'open-support'>;
type Move = { from: readonly State[]; to: readonly (State | 'same')[] };
const onReport = moving.commandsOn(kind) as OnReport[];
export const transitions = Object.fromEntries(
  onReport.map((command) => [command, { also: [], ...kind.commands[command] }]),
) as unknown as Record<OnReport, Move & { also: readonly Move[] }>;
export const targetsOf = (command: string, state: State): State[] =>
  moving.targetsOf(kind, command, state) as State[];
export const stateDiagram = (): string => moving.stateDiagram(kind);

export const staffCommands = onReport.filter((name) =>
  isFor('staff', kind.commands[name]),
) as StaffCommandType[];
export const residentCommands = onReport.filter((name) => isFor('resident', kind.commands[name]));
/** The fields of the commands of staff and residents. */
export const commandFields = Object.fromEntries(
  [...new Set([...staffCommands, ...residentCommands])].map((name) => [name, kind.commands[name].fields]),
);
/** Role × relation → commands, from the rules. */
export const staffPermissions = Object.fromEntries(
  staffRoles.map((role) => [
    role,
    Object.fromEntries(
      relations.map((relation) => [
        relation,
        staffCommands.filter((name) => {
          const by: readonly Grant[] = kind.commands[name].by;
          return by.filter(isStaffGrant).some((grant) => relationsGranted(grant, role).includes(relation));
        }),
      ]),
    ),
  ]),
) as Record<StaffRole, Record<Relation, StaffCommandType[]>>;

export const mayDo = (actor: Actor, command: CommandType, accessScope: AccessScope): boolean =>
  hasGrant(actor, kind.commands[command].by, accessScope);

/** The record store for reports only. */
export const reportStore = (
  client: DynamoDBClient,
  table: string,
  newId?: () => string,
): RecordStore<ReportKind> => new RecordStore(client, table, [kind], newId);
export type ReportStored = Stored<ReportKind>;

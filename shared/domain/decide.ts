import type { Actor as EventActor, EventData, EventType, ReportEvent } from '../../events/index.ts';
import type { City, Priority } from '../config/city.ts';
import type { Command, CommandType } from './commands.ts';
import { mayDo, type Actor } from './permissions.ts';
import { evolve, keepsWork, type Report } from './report.ts';
import { route, targetsFor, triageDepartment } from './routing.ts';
import { clockNames, dueAction, secondsBetween, startClock, type ClockName, type ClockStart } from './sla.ts';
import { transitions, type State } from './transitions.ts';

/** What a decision may know besides the report: the instant (UTC, RFC 3339), who asks, and the city's rules. */
export type Context = {
  now: string;
  actor: Actor;
  city: City;
  /** The version the asker last saw; what somebody decided since is not changed behind their back. */
  expectedVersion?: number | undefined;
};

export type Refusal =
  | { kind: 'not-found' }
  | { kind: 'not-permitted'; command: CommandType }
  | { kind: 'wrong-state'; command: CommandType; state: State; allowed: readonly State[] }
  | { kind: 'stale-version'; current: number }
  | { kind: 'history-full' }
  | { kind: 'unknown-department'; department: string }
  | { kind: 'unknown-category'; category: string }
  | { kind: 'same-department'; department: string }
  | { kind: 'merge-with-itself' };

/** No events means that the report is already as asked: the second of two equal messages changes nothing. */
export type Decision = { ok: true; events: ReportEvent[] } | { ok: false; refusal: Refusal };

/** Beyond these, a history takes only what brings a report to its end, so that an item stays under 400 KB. */
const ordinaryLimit = { events: 400, bytes: 250_000 };
const finalLimit = { events: 500, bytes: 340_000 };
const finalCommands: readonly CommandType[] = [
  'resolve',
  'reject',
  'merge',
  'withdraw',
  'rate',
  'record-photos',
  'fire-timers',
];

/**
 * Decides what a command does to a report. Pure: the same arguments give the same events, and a refusal
 * changes nothing.
 */
export function decide(report: Report | undefined, command: Command, context: Context): Decision {
  if (command.type === 'submit') return submit(report, command, context);
  if (!report) return refuse({ kind: 'not-found' });
  return decideOn(report, command, { ...context, now: notBefore(report.updatedAt, context.now) });
}

/**
 * Two functions' clocks differ, and a decision made again after a conflict began before what it now follows:
 * still no event of a report happens before the one ahead of it.
 */
function notBefore(earliest: string, now: string): string {
  return now < earliest ? earliest : now;
}

function decideOn(report: Report, command: Exclude<Command, { type: 'submit' }>, context: Context): Decision {
  const standing = { department: report.department, path: report.location.path };
  if (!mayDo(context.actor, command.type, standing))
    return refuse({ kind: 'not-permitted', command: command.type });
  if (isDone(report, command, context)) return { ok: true, events: [] };
  if (!hasSeen(report, context.expectedVersion))
    return refuse({ kind: 'stale-version', current: report.version });
  const allowed = transitions[command.type].from;
  if (!allowed.includes(report.state))
    return refuse({ kind: 'wrong-state', command: command.type, state: report.state, allowed });
  const limit = finalCommands.includes(command.type) ? finalLimit : ordinaryLimit;
  if (report.version >= limit.events || report.weight >= limit.bytes) return refuse({ kind: 'history-full' });
  return execute(report, command, context);
}

/** Whether whoever saw that version has seen all that matters to a decision. */
function hasSeen(report: Report, version: number | undefined): boolean {
  return version === undefined || (version >= report.touched && version <= report.version);
}

function execute(report: Report, command: Exclude<Command, { type: 'submit' }>, context: Context): Decision {
  const { city, now } = context;
  const history = new History(report, context);
  switch (command.type) {
    case 'classify':
      return classify(report, command, context);
    case 'assign': {
      const refusal = unknownDepartment(city, command.department);
      if (refusal) return refuse(refusal);
      const category = command.category ?? report.category ?? city.unclearCategory;
      if (!isCategory(city, category)) return refuse({ kind: 'unknown-category', category });
      if (category !== report.category) history.classified(category, 'staff', 1, []);
      return history.assigned(command.department, category, 'assigned').decision();
    }
    case 'acknowledge':
      return history
        .add('assignment-acknowledged.v1', {
          ...aboutOf(report),
          withinTarget: onTime(report, 'acknowledge', now),
        })
        .decision();
    case 'start':
      return history.acknowledgedFirst().add('work-started.v1', aboutOf(report)).decision();
    case 'return': {
      const triage = triageDepartment(city, report.location.path);
      if (triage === report.department) return refuse({ kind: 'same-department', department: triage });
      return history
        .add('assignment-returned.v1', { ...aboutOf(report), reason: command.reason })
        .triaged(triage, 'returned')
        .decision();
    }
    case 'transfer': {
      const refusal = unknownDepartment(city, command.department);
      if (refusal) return refuse(refusal);
      if (command.department === report.department)
        return refuse({ kind: 'same-department', department: command.department });
      return history
        .add('assignment-transferred.v1', {
          ...aboutOf(report),
          to: command.department,
          reason: command.reason,
        })
        .assigned(command.department, report.category ?? city.unclearCategory, 'transferred')
        .decision();
    }
    case 'resolve':
      return history
        .acknowledgedFirst()
        .add('report-resolved.v1', {
          ...aboutOf(report),
          text: command.text,
          photos: unknownPhotos(report, command.photos),
          round: report.round,
          withinTarget: onTime(report, 'resolve', now),
          secondsTaken: secondsBetween(report.clocks.resolve?.startedAt ?? report.submittedAt, now),
        })
        .decision();
    case 'note': {
      const audience = context.actor.kind === 'resident' ? 'everyone' : command.audience;
      return history
        .add('note-added.v1', { text: command.text, photos: unknownPhotos(report, command.photos), audience })
        .decision();
    }
    case 'rate':
      return history
        .add('report-rated.v1', {
          ...aboutOf(report),
          department: report.resolution?.department ?? aboutOf(report).department,
          score: command.score,
          round: report.round,
          ...(command.comment !== undefined && { comment: command.comment }),
        })
        .decision();
    case 'reopen': {
      const { category, resolution } = report;
      const before = resolution?.department ?? aboutOf(report).department;
      // A department that the city no longer has cannot mend what it did.
      const department = unknownDepartment(city, before)
        ? route(city, category ?? city.unclearCategory, report.location.path).department
        : before;
      return history
        .add('report-reopened.v1', { ...aboutOf(report), reason: command.reason, round: report.round + 1 })
        .assigned(department, report.category ?? city.unclearCategory, 'reopened')
        .decision();
    }
    case 'withdraw':
      return history
        .add('report-withdrawn.v1', {
          ...whereabouts(report),
          ...(command.reason !== undefined && { reason: command.reason }),
        })
        .decision();
    case 'reject':
      return history.add('report-rejected.v1', { ...whereabouts(report), reason: command.reason }).decision();
    case 'merge':
      if (command.into === report.number) return refuse({ kind: 'merge-with-itself' });
      return history.add('report-merged.v1', { ...whereabouts(report), into: command.into }).decision();
    case 'reveal':
      return history.add('contact-revealed.v1', { reason: command.reason }).decision();
    case 'supervise':
      return history.add('report-supervised.v1', { ...aboutOf(report), text: command.text }).decision();
    case 'take-alert':
      return history.add('alert-taken.v1', aboutOf(report)).decision();
    case 'join':
      if (command.number === report.number) return refuse({ kind: 'merge-with-itself' });
      // Those who followed the one that joins come along.
      for (const number of [command.number, ...command.followers])
        if (number !== report.number && !report.duplicates.includes(number))
          history.add('duplicate-joined.v1', { number });
      return history.decision();
    case 'record-photos':
      return history.add('photos-processed.v1', { photos: command.photos }).decision();
    case 'fire-timers':
      return fireTimers(report, context);
  }
}

/** Second of two: is the report already as this command would leave it? */
function isDone(report: Report, command: Command, context: Context): boolean {
  switch (command.type) {
    case 'acknowledge':
      return report.acknowledgedAt !== undefined;
    case 'start':
      return report.state === 'in-progress';
    case 'classify':
      // The classifier speaks once, about a report nobody has touched.
      if (context.actor.kind === 'system') return report.state !== 'submitted';
      return isHeldBy(
        report,
        route(context.city, command.category, report.location.path).department,
        command.category,
      );
    case 'assign':
      return isHeldBy(report, command.department, command.category ?? report.category);
    case 'take-alert':
      return report.alert === undefined;
    case 'join':
      return [command.number, ...command.followers].every((number) => report.duplicates.includes(number));
    case 'merge':
      return report.mergedInto === command.into;
    case 'withdraw':
      return report.state === 'withdrawn';
    case 'resolve':
      return report.state === 'resolved' && report.resolution?.text === command.text;
    case 'rate':
      return (
        report.rating?.round === report.round &&
        report.rating.score === command.score &&
        report.rating.comment === command.comment
      );
    case 'record-photos': {
      const waiting = new Set(
        report.photos.filter((photo) => photo.status === 'processing').map((photo) => photo.id),
      );
      return !command.photos.some((photo) => waiting.has(photo.id));
    }
    case 'fire-timers':
      return clockNames.every((name) => actionOf(report, name, context.now) === undefined);
    default:
      return false;
  }
}

function isHeldBy(report: Report, department: string, category: string | undefined): boolean {
  const isHeld = report.state === 'assigned' || report.state === 'in-progress';
  return isHeld && report.department === department && report.category === category;
}

function submit(
  report: Report | undefined,
  command: Extract<Command, { type: 'submit' }>,
  context: Context,
): Decision {
  if (report) return { ok: true, events: [] };
  if (!mayDo(context.actor, 'submit', { path: command.location.path }))
    return refuse({ kind: 'not-permitted', command: 'submit' });
  if (command.category !== undefined && !isCategory(context.city, command.category))
    return refuse({ kind: 'unknown-category', category: command.category });
  const event: ReportEvent<'report-submitted.v1'> = {
    id: eventId(command.number, 1),
    type: 'report-submitted.v1',
    number: command.number,
    sequence: 1,
    occurredAt: context.now,
    actor: actorOf(context.actor),
    data: {
      description: command.description,
      location: command.location,
      photos: command.photos,
      locale: command.locale,
      source: command.source,
      area: command.location.area,
      ...(command.category !== undefined && { category: command.category }),
    },
  };
  return { ok: true, events: [event] };
}

function classify(
  report: Report,
  command: Extract<Command, { type: 'classify' }>,
  context: Context,
): Decision {
  const { city } = context;
  const { category } = command;
  if (!isCategory(city, category)) return refuse({ kind: 'unknown-category', category });
  const history = new History(report, context);
  if (!('confidence' in command)) {
    const { department } = route(city, category, report.location.path);
    return history
      .classified(category, 'staff', 1, [])
      .assigned(department, category, 'reclassified')
      .decision();
  }
  const { by, confidence, alternatives } = command;
  if (confidence < city.triageBelow)
    return history
      .classified(category, by, confidence, alternatives)
      .triaged(triageDepartment(city, report.location.path), 'unsure')
      .decision();
  const { department } = route(city, category, report.location.path);
  return history
    .classified(category, by, confidence, alternatives)
    .assigned(department, category, 'routed')
    .decision();
}

function fireTimers(report: Report, context: Context): Decision {
  const history = new History(report, context);
  for (const name of clockNames) {
    const clock = report.clocks[name];
    const action = actionOf(report, name, context.now);
    if (!clock || !action) continue;
    const fired = { ...aboutOf(report), clock: name, dueAt: clock.dueAt };
    if (action === 'warn') history.add('clock-warned.v1', fired);
    else
      history.add('clock-breached.v1', { ...fired, lateSeconds: secondsBetween(clock.dueAt, context.now) });
  }
  return history.decision();
}

/** The events of one decision, each seen by the next: numbers, ids and clocks follow from the report so far. */
class History {
  readonly #context: Context;
  readonly #events: ReportEvent[] = [];
  #report: Report;

  constructor(report: Report, context: Context) {
    this.#report = report;
    this.#context = context;
  }

  add<T extends EventType>(type: T, data: EventData<T>): this {
    const sequence = this.#report.version + 1;
    const { number } = this.#report;
    const event = {
      id: eventId(number, sequence),
      type,
      number,
      sequence,
      occurredAt: this.#context.now,
      actor: actorOf(this.#context.actor),
      data,
    } as ReportEvent;
    this.#report = evolve(this.#report, event);
    this.#events.push(event);
    return this;
  }

  classified(
    category: string,
    by: 'resident' | 'classifier' | 'staff',
    confidence: number,
    alternatives: { category: string; confidence: number }[],
  ): this {
    const priority = priorityOf(this.#context.city, category);
    return this.add('report-classified.v1', { category, priority, confidence, by, alternatives });
  }

  /** Starting or settling work says that it was taken up. */
  acknowledgedFirst(): this {
    if (this.#report.acknowledgedAt !== undefined) return this;
    const withinTarget = onTime(this.#report, 'acknowledge', this.#context.now);
    return this.add('assignment-acknowledged.v1', { ...aboutOf(this.#report), withinTarget });
  }

  assigned(department: string, category: string, reason: EventData<'report-assigned.v1'>['reason']): this {
    const report = this.#report;
    return this.add('report-assigned.v1', {
      department,
      category,
      area: report.location.area,
      reason,
      priority: priorityOf(this.#context.city, category),
      description: report.description,
      location: report.location,
      photos: report.photos.map((photo) => photo.id),
      submittedAt: report.submittedAt,
      round: report.round,
      clocks: this.#clocks(
        department,
        category,
        reason === 'reopened',
        keepsWork(report, { department, reason }) ? report.clocks.acknowledge?.startedAt : undefined,
      ),
    });
  }

  triaged(department: string, reason: EventData<'report-triaged.v1'>['reason']): this {
    const report = this.#report;
    const category = report.category ?? this.#context.city.unclearCategory;
    return this.add('report-triaged.v1', {
      ...whereabouts(report),
      department,
      reason,
      clocks: this.#clocks(department, category, false),
    });
  }

  decision(): Decision {
    return { ok: true, events: this.#events };
  }

  /**
   * Taking up begins anew with every department. Settling was promised to the resident, so its clock goes on
   * from where it began however often the report changes hands; only a reopening begins it anew.
   */
  #clocks(
    department: string,
    category: string,
    rework: boolean,
    acknowledgeSince?: string,
  ): Record<ClockName, ClockStart> {
    const { city, now } = this.#context;
    const report = this.#report;
    const priority = priorityOf(city, category);
    const targets = targetsFor(city, { category, department, path: report.location.path, priority });
    const resolveSince = rework ? now : (report.clocks.resolve?.startedAt ?? report.submittedAt);
    return {
      acknowledge: startClock(acknowledgeSince ?? now, targets.acknowledge, city.warnAtShare),
      resolve: startClock(resolveSince, rework ? targets.rework : targets.resolve, city.warnAtShare),
    };
  }
}

function actorOf(actor: Actor): EventActor {
  // A member of staff's areas and departments are nobody else's business.
  return actor.kind === 'staff' ? { kind: 'staff', username: actor.username, role: actor.role } : actor;
}

function actionOf(report: Report, name: ClockName, now: string): ReturnType<typeof dueAction> {
  const clock = report.clocks[name];
  return clock && dueAction(clock, now);
}

function aboutOf(report: Report): { department: string; category?: string; area: string } {
  const { department, category } = report;
  if (department === undefined) throw new Error(`${report.number} is ${report.state} but has no department`);
  return { department, area: report.location.area, ...(category !== undefined && { category }) };
}

/** As `aboutOf`, for what may also happen before anyone holds the report. */
function whereabouts(report: Report): { department?: string; category?: string; area: string } {
  const { department, category } = report;
  return {
    area: report.location.area,
    ...(department !== undefined && { department }),
    ...(category !== undefined && { category }),
  };
}

/** A photo is attached once. */
function unknownPhotos<P extends { id: string }>(report: Report, photos: readonly P[]): P[] {
  const known = new Set(report.photos.map(({ id }) => id));
  return photos.filter(({ id }) => !known.has(id));
}

function onTime(report: Report, name: ClockName, now: string): boolean {
  const clock = report.clocks[name];
  return !clock || now <= clock.dueAt;
}

function priorityOf(city: City, code: string): Priority {
  return city.categories.find((category) => category.code === code)?.priority ?? 'normal';
}

function isCategory(city: City, code: string): boolean {
  return city.categories.some((category) => category.code === code);
}

function unknownDepartment(city: City, department: string): Refusal | undefined {
  const known = city.departments.some((candidate) => candidate.id === department);
  return known ? undefined : { kind: 'unknown-department', department };
}

function eventId(number: string, sequence: number): string {
  return `${number}#${sequence}`;
}

function refuse(refusal: Refusal): Decision {
  return { ok: false, refusal };
}

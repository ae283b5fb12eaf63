import type { Actor as EventActor, EventData, EventType, ReportEvent } from '../../../events/report.ts';
import type { City, Priority, Target } from '../../config/city.ts';
import type { Command, CommandType } from './commands.ts';
import { partNumber } from '../../kernel/number.ts';
import { mayDo, standingOf, type Actor } from '../../kernel/permissions.ts';
import { priorityOf } from './priority.ts';
import {
  isTooLate,
  keepingFrom,
  personalParts,
  type Keeping,
  type PersonalPart,
} from '../../kernel/erasure.ts';
import {
  currentRating,
  evolve,
  keepsWork,
  keptParts,
  mayRate,
  timersOf,
  type Report,
  type Timer,
} from './report.ts';
import { route, targetsFor, triageDepartment } from './routing.ts';
import {
  clockNames,
  dueAction,
  instantAfter,
  openPause,
  reckon,
  resumed,
  secondsBetween,
  termsOf,
  type Clock,
  type ClockName,
  type ClockStart,
  type ClockTerms,
} from '../../kernel/clocks/sla.ts';
import { transitions, type State } from './state.ts';

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
  | { kind: 'merge-with-itself' }
  /** Supporting departments have not answered, and no reason was given not to wait for them. */
  | { kind: 'support-open'; parts: readonly string[] }
  /** More than may be granted; `left` is in the unit of the promise. */
  | { kind: 'extension-too-long'; left: number }
  | { kind: 'clock-over' }
  /** A supporting department's part is asked for, settled and given up by way of the report it answers to. */
  | { kind: 'part-of-another'; parent: string }
  | { kind: 'rating-final' }
  /** The report has no such photo that could be shown. */
  | { kind: 'unknown-photo'; photo: string }
  /** What the command is about, or would add to, has been erased. */
  | { kind: 'data-erased' };

/** No events means that the report is already as asked: the second of two equal messages changes nothing. */
export type Decision = { ok: true; events: ReportEvent[] } | { ok: false; refusal: Refusal };

/** Beyond these, a history takes only what brings a report to its end, so that an item stays under 400 KB. */
const ordinaryLimit = { events: 400, bytes: 250_000 };
const finalLimit = { events: 500, bytes: 340_000 };
/** An alert that nobody takes on after so many reminders stands on the board; the history is not filled with more. */
const mostReminders = 10;
const finalCommands: readonly CommandType[] = [
  'revoke-link',
  'resolve',
  'close',
  'end-support',
  'record-support',
  'reject',
  'merge',
  'withdraw',
  'rate',
  'record-photos',
  'erase',
  'fire-timers',
];

/**
 * Decides what a command does to a report. Pure: the same arguments give the same events, and a refusal
 * changes nothing.
 */
export function decide(report: Report | undefined, command: Command, context: Context): Decision {
  if (command.type === 'submit') return submit(report, command, context);
  if (command.type === 'open-support') return openSupport(report, command, context);
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

/** Commands on a report that is there. */
type CommandOn = Exclude<Command, { type: 'submit' | 'open-support' }>;

function decideOn(report: Report, command: CommandOn, context: Context): Decision {
  if (!mayDo(context.actor, command.type, standingOf(report)))
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

/** They leave the clocks alone, so what these owe is not theirs to say; or they are there to say all of it. */
const clocklessCommands: readonly CommandType[] = [
  'note',
  'reveal',
  'renew-link',
  'revoke-link',
  'blur-photo',
  'erase',
  'supervise',
  'take-alert',
  'join',
  'record-photos',
  'record-support',
  'fire-timers',
];

function execute(report: Report, command: CommandOn, context: Context): Decision {
  const { city, now, actor } = context;
  const history = new History(report, context);
  if (report.parent && isForWhole(command))
    return refuse({ kind: 'part-of-another', parent: report.parent.number });
  if (isTooLate(command.type, report.erased)) return refuse({ kind: 'data-erased' });
  // A promise that was broken a moment ago is broken, though the sweep has not come by yet.
  if (!clocklessCommands.includes(command.type)) history.overdueFirst();
  switch (command.type) {
    case 'classify':
      return classify(history, command, context);
    case 'assign': {
      const refusal = unknownDepartment(city, [command.department, ...(command.support?.departments ?? [])]);
      if (refusal) return refuse(refusal);
      const category = command.category ?? report.category ?? city.unclearCategory;
      if (!isCategory(city, category)) return refuse({ kind: 'unknown-category', category });
      history.resumedFirst();
      if (category !== report.category) history.classified(category, 'staff', 1, []);
      history.assigned(command.department, category, 'assigned');
      if (command.support) history.supported(command.support);
      return history.decision();
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
    case 'suspend': {
      const { waitingFor, text } = command;
      const resumeAt = instantAfter(city, now, city.longestSuspension, report.clocks.resolve?.calendar);
      return history
        .acknowledgedFirst()
        .add('report-suspended.v1', { ...aboutOf(report), waitingFor, text, resumeAt })
        .decision();
    }
    case 'resume':
      return history.resumedFirst().decision();
    case 'extend': {
      const clock = report.clocks.resolve;
      if (!clock || now >= clock.dueAt) return refuse({ kind: 'clock-over' });
      const left = extensionLeft(city, clock);
      if (command.amount > left) return refuse({ kind: 'extension-too-long', left });
      const { amount, reason } = command;
      return history.add('extension-requested.v1', { ...aboutOf(report), amount, reason }).decision();
    }
    case 'grant': {
      const clock = report.clocks.resolve;
      const isOver = !clock || (!openPause(clock) && now >= clock.dueAt);
      if (isOver || !report.extension) return refuse({ kind: 'clock-over' });
      const { amount } = report.extension;
      const extensions = [...(clock.extensions ?? []), amount];
      const resolve = history.reckoned({ ...termsOf(clock), extensions });
      return history
        .add('extension-granted.v1', { ...aboutOf(report), amount, clocks: { resolve } })
        .decision();
    }
    case 'decline':
      return history.add('extension-declined.v1', { ...aboutOf(report), reason: command.reason }).decision();
    case 'prioritise': {
      const { priority } = command;
      return history
        .add('priority-changed.v1', {
          ...aboutOf(report),
          priority,
          reason: command.reason,
          clocks: history.reckonedAnew(priority),
        })
        .decision();
    }
    case 'apply-policy': {
      const priority = currentPriority(report, city);
      const clocks = history.reckonedAnew(priority);
      if (priority === report.priority && clockNames.every((name) => same(report.clocks[name], clocks[name])))
        return { ok: true, events: [] };
      return history.add('policy-applied.v1', { ...aboutOf(report), priority, clocks }).decision();
    }
    case 'support': {
      const refusal = unknownDepartment(city, command.departments);
      return refusal ? refuse(refusal) : history.supported(command).decision();
    }
    case 'return': {
      const triage = triageDepartment(city, report.location.path);
      if (triage === report.department) return refuse({ kind: 'same-department', department: triage });
      return history
        .resumedFirst()
        .add('assignment-returned.v1', { ...aboutOf(report), reason: command.reason })
        .triaged(triage, 'returned')
        .decision();
    }
    case 'transfer': {
      const refusal = unknownDepartment(city, [command.department]);
      if (refusal) return refuse(refusal);
      if (command.department === report.department)
        return refuse({ kind: 'same-department', department: command.department });
      return history
        .resumedFirst()
        .add('assignment-transferred.v1', {
          ...aboutOf(report),
          to: command.department,
          reason: command.reason,
        })
        .assigned(command.department, report.category ?? city.unclearCategory, 'transferred')
        .decision();
    }
    case 'resolve': {
      const open = openParts(report);
      const { text, override } = command;
      if (open.length > 0 && override === undefined) return refuse({ kind: 'support-open', parts: open });
      history.resumedFirst().acknowledgedFirst();
      if (override !== undefined) history.supportCancelled(override);
      const closeAt = instantAfter(
        city,
        now,
        city.afterResolution.closeAfter,
        report.clocks.resolve?.calendar,
      );
      return history
        .add('report-resolved.v1', {
          ...aboutOf(report),
          text,
          photos: unknownPhotos(report, command.photos),
          round: report.round,
          withinTarget: onTime(history.report, 'resolve', now),
          secondsTaken: secondsBetween(report.clocks.resolve?.startedAt ?? report.submittedAt, now),
          closeAt,
          eraseAt: history.keeping(closeAt),
          ...(override !== undefined && open.length > 0 && { override }),
        })
        .decision();
    }
    case 'note': {
      const audience = actor.kind === 'resident' ? 'everyone' : command.audience;
      history.add('note-added.v1', {
        text: command.text,
        photos: unknownPhotos(report, command.photos),
        audience,
      });
      // The answer that the clock stood still for.
      const isAnswer = actor.kind === 'resident' && report.suspension?.waitingFor === 'resident';
      return (isAnswer ? history.resumedFirst() : history).decision();
    }
    case 'rate': {
      if (!mayRate(report, now)) return refuse({ kind: 'rating-final' });
      const earlier = currentRating(report);
      const { changeRatingWithin, followUpAtMost } = city.afterResolution;
      const { score, comment } = command;
      return history
        .add('report-rated.v1', {
          ...aboutOf(report),
          department: report.resolution?.department ?? aboutOf(report).department,
          score,
          round: report.round,
          changeableUntil: earlier?.changeableUntil ?? instantAfter(city, now, changeRatingWithin),
          ...(comment !== undefined && { comment }),
          ...(earlier && { replaces: earlier.score }),
          ...(score <= followUpAtMost && { followUp: true }),
        })
        .decision();
    }
    case 'close':
      return history
        .add('report-closed.v1', {
          ...aboutOf(report),
          ...(command.reason !== undefined && { reason: command.reason }),
        })
        .decision();
    case 'follow-up': {
      const { outcome, text } = command;
      history.add('follow-up-recorded.v1', { ...aboutOf(report), outcome, text });
      return (outcome === 'reopen' ? history.reopened(text) : history).decision();
    }
    case 'reopen':
      return history.reopened(command.reason).decision();
    case 'withdraw':
      return history
        .supportCancelled(command.reason ?? '上报人已撤回 Withdrawn by the reporter')
        .add('report-withdrawn.v1', {
          ...whereabouts(report),
          ...(command.reason !== undefined && { reason: command.reason }),
          eraseAt: history.keeping(),
        })
        .decision();
    case 'end-support':
      return history
        .supportCancelled(command.reason)
        .add('report-withdrawn.v1', {
          ...whereabouts(report),
          reason: command.reason,
          eraseAt: history.keeping(),
        })
        .decision();
    case 'reject':
      return history
        .supportCancelled(command.reason)
        .add('report-rejected.v1', {
          ...whereabouts(report),
          reason: command.reason,
          eraseAt: history.keeping(),
        })
        .decision();
    case 'merge':
      if (command.into === report.number) return refuse({ kind: 'merge-with-itself' });
      return history
        .supportCancelled(`已并入 Merged into ${command.into}`)
        .add('report-merged.v1', {
          ...whereabouts(report),
          into: command.into,
          eraseAt: history.keeping(),
        })
        .decision();
    case 'renew-link':
      return history.add('link-renewed.v1', {}).decision();
    case 'revoke-link':
      return history.add('link-revoked.v1', { reason: command.reason }).decision();
    case 'reveal':
      return history.add('contact-revealed.v1', { reason: command.reason }).decision();
    case 'blur-photo': {
      const { photo, regions } = command;
      if (!report.photos.some(({ id, status }) => id === photo && status === 'ready'))
        return refuse({ kind: 'unknown-photo', photo });
      return history.add('photo-blurred.v1', { photo, regions: [...regions] }).decision();
    }
    case 'erase':
      return history.erased(erasable(report), 'request').decision();
    case 'supervise':
      return history.add('report-supervised.v1', { ...aboutOf(report), text: command.text }).decision();
    case 'take-alert':
      return history.add('alert-taken.v1', aboutOf(report)).decision();
    case 'join':
      if (command.number === report.number) return refuse({ kind: 'merge-with-itself' });
      return history.joined(command).decision();
    case 'record-support':
      return history.heardOf(command).decision();
    case 'record-photos':
      return history.add('photos-processed.v1', { photos: command.photos }).decision();
    case 'fire-timers':
      return history.fired().decision();
  }
}

/** Second of two: is the report already as this command would leave it? */
function isDone(report: Report, command: Command, context: Context): boolean {
  switch (command.type) {
    case 'acknowledge':
      return report.acknowledgedAt !== undefined;
    case 'start':
      return report.state === 'in-progress';
    case 'suspend':
      return report.suspension?.text === command.text;
    case 'resume':
      return report.state === 'assigned' || report.state === 'in-progress';
    case 'extend':
      return report.extension?.amount === command.amount && report.extension.reason === command.reason;
    case 'grant':
    case 'decline':
      return report.extension === undefined;
    case 'prioritise':
      return report.priorityIsSet === true && report.priority === command.priority;
    case 'apply-policy':
      // There is nothing to move where nothing runs.
      return report.endedAt !== undefined || report.department === undefined;
    case 'support':
      return command.departments.every((department) => isAsked(report, department));
    case 'close':
      return report.state === 'closed';
    case 'follow-up':
      return report.followUp === undefined && report.state === 'closed';
    case 'end-support':
      return report.endedAt !== undefined;
    case 'record-support': {
      const part = report.support.find(({ number }) => number === command.part);
      return !part || part.state === 'cancelled' || command.partVersion <= part.version;
    }
    case 'classify':
      // The classifier speaks once, about a report nobody has touched.
      if (context.actor.kind === 'system') return report.state !== 'submitted';
      return isHeldBy(
        report,
        route(context.city, command.category, report.location.path).department,
        command.category,
      );
    case 'assign':
      return (
        isHeldBy(report, command.department, command.category ?? report.category) &&
        (command.support?.departments ?? []).every((department) => isAsked(report, department))
      );
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
    case 'record-photos':
      return !command.photos.some(({ id, blurred }) =>
        report.photos.some(
          (photo) =>
            photo.id === id &&
            (blurred === undefined
              ? photo.status === 'processing'
              : photo.blur?.sequence === blurred && !photo.blur.isReady),
        ),
      );
    case 'blur-photo':
      return report.photos.some(
        ({ id, blur }) =>
          id === command.photo && JSON.stringify(blur?.regions) === JSON.stringify(command.regions),
      );
    case 'erase':
      return erasable(report).length === 0;
    case 'fire-timers':
      return timersOf(report).every(({ at }) => at > context.now);
    default:
      return false;
  }
}

/** What can be erased now: of an open report the contact alone, for its handling needs the rest (PIPL Art. 47). */
export function erasable({ endedAt, erased, erasureAsked }: Report): PersonalPart[] {
  if (endedAt === undefined) return erasureAsked === true ? [] : ['contact'];
  return personalParts.filter((part) => erased?.[part] === undefined);
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

/**
 * A supporting department's part of a report: the same matter at the same place, straight to that department. Its
 * number says whose it is, so opening it twice opens it once.
 */
function openSupport(
  report: Report | undefined,
  command: Extract<Command, { type: 'open-support' }>,
  context: Context,
): Decision {
  if (report) return { ok: true, events: [] };
  const { number, parent, department, description, location, category, priority, locale } = command;
  if (!mayDo(context.actor, command.type, location))
    return refuse({ kind: 'not-permitted', command: command.type });
  const refusal = unknownDepartment(context.city, [department]);
  if (refusal) return refuse(refusal);
  const submitted: ReportEvent<'report-submitted.v1'> = {
    id: eventId(number, 1),
    type: 'report-submitted.v1',
    number,
    sequence: 1,
    occurredAt: context.now,
    actor: actorOf(context.actor),
    data: { description, location, photos: [], locale, source: 'staff', area: location.area, parent },
  };
  const begun = { ...evolve(undefined, submitted), priority, priorityIsSet: true };
  const assigned = new History(begun, context).assigned(department, category, 'support').decision();
  return assigned.ok ? { ok: true, events: [submitted, ...assigned.events] } : assigned;
}

function classify(
  history: History,
  command: Extract<Command, { type: 'classify' }>,
  { city }: Context,
): Decision {
  const { report } = history;
  const { path } = report.location;
  const { category } = command;
  if (!isCategory(city, category)) return refuse({ kind: 'unknown-category', category });
  const { department } = route(city, category, path);
  if (!('confidence' in command))
    return history
      .resumedFirst()
      .classified(category, 'staff', 1, [])
      .assigned(department, category, 'reclassified')
      .decision();
  const { by, confidence, alternatives } = command;
  history.classified(category, by, confidence, alternatives);
  if (confidence < city.triageBelow)
    return history.triaged(triageDepartment(city, path), 'unsure').decision();
  return history.assigned(department, category, 'routed').decision();
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

  /** The report as the events so far leave it. */
  get report(): Report {
    return this.#report;
  }

  classified(
    category: string,
    by: 'resident' | 'classifier' | 'staff',
    confidence: number,
    alternatives: { category: string; confidence: number }[],
  ): this {
    const priority = currentPriority({ ...this.#report, category }, this.#context.city);
    return this.add('report-classified.v1', { category, priority, confidence, by, alternatives });
  }

  /** Starting or settling work says that it was taken up. */
  acknowledgedFirst(): this {
    if (this.#report.acknowledgedAt !== undefined) return this;
    const withinTarget = onTime(this.#report, 'acknowledge', this.#context.now);
    return this.add('assignment-acknowledged.v1', { ...aboutOf(this.#report), withinTarget });
  }

  /** What is settled or handed on does not stand still. */
  resumedFirst(): this {
    const clock = this.#report.clocks.resolve;
    if (!this.#report.suspension || !clock) return this;
    const resolve = this.reckoned(resumed(termsOf(clock), this.#context.now));
    return this.add('report-resumed.v1', { ...aboutOf(this.#report), clocks: { resolve } });
  }

  /** Says what was broken before now and nobody has said yet. */
  overdueFirst(): this {
    for (const name of clockNames)
      if (actionOf(this.#report, name, this.#context.now) === 'breach') this.#speak(name);
    return this;
  }

  /** Does all that is due, in the order in which it fell due. */
  fired(): this {
    for (;;) {
      const [timer] = timersOf(this.#report)
        .filter(({ at }) => at <= this.#context.now)
        .map(({ at, does }) => ({ at: this.#fellDue(does) ?? at, does }))
        .sort((a, b) => (a.at < b.at ? -1 : 1));
      if (!timer) return this;
      switch (timer.does.kind) {
        case 'clock':
          this.#speak(timer.does.clock);
          break;
        case 'sort':
          this.triaged(triageDepartment(this.#context.city, this.#report.location.path), 'unsure');
          break;
        case 'resume':
          this.resumedFirst();
          break;
        case 'remind':
          this.#remind();
          break;
        case 'close':
          this.add('report-closed.v1', aboutOf(this.#report));
          break;
        case 'erase': {
          const due = keptParts(this.#report).filter(([, at]) => at <= this.#context.now);
          const cause = this.#report.erasureAsked === true ? 'request' : 'retention';
          this.erased(
            due.map(([part]) => part),
            cause,
          );
        }
      }
    }
  }

  assigned(department: string, category: string, reason: EventData<'report-assigned.v1'>['reason']): this {
    const report = this.#report;
    const priority = currentPriority({ ...report, category }, this.#context.city);
    return this.add('report-assigned.v1', {
      department,
      category,
      area: report.location.area,
      reason,
      priority,
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

  /**
   * Until when what is personal is kept, now that it ends; where its reporter has asked for it to be erased, no longer
   * than until it closes.
   */
  keeping(closeAt = this.#context.now): Keeping {
    if (this.#report.erasureAsked === true) return { contact: closeAt, text: closeAt, photos: closeAt };
    return keepingFrom(this.#context.now, this.#context.city);
  }

  erased(parts: PersonalPart[], cause: 'retention' | 'request'): this {
    const photos = parts.includes('photos') ? this.#report.photos.map(({ id }) => id) : [];
    return this.add('personal-data-erased.v1', { parts, cause, photos });
  }

  /** Back to whoever settled it, on the target for rework. */
  reopened(reason: string): this {
    const { city } = this.#context;
    const report = this.#report;
    const { category = city.unclearCategory, location } = report;
    const before = report.resolution?.department ?? aboutOf(report).department;
    // A department that the city no longer has cannot mend what it did.
    const department = unknownDepartment(city, [before])
      ? route(city, category, location.path).department
      : before;
    return this.add('report-reopened.v1', { ...aboutOf(report), reason, round: report.round + 1 }).assigned(
      department,
      category,
      'reopened',
    );
  }

  /** Asks departments for their part; one that is at it already is not asked again, nor the one that holds it. */
  supported({ departments, request }: { departments: readonly string[]; request: string }): this {
    const report = this.#report;
    const asked = [...new Set(departments)].filter((department) => !isAsked(report, department));
    if (asked.length === 0) return this;
    const parts = asked.map((department, index) => ({
      number: partNumber(report.number, report.support.length + index + 1),
      department,
    }));
    return this.add('support-requested.v1', { ...aboutOf(report), request, parts });
  }

  /** How a part stands. News may have skipped a step, so whatever differs is said. */
  heardOf(news: Extract<Command, { type: 'record-support' }>): this {
    const { part: number, partVersion, department: supporter, state, text } = news;
    const part = this.#report.support.find((each) => each.number === number);
    if (!part) return this;
    const about = { ...aboutOf(this.#report), part: number, partVersion, supporter };
    const isMoved = part.department !== supporter;
    if (isMoved) this.add('support-transferred.v1', about);
    const known = isMoved ? 'asked' : part.state;
    if (state === 'asked' || state === known) return this;
    // Whoever has done it had taken it up.
    if (known === 'asked' && state !== 'ended') this.add('support-acknowledged.v1', about);
    return state === 'acknowledged'
      ? this
      : this.add('support-answered.v1', { ...about, outcome: state, text });
  }

  supportCancelled(reason: string): this {
    const [first, ...others] = openParts(this.#report);
    if (first === undefined) return this;
    return this.add('support-cancelled.v1', { ...aboutOf(this.#report), parts: [first, ...others], reason });
  }

  /** Those who followed the one that joins come along, and so does its promise, where it was the earlier. */
  joined({ number, followers, clock }: Extract<Command, { type: 'join' }>): this {
    const report = this.#report;
    const promise = clock && this.#handedOver(clock);
    const added = [number, ...followers].filter(
      (each) => each !== report.number && !report.duplicates.includes(each),
    );
    for (const each of added)
      this.add('duplicate-joined.v1', {
        number: each,
        ...(each === number && promise && { clock: promise }),
      });
    return this;
  }

  /** The clock of these terms at this report. */
  reckoned(terms: ClockTerms, priority = this.#report.priority ?? 'normal'): ClockStart {
    const { path } = this.#report.location;
    return reckon(this.#context.city, terms, { priority, path });
  }

  /** Its clocks by today's rules, from where they began, with all that has happened to them. */
  reckonedAnew(priority: Priority): Record<ClockName, ClockStart> {
    const { city } = this.#context;
    const report = this.#report;
    const { department } = aboutOf(report);
    const { category = city.unclearCategory, location, round } = report;
    const targets = targetsFor(city, { category, department, path: location.path, priority });
    const anew = (name: ClockName, target: Target): ClockStart => {
      const old = report.clocks[name];
      if (old?.stoppedAt !== undefined) return startOf(old);
      return this.reckoned(
        withTarget(old ?? { startedAt: report.submittedAt, target }, target, calendarName(city, department)),
        priority,
      );
    };
    return {
      acknowledge: anew('acknowledge', targets.acknowledge),
      resolve: anew('resolve', round > 0 ? targets.rework : targets.resolve),
    };
  }

  decision(): Decision {
    return { ok: true, events: this.#events };
  }

  #speak(name: ClockName): void {
    const clock = this.#report.clocks[name];
    const action = actionOf(this.#report, name, this.#context.now);
    if (!clock || !action) return;
    const about = { ...aboutOf(this.#report), clock: name, dueAt: clock.dueAt };
    const lateSeconds = secondsBetween(clock.dueAt, this.#context.now);
    if (action === 'warn') this.add('clock-warned.v1', about);
    else if (action === 'breach')
      this.add('clock-breached.v1', { ...about, lateSeconds, ...this.#remindAt(clock) });
    else {
      const step = clock.climbs?.[clock.climbed ?? 0];
      if (step) this.add('clock-escalated.v1', { ...about, level: step.level, to: step.area, lateSeconds });
    }
  }

  /** A clock whose warning nobody came by to give has something to say since it broke, not since it warned. */
  #fellDue(does: Timer['does']): string | undefined {
    const clock = does.kind === 'clock' ? this.#report.clocks[does.clock] : undefined;
    return clock && dueAction(clock, this.#context.now) === 'breach' ? clock.dueAt : undefined;
  }

  #remind(): void {
    const { alert, clocks } = this.#report;
    const name = alert?.clock;
    const clock = name && clocks[name];
    if (!clock) throw new Error(`${this.#report.number}: a reminder of no clock`);
    const isLast = (alert.reminders ?? 0) + 1 >= mostReminders;
    this.add('alert-reminded.v1', {
      ...aboutOf(this.#report),
      clock: name,
      dueAt: clock.dueAt,
      ...(isLast ? {} : this.#remindAt(clock)),
    });
  }

  /**
   * The promise of a report that joins, if it is the earlier. It stands still here while this report does, and what
   * either clock has said is not said again.
   */
  #handedOver(clock: Clock): EventData<'duplicate-joined.v1'>['clock'] {
    const mine = this.#report.clocks.resolve;
    const { now } = this.#context;
    if (!mine || mine.stoppedAt !== undefined) return undefined;
    const running = resumed(termsOf(clock), now);
    const terms = openPause(mine)
      ? { ...running, pauses: [...(running.pauses ?? []), { from: now }] }
      : running;
    const start = this.reckoned(terms);
    if (start.dueAt >= mine.dueAt) return undefined;
    const warnedAt = clock.warnedAt ?? mine.warnedAt;
    const breachedAt = clock.breachedAt ?? mine.breachedAt;
    const climbed = Math.max(clock.climbed ?? 0, mine.climbed ?? 0);
    return {
      ...start,
      ...(warnedAt !== undefined && { warnedAt }),
      ...(breachedAt !== undefined && { breachedAt }),
      ...(climbed > 0 && { climbed }),
    };
  }

  #remindAt({ calendar }: Clock): { remindAt?: string } {
    const { city, now } = this.#context;
    const { remindAfter } = city.supervision;
    return remindAfter ? { remindAt: instantAfter(city, now, remindAfter, calendar) } : {};
  }

  /**
   * Taking up begins anew with every department. Settling was promised to the resident, so its clock goes on
   * from where it began, with its pauses and extensions, however often the report changes hands or category;
   * only a reopening begins it anew.
   */
  #clocks(
    department: string,
    category: string,
    rework: boolean,
    acknowledgeSince?: string,
  ): Record<ClockName, ClockStart> {
    const { city, now } = this.#context;
    const report = this.#report;
    const priority = currentPriority({ ...report, category }, city);
    const targets = targetsFor(city, { category, department, path: report.location.path, priority });
    const calendar = calendarName(city, department);
    const target = rework || report.round > 0 ? targets.rework : targets.resolve;
    const fresh = (startedAt: string): ClockTerms => ({ startedAt, target });
    const settle = rework ? fresh(now) : (report.clocks.resolve ?? fresh(report.submittedAt));
    const since = acknowledgeSince ?? now;
    return {
      acknowledge: this.reckoned(
        withTarget({ startedAt: since, target: targets.acknowledge }, targets.acknowledge, calendar),
        priority,
      ),
      resolve: this.reckoned(withTarget(settle, target, calendar), priority),
    };
  }
}

/** The same clock with another target. What was granted in another unit was granted for another promise. */
function withTarget(terms: ClockTerms, target: Target, calendar: string | undefined): ClockTerms {
  const { startedAt, pauses, extensions } = terms;
  const keeps = extensions !== undefined && target.unit === terms.target.unit;
  return {
    startedAt,
    target,
    ...(calendar !== undefined && { calendar }),
    ...(pauses !== undefined && { pauses }),
    ...(keeps && { extensions }),
  };
}

/** A clock as it is published: what it has said since is not part of its terms. */
function startOf({ warnAt, dueAt, climbs, ...terms }: Clock): ClockStart {
  return { ...termsOf(terms), warnAt, dueAt, ...(climbs && { climbs }) };
}

/** What a person set stays; else the category and the words say. */
function currentPriority({ priority, priorityIsSet, category, description }: Report, city: City): Priority {
  if (priorityIsSet === true && priority !== undefined) return priority;
  return priorityOf(city, category ?? city.unclearCategory, description);
}

/** How much more may be granted, in the target's unit. */
export function extensionLeft(city: City, { target, extensions = [] }: ClockTerms): number {
  const { times, share } = city.extension;
  if (extensions.length >= times) return 0;
  const granted = extensions.reduce((sum, amount) => sum + amount, 0);
  const left = target.amount * share - granted;
  return target.unit === 'working-day' ? Math.floor(left) : left;
}

/** Numbers of the parts that have not been answered. */
export function openParts({ support }: Report): string[] {
  return support
    .filter(({ state }) => state === 'asked' || state === 'acknowledged')
    .map(({ number }) => number);
}

/** Commands that only make sense for what a resident reported. */
function isForWhole(command: CommandOn): boolean {
  return (
    ['support', 'reopen', 'merge', 'join', 'revoke-link'].includes(command.type) ||
    (command.type === 'assign' && command.support !== undefined)
  );
}

function isAsked(report: Report, department: string): boolean {
  const open = openParts(report);
  return (
    report.department === department ||
    report.support.some((part) => part.department === department && open.includes(part.number))
  );
}

function calendarName(city: City, department: string): string | undefined {
  return city.departments.find(({ id }) => id === department)?.calendar ?? city.calendars[0]?.id;
}

/** Whether a clock's instants are as they would be reckoned now. */
function same(clock: Clock | undefined, start: ClockStart): boolean {
  const instants = (each: ClockStart): string =>
    JSON.stringify([each.target, each.warnAt, each.dueAt, each.climbs]);
  return clock !== undefined && (clock.stoppedAt !== undefined || instants(clock) === instants(start));
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
  return !clock || (clock.stoppedAt ?? now) < clock.dueAt;
}

function isCategory(city: City, code: string): boolean {
  return city.categories.some((category) => category.code === code);
}

function unknownDepartment(city: City, wanted: readonly string[]): Refusal | undefined {
  const unknown = wanted.find((id) => !city.departments.some((department) => department.id === id));
  return unknown === undefined ? undefined : { kind: 'unknown-department', department: unknown };
}

function eventId(number: string, sequence: number): string {
  return `${number}#${sequence}`;
}

function refuse(refusal: Refusal): Decision {
  return { ok: false, refusal };
}

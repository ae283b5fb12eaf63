import type { EventData, ReportEvent } from '../../../events/report.ts';
import type { Priority } from '../../config/city.ts';
import { personalParts, type Keeping, type PersonalPart } from '../../kernel/erasure.ts';
import {
  clockNames,
  nextOf,
  openPause,
  type Clock,
  type ClockName,
  type ClockStart,
} from '../../kernel/clocks/sla.ts';
import type { State } from './state.ts';

export type Photo = {
  id: string;
  contentType: string;
  size: number;
  /** `report` came with it, `note` was added, `staff-note` is for staff alone, `result` shows the work done. */
  purpose: 'report' | 'note' | 'staff-note' | 'result';
  status: 'processing' | 'ready' | 'unreadable';
  width?: number;
  height?: number;
  /** What of it only staff may see; `sequence` tells the event, `isReady` whether the rendition for others is there. */
  blur?: { regions: EventData<'photo-blurred.v1'>['regions']; sequence: number; isReady: boolean };
};

export type Rating = {
  score: number;
  comment?: string;
  at: string;
  round: number;
  /** Until when it can be changed. */
  changeableUntil?: string;
};

/** A supporting department's part 协办子单, a report of its own. */
export type Part = {
  number: string;
  department: string;
  state: 'asked' | 'acknowledged' | 'resolved' | 'ended' | 'cancelled';
  /** What it answered. */
  text?: string;
  /** The version of the part that this was told of. */
  version: number;
};

/** Something that waits for somebody above. `extension`: more time is asked for; `follow-up`: a call to make 回访. */
export type Alert = {
  kind: 'warning' | 'breach' | 'extension' | 'follow-up';
  /** Which clock it is about, where it is about one. */
  clock?: ClockName;
  at: string;
  /** The area whose people it has climbed to; none while it is the department's own. */
  area?: string;
  /** When it is repeated, and how often it has been. */
  remindAt?: string;
  reminders?: number;
};

/** A report as its events tell it. Everything here follows from them; nothing else is remembered. */
export type Report = {
  number: string;
  /** Sequence of the latest event; the condition of the next write. */
  version: number;
  /** Sequence of the latest event that a person deciding about the report would want to have seen. */
  touched: number;
  state: State;
  /** When the latest event happened. */
  updatedAt: string;
  submittedAt: string;
  description: string;
  locale: 'zh' | 'en';
  source: 'resident' | 'staff';
  location: EventData<'report-submitted.v1'>['location'];
  /** What the resident chose, before anyone decided. */
  suggestedCategory?: string;
  category?: string;
  priority?: Priority;
  /** A person set it: the words and the category do not any more. */
  priorityIsSet?: boolean;
  classification?: Pick<EventData<'report-classified.v1'>, 'by' | 'confidence' | 'alternatives'>;
  department?: string;
  photos: Photo[];
  clocks: Partial<Record<ClockName, Clock>>;
  /** How often it was reopened. */
  round: number;
  acknowledgedAt?: string;
  startedAt?: string;
  /** Why and since when its clock stands still. */
  suspension?: { waitingFor: 'resident' | 'other'; text: string; at: string; resumeAt: string };
  /** More time that is asked for and not decided on. */
  extension?: { amount: number; reason: string; at: string };
  resolution?: { text: string; at: string; department: string };
  /** When it closes by itself. */
  closeAt?: string;
  rating?: Rating;
  /** The report that this part answers to, and what is asked of it. */
  parent?: { number: string; request: string };
  /** The parts of supporting departments. */
  support: Part[];
  mergedInto?: string;
  /** What nobody has taken on yet; the gravest, then the latest. */
  alert?: Alert;
  /** The call to an unhappy resident has still to be made. */
  followUp?: { score: number; at: string };
  supervisedAt?: string;
  /** Numbers of the reports that were merged into this one. */
  duplicates: string[];
  endedAt?: string;
  /** Why it was withdrawn or rejected. */
  endReason?: string;
  /** Until when what is personal is kept; none while it is open. */
  eraseAt?: Keeping;
  /** What has been erased, and when. */
  erased?: Partial<Record<PersonalPart, string>>;
  /** Its reporter wants nothing personal kept once it has ended. */
  erasureAsked?: boolean;
  /** Bytes its history takes; an item of the table holds 400 KB at most. */
  weight: number;
};

/** What goes on by itself: a photo is cleaned, a clock speaks. It takes nothing from under anyone's hands. */
const backgroundEvents = new Set<ReportEvent['type']>([
  'photos-processed.v1',
  'clock-warned.v1',
  'clock-breached.v1',
  'duplicate-joined.v1',
  'clock-escalated.v1',
  'alert-reminded.v1',
  'support-acknowledged.v1',
  'contact-revealed.v1',
  'link-renewed.v1',
  'link-revoked.v1',
  'photo-blurred.v1',
  'alert-taken.v1',
]);

const encoder = new TextEncoder();

/** Applies one event. The first must be `report-submitted.v1`. */
export function evolve(report: Report | undefined, event: ReportEvent): Report {
  const weight = (report?.weight ?? 0) + encoder.encode(JSON.stringify(event)).length;
  return { ...apply(report, event), weight };
}

function apply(report: Report | undefined, event: ReportEvent): Report {
  if (event.type === 'report-submitted.v1') return submitted(event);
  if (report === undefined) throw new Error(`${event.id}: ${event.type} before report-submitted.v1`);
  const at = event.occurredAt;
  const touched = backgroundEvents.has(event.type) ? report.touched : event.sequence;
  const next: Report = { ...report, version: event.sequence, touched, updatedAt: at };
  switch (event.type) {
    case 'report-classified.v1': {
      const { category, priority, by, confidence, alternatives } = event.data;
      return { ...next, category, priority, classification: { by, confidence, alternatives } };
    }
    case 'report-triaged.v1':
      return {
        ...withoutWork(next),
        state: 'triage',
        department: event.data.department,
        clocks: begun(event.data.clocks, report.clocks),
      };
    case 'report-assigned.v1': {
      const { department, category, priority, round } = event.data;
      const clocks = begun(event.data.clocks, report.clocks);
      const assigned = { ...next, department, category, priority, round, clocks };
      return keepsWork(report, event.data) ? assigned : { ...withoutWork(assigned), state: 'assigned' };
    }
    case 'assignment-acknowledged.v1':
      return { ...next, acknowledgedAt: at, clocks: stopped(report.clocks, at, ['acknowledge']) };
    case 'work-started.v1':
      return { ...next, state: 'in-progress', startedAt: at };
    case 'assignment-returned.v1':
    case 'assignment-transferred.v1':
      return { ...next, clocks: stopped(report.clocks, at, ['acknowledge']) };
    case 'report-suspended.v1': {
      const { waitingFor, text, resumeAt } = event.data;
      return {
        ...next,
        state: 'suspended',
        suspension: { waitingFor, text, at, resumeAt },
        clocks: paused(report.clocks, at),
      };
    }
    case 'report-resumed.v1': {
      const { suspension: _suspension, ...going } = next;
      const state = report.startedAt === undefined ? 'assigned' : 'in-progress';
      return { ...going, state, clocks: moved(report.clocks, event.data.clocks) };
    }
    case 'extension-requested.v1': {
      const { amount, reason } = event.data;
      return withAlert(
        { ...next, extension: { amount, reason, at } },
        { kind: 'extension', clock: 'resolve', at },
      );
    }
    case 'extension-granted.v1':
      return { ...withoutExtension(next), clocks: moved(report.clocks, event.data.clocks) };
    case 'extension-declined.v1':
      return withoutExtension(next);
    case 'priority-changed.v1': {
      const { priority, clocks } = event.data;
      const changed = { ...next, priority, priorityIsSet: true, clocks: moved(report.clocks, clocks) };
      return withFairAlert(changed, at);
    }
    case 'policy-applied.v1': {
      const { priority, clocks } = event.data;
      return withFairAlert({ ...next, priority, clocks: moved(report.clocks, clocks) }, at);
    }
    case 'report-resolved.v1': {
      const { closeAt, eraseAt } = event.data;
      return {
        ...withoutWaiting(next),
        state: 'resolved',
        resolution: { text: event.data.text, at, department: event.data.department },
        photos: [...report.photos, ...attached(event.data.photos, 'result')],
        clocks: stopped(report.clocks, at),
        endedAt: at,
        ...(closeAt !== undefined && { closeAt }),
        ...(eraseAt && { eraseAt }),
      };
    }
    case 'report-closed.v1':
      return { ...withoutFollowUp(next), state: 'closed' };
    case 'follow-up-recorded.v1':
      return withoutFollowUp(next);
    case 'support-requested.v1':
      return {
        ...next,
        support: [
          ...report.support,
          ...event.data.parts.map((part): Part => ({ ...part, state: 'asked', version: 0 })),
        ],
      };
    case 'support-acknowledged.v1':
      return {
        ...withPart(next, event.data, { state: 'acknowledged' }),
        // Whoever took it up first has answered for all: the lead need not be chased.
        clocks: stopped(report.clocks, at, ['acknowledge']),
      };
    case 'support-transferred.v1':
      return withPart(next, event.data, { department: event.data.supporter, state: 'asked' });
    case 'support-answered.v1':
      return withPart(next, event.data, { state: event.data.outcome, text: event.data.text });
    case 'support-cancelled.v1':
      return {
        ...next,
        support: report.support.map((part) =>
          event.data.parts.includes(part.number) ? { ...part, state: 'cancelled' } : part,
        ),
      };
    case 'contact-revealed.v1':
    case 'link-renewed.v1':
    case 'link-revoked.v1':
      return next;
    case 'photo-blurred.v1': {
      const { photo: id, regions } = event.data;
      const blur = { regions, sequence: event.sequence, isReady: false };
      return {
        ...next,
        photos: report.photos.map((photo) => (photo.id === id ? { ...photo, blur } : photo)),
      };
    }
    case 'personal-data-erased.v1': {
      const { parts, cause } = event.data;
      const erased = { ...report.erased, ...Object.fromEntries(parts.map((part) => [part, at])) };
      return {
        // Nobody can be called whose number nobody has.
        ...(parts.includes('contact') ? withoutFollowUp(next) : next),
        erased,
        ...(parts.includes('photos') && { photos: [] }),
        ...(cause === 'request' && { erasureAsked: true }),
      };
    }
    case 'report-supervised.v1':
      return { ...next, supervisedAt: at };
    case 'alert-taken.v1':
      return withoutAlert(next);
    case 'note-added.v1': {
      const purpose = event.data.audience === 'staff' ? 'staff-note' : 'note';
      return { ...next, photos: [...report.photos, ...attached(event.data.photos, purpose)] };
    }
    case 'photos-processed.v1': {
      const outcome = new Map(event.data.photos.map((photo) => [photo.id, photo]));
      return { ...next, photos: report.photos.map((photo) => withOutcome(photo, outcome.get(photo.id))) };
    }
    case 'report-rated.v1': {
      const { score, comment, round, changeableUntil, followUp } = event.data;
      const rating: Rating = {
        score,
        at,
        round,
        ...(comment !== undefined && { comment }),
        ...(changeableUntil !== undefined && { changeableUntil }),
      };
      const rated: Report = { ...withoutFollowUp(next), state: 'closed', rating };
      return followUp === true
        ? withAlert({ ...rated, followUp: { score, at } }, { kind: 'follow-up', at })
        : rated;
    }
    case 'report-reopened.v1': {
      const { endedAt: _ended, closeAt: _close, eraseAt: _erase, ...open } = withoutFollowUp(next);
      return { ...withoutAlert(open), round: event.data.round };
    }
    case 'report-withdrawn.v1':
    case 'report-rejected.v1': {
      const { reason, eraseAt } = event.data;
      return {
        ...withoutWaiting(next),
        state: event.type === 'report-rejected.v1' ? 'rejected' : 'withdrawn',
        clocks: stopped(report.clocks, at),
        endedAt: at,
        ...(reason !== undefined && { endReason: reason }),
        ...(eraseAt && { eraseAt }),
      };
    }
    case 'report-merged.v1':
      return {
        ...withoutWaiting(next),
        state: 'merged',
        mergedInto: event.data.into,
        clocks: stopped(report.clocks, at),
        endedAt: at,
        ...(event.data.eraseAt && { eraseAt: event.data.eraseAt }),
      };
    case 'duplicate-joined.v1': {
      const { number, clock } = event.data;
      return {
        ...next,
        duplicates: [...report.duplicates, number],
        ...(clock && { clocks: { ...report.clocks, resolve: clock } }),
      };
    }
    case 'clock-warned.v1':
      return withAlert(
        { ...next, clocks: marked(report.clocks, event.data.clock, { warnedAt: at }) },
        { kind: 'warning', clock: event.data.clock, at },
      );
    case 'clock-breached.v1': {
      const { clock, remindAt } = event.data;
      // Whoever it has climbed to stays responsible when the other clock breaks as well.
      const area = report.alert?.kind === 'breach' ? report.alert.area : undefined;
      return withAlert(
        { ...next, clocks: marked(report.clocks, clock, { breachedAt: at }) },
        {
          kind: 'breach',
          clock,
          at,
          ...(area !== undefined && { area }),
          ...(remindAt !== undefined && { remindAt }),
        },
      );
    }
    case 'clock-escalated.v1': {
      const { clock, to } = event.data;
      const climbed = (report.clocks[clock]?.climbed ?? 0) + 1;
      const remindAt = report.alert?.remindAt;
      return withAlert(
        { ...next, clocks: marked(report.clocks, clock, { climbed }) },
        { kind: 'breach', clock, at, area: to, ...(remindAt !== undefined && { remindAt }) },
      );
    }
    case 'alert-reminded.v1': {
      if (!report.alert) return next;
      const { remindAt: _done, ...alert } = report.alert;
      const { remindAt } = event.data;
      const reminders = (alert.reminders ?? 0) + 1;
      return { ...next, alert: { ...alert, reminders, ...(remindAt !== undefined && { remindAt }) } };
    }
  }
}

/** The report that a history tells. Throws on an empty one. */
export function fold(events: readonly ReportEvent[]): Report {
  let report: Report | undefined;
  for (const event of events) report = evolve(report, event);
  if (!report) throw new Error('a report has at least one event');
  return report;
}

/** What was said about the work as it is now, not about what was then done again. */
export function currentRating({ rating, round }: Pick<Report, 'rating' | 'round'>): Rating | undefined {
  return rating?.round === round ? rating : undefined;
}

/** Whether the work as it is now is yet to be rated, or its rating can still be changed. */
export function mayRate(report: Pick<Report, 'rating' | 'round'>, now: string): boolean {
  const earlier = currentRating(report);
  return !earlier || now <= (earlier.changeableUntil ?? earlier.at);
}

/** What happens to a report by itself, and when. */
export type Timer = {
  at: string;
  does: { kind: 'clock'; clock: ClockName } | { kind: 'sort' | 'resume' | 'remind' | 'close' | 'erase' };
};

/** What nobody has classified by then, because the message was lost or parked, a person sorts. */
const sortAfterMilliseconds = 600_000;

/** Everything that a report waits for, in no order; the table wakes it at the first. */
export function timersOf(report: Report): Timer[] {
  const { alert, suspension, closeAt } = report;
  const isOver = report.endedAt !== undefined;
  return [
    ...clockNames.flatMap((clock) => {
      const running = report.clocks[clock];
      const next = running && nextOf(running);
      return next ? [{ at: next.at, does: { kind: 'clock', clock } } as const] : [];
    }),
    ...(report.state === 'submitted' ? [{ at: sortAt(report), does: { kind: 'sort' } } as const] : []),
    ...(suspension ? [{ at: suspension.resumeAt, does: { kind: 'resume' } } as const] : []),
    ...(alert?.remindAt !== undefined && !isOver && !suspension
      ? [{ at: alert.remindAt, does: { kind: 'remind' } } as const]
      : []),
    ...(closeAt !== undefined && report.state === 'resolved'
      ? [{ at: closeAt, does: { kind: 'close' } } as const]
      : []),
    ...keptParts(report).map(([, at]) => ({ at, does: { kind: 'erase' } }) as const),
  ];
}

/** What is personal and still there, of a report that has ended, and until when. */
export function keptParts({ eraseAt, erased }: Report): [PersonalPart, string][] {
  if (!eraseAt) return [];
  return personalParts.flatMap((part) => (erased?.[part] === undefined ? [[part, eraseAt[part]]] : []));
}

function sortAt({ submittedAt }: Report): string {
  return new Date(Date.parse(submittedAt) + sortAfterMilliseconds).toISOString();
}

/** The next instant at which something happens to it by itself; none once it is at rest. */
export function nextTimer(report: Report): string | undefined {
  return earliest(timersOf(report).map(({ at }) => at));
}

/** When the report's department has to have done its next step; undefined when nothing is running. */
export function dueAt(report: Report): string | undefined {
  return earliest(
    clockNames
      .map((name) => report.clocks[name])
      .map((clock) => (clock && !clock.stoppedAt && !openPause(clock) ? clock.dueAt : undefined)),
  );
}

function earliest(instants: (string | undefined)[]): string | undefined {
  return instants.filter((instant) => instant !== undefined).sort()[0];
}

function submitted(event: ReportEvent<'report-submitted.v1'>): Report {
  const { description, locale, source, location, photos, category, parent } = event.data;
  return {
    number: event.number,
    version: event.sequence,
    touched: event.sequence,
    state: 'submitted',
    updatedAt: event.occurredAt,
    submittedAt: event.occurredAt,
    description,
    locale,
    source,
    location,
    ...(category !== undefined && { suggestedCategory: category }),
    ...(parent && { parent }),
    support: [],
    photos: attached(photos, 'report'),
    clocks: {},
    round: 0,
    duplicates: [],
    weight: 0,
  };
}

const gravity: Record<Alert['kind'], number> = { warning: 0, extension: 1, breach: 2, 'follow-up': 3 };

/** What weighs more and nobody has taken on is not hidden by something lighter. */
function withAlert(report: Report, alert: Alert): Report {
  const standing = report.alert;
  return standing && gravity[standing.kind] > gravity[alert.kind] ? report : { ...report, alert };
}

function withoutAlert(report: Report): Report {
  const { alert: _alert, ...rest } = report;
  return rest;
}

/**
 * Under other rules an alert stands as far as they bear it: what is not late by them is no alert, and whoever they
 * would not have sent it to is rid of it.
 */
function withFairAlert(report: Report, at: string): Report {
  const { alert } = report;
  const clock = alert?.clock && report.clocks[alert.clock];
  if (!clock || (alert.kind !== 'warning' && alert.kind !== 'breach')) return report;
  if (at < (alert.kind === 'warning' ? clock.warnAt : clock.dueAt)) return withoutAlert(report);
  const { area: _area, ...own } = alert;
  const step = clock.climbs?.slice(0, clock.climbed ?? 0).at(-1);
  return { ...report, alert: { ...own, ...(step && { area: step.area }) } };
}

/** Decided on, or no longer of any use: nobody needs to look at it. */
function withoutExtension(report: Report): Report {
  const { extension: _extension, ...rest } = report;
  return rest.alert?.kind === 'extension' ? withoutAlert(rest) : rest;
}

function withoutFollowUp(report: Report): Report {
  const { followUp: _followUp, ...rest } = report;
  return rest.alert?.kind === 'follow-up' ? withoutAlert(rest) : rest;
}

function withPart(
  report: Report,
  { part: number, partVersion }: { part: string; partVersion: number },
  change: Partial<Part>,
): Report {
  return {
    ...report,
    support: report.support.map((part) =>
      part.number === number ? { ...part, ...change, version: partVersion } : part,
    ),
  };
}

/** Nothing is waited or asked for any more. */
function withoutWaiting(report: Report): Report {
  const { suspension: _suspension, ...rest } = report;
  return withoutExtension(rest);
}

/** A new assignment begins with nothing acknowledged or started. */
function withoutWork(report: Report): Report {
  const { acknowledgedAt: _acknowledged, startedAt: _started, ...rest } = report;
  return withoutWaiting(rest);
}

/** A new category for the department that has it already changes what is promised, not what was done. */
export function keepsWork(
  report: Report,
  assignment: Pick<EventData<'report-assigned.v1'>, 'department' | 'reason'>,
): boolean {
  const isHeld = report.state === 'assigned' || report.state === 'in-progress';
  return isHeld && report.department === assignment.department && assignment.reason !== 'reopened';
}

/**
 * The clocks of an assignment. One that was not begun anew (same `startedAt`) is the same clock: what it has said
 * it does not say again, however its instants have moved, and what is stopped stays so.
 */
function begun(starts: Record<ClockName, ClockStart>, before: Report['clocks']): Record<ClockName, Clock> {
  const carry = (name: ClockName): Clock => {
    const [start, old] = [starts[name], before[name]];
    return old?.startedAt === start.startedAt ? withMarks(start, old) : start;
  };
  return { acknowledge: carry('acknowledge'), resolve: carry('resolve') };
}

/** Clocks whose instants have moved; those that are not named are as they were. */
function moved(clocks: Report['clocks'], starts: Partial<Record<ClockName, ClockStart>>): Report['clocks'] {
  return clockNames.reduce((all, name) => {
    const [start, old] = [starts[name], clocks[name]];
    return start && old ? { ...all, [name]: withMarks(start, old) } : all;
  }, clocks);
}

/** What a clock has said and whether it stands, on other terms. */
function withMarks(start: ClockStart, { warnedAt, breachedAt, climbed, stoppedAt }: Clock): Clock {
  return {
    ...start,
    ...(warnedAt !== undefined && { warnedAt }),
    ...(breachedAt !== undefined && { breachedAt }),
    ...(climbed !== undefined && { climbed }),
    ...(stoppedAt !== undefined && { stoppedAt }),
  };
}

function paused(clocks: Report['clocks'], from: string): Report['clocks'] {
  return marked(clocks, 'resolve', { pauses: [...(clocks.resolve?.pauses ?? []), { from }] });
}

function stopped(
  clocks: Report['clocks'],
  at: string,
  names: readonly ClockName[] = clockNames,
): Report['clocks'] {
  return names.reduce(
    (all, name) => (all[name]?.stoppedAt ? all : marked(all, name, { stoppedAt: at })),
    clocks,
  );
}

function marked(clocks: Report['clocks'], name: ClockName, mark: Partial<Clock>): Report['clocks'] {
  const clock = clocks[name];
  return clock ? { ...clocks, [name]: { ...clock, ...mark } } : clocks;
}

function attached(photos: EventData<'report-submitted.v1'>['photos'], purpose: Photo['purpose']): Photo[] {
  return photos.map((photo) => ({ ...photo, purpose, status: 'processing' }));
}

function withOutcome(
  photo: Photo,
  outcome: EventData<'photos-processed.v1'>['photos'][number] | undefined,
): Photo {
  if (!outcome) return photo;
  const { status, width, height, blurred } = outcome;
  if (blurred !== undefined)
    return photo.blur?.sequence === blurred ? { ...photo, blur: { ...photo.blur, isReady: true } } : photo;
  return { ...photo, status, ...(width !== undefined && { width }), ...(height !== undefined && { height }) };
}

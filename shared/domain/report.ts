import type { EventData, ReportEvent } from '../../events/index.ts';
import type { Priority } from '../config/city.ts';
import { clockNames, nextTimerOf, type Clock, type ClockName, type ClockStart } from './sla.ts';
import type { State } from './transitions.ts';

export type Photo = {
  id: string;
  contentType: string;
  size: number;
  /** `report` came with it, `note` was added, `staff-note` is for staff alone, `result` shows the work done. */
  purpose: 'report' | 'note' | 'staff-note' | 'result';
  status: 'processing' | 'ready' | 'unreadable';
  width?: number;
  height?: number;
};

export type Rating = { score: number; comment?: string; at: string; round: number };

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
  classification?: Pick<EventData<'report-classified.v1'>, 'by' | 'confidence' | 'alternatives'>;
  department?: string;
  photos: Photo[];
  clocks: Partial<Record<ClockName, Clock>>;
  /** How often it was reopened. */
  round: number;
  acknowledgedAt?: string;
  startedAt?: string;
  resolution?: { text: string; at: string; department: string };
  rating?: Rating;
  mergedInto?: string;
  /** The latest clock that warned or broke and that nobody has taken on yet. */
  alert?: { kind: 'warning' | 'breach'; clock: ClockName; at: string };
  supervisedAt?: string;
  /** Numbers of the reports that were merged into this one. */
  duplicates: string[];
  endedAt?: string;
  /** Bytes its history takes; an item of the table holds 400 KB at most. */
  weight: number;
};

/** What goes on by itself: a photo is cleaned, a clock speaks. It takes nothing from under anyone's hands. */
const backgroundEvents = new Set<ReportEvent['type']>([
  'photos-processed.v1',
  'clock-warned.v1',
  'clock-breached.v1',
  'duplicate-joined.v1',
  'contact-revealed.v1',
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
    case 'report-resolved.v1':
      return {
        ...next,
        state: 'resolved',
        resolution: { text: event.data.text, at, department: event.data.department },
        photos: [...report.photos, ...attached(event.data.photos, 'result')],
        clocks: stopped(report.clocks, at),
        endedAt: at,
      };
    case 'contact-revealed.v1':
      return next;
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
      const { score, comment, round } = event.data;
      const rating: Rating = { score, at, round, ...(comment !== undefined && { comment }) };
      return { ...next, state: 'closed', rating, endedAt: at };
    }
    case 'report-reopened.v1': {
      const { endedAt: _ended, ...open } = next;
      return { ...withoutAlert(open), round: event.data.round };
    }
    case 'report-withdrawn.v1':
      return { ...next, state: 'withdrawn', clocks: stopped(report.clocks, at), endedAt: at };
    case 'report-rejected.v1':
      return { ...next, state: 'rejected', clocks: stopped(report.clocks, at), endedAt: at };
    case 'report-merged.v1':
      return {
        ...next,
        state: 'merged',
        mergedInto: event.data.into,
        clocks: stopped(report.clocks, at),
        endedAt: at,
      };
    case 'duplicate-joined.v1':
      return { ...next, duplicates: [...report.duplicates, event.data.number] };
    case 'clock-warned.v1':
      return {
        ...next,
        clocks: marked(report.clocks, event.data.clock, { warnedAt: at }),
        // A breach that nobody has taken on is not hidden by a later warning.
        alert:
          report.alert?.kind === 'breach' ? report.alert : { kind: 'warning', clock: event.data.clock, at },
      };
    case 'clock-breached.v1':
      return {
        ...next,
        clocks: marked(report.clocks, event.data.clock, { breachedAt: at }),
        alert: { kind: 'breach', clock: event.data.clock, at },
      };
  }
}

/** The report that a history tells. Throws on an empty one. */
export function fold(events: readonly ReportEvent[]): Report {
  let report: Report | undefined;
  for (const event of events) report = evolve(report, event);
  if (!report) throw new Error('a report has at least one event');
  return report;
}

/** The next instant at which one of its clocks has something to say; none once every clock is still. */
export function nextTimer(report: Report): string | undefined {
  return earliest(clockNames.map((name) => report.clocks[name]).map((clock) => clock && nextTimerOf(clock)));
}

/** When the report's department has to have done its next step; undefined when nothing is running. */
export function dueAt(report: Report): string | undefined {
  return earliest(
    clockNames
      .map((name) => report.clocks[name])
      .map((clock) => (clock && !clock.stoppedAt ? clock.dueAt : undefined)),
  );
}

function earliest(instants: (string | undefined)[]): string | undefined {
  return instants.filter((instant) => instant !== undefined).sort()[0];
}

function submitted(event: ReportEvent<'report-submitted.v1'>): Report {
  const { description, locale, source, location, photos, category } = event.data;
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
    photos: attached(photos, 'report'),
    clocks: {},
    round: 0,
    duplicates: [],
    weight: 0,
  };
}

function withoutAlert<R extends Report>(report: R): Omit<R, 'alert'> & { alert?: never } {
  const { alert: _alert, ...rest } = report;
  return rest;
}

/** A new assignment begins with nothing acknowledged or started. */
function withoutWork(report: Report): Report {
  const { acknowledgedAt: _acknowledged, startedAt: _started, ...rest } = report;
  return rest;
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
 * The clocks of an assignment. One that was not begun anew (same `startedAt`) is the same clock: what it has
 * said of an instant it does not say again, and what is stopped stays so. An instant that has moved is a new
 * promise, of which nothing has been said.
 */
function begun(
  starts: Record<ClockName, ClockStart>,
  before: Partial<Record<ClockName, Clock>>,
): Record<ClockName, Clock> {
  const carry = (name: ClockName): Clock => {
    const start = starts[name];
    const old = before[name];
    if (old?.startedAt !== start.startedAt) return start;
    const { warnAt, warnedAt, dueAt: due, breachedAt, stoppedAt } = old;
    return {
      ...start,
      ...(warnedAt !== undefined && warnAt === start.warnAt && { warnedAt }),
      ...(breachedAt !== undefined && due === start.dueAt && { breachedAt }),
      ...(stoppedAt !== undefined && { stoppedAt }),
    };
  };
  return { acknowledge: carry('acknowledge'), resolve: carry('resolve') };
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
  const { status, width, height } = outcome;
  return { ...photo, status, ...(width !== undefined && { width }), ...(height !== undefined && { height }) };
}

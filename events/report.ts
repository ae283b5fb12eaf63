import * as z from 'zod';
import { commonEvents, photoSchema } from './common.ts';
import { id, instant, text, type DataOf, type EventOf, type EventType } from './envelope.ts';

/**
 * The published events of a report. The same bytes are its history, its timeline and what subscribers receive.
 * Published means part of a release: until the first one, version 1 itself still grew.
 */

const target = z.object({
  amount: z.number(),
  unit: z.enum(['minute', 'hour', 'working-hour', 'working-day']),
});

/**
 * A running clock: what was promised, since when, and when it warns, breaks and climbs. Everything that its
 * instants follow from is here, so that the next decision can computeClock them anew.
 */
const clockStart = z.object({
  startedAt: instant,
  target,
  /** Whose working hours it runs on, or its ladder where it counts time of any kind. */
  calendar: id.optional(),
  /** When it stood still. */
  pauses: z
    .array(z.object({ from: instant, to: instant.optional() }))
    .readonly()
    .optional(),
  /** What was granted on top, each in the target's unit. */
  extensions: z.array(z.number()).readonly().optional(),
  warnAt: instant,
  dueAt: instant,
  /** Whom it climbs to, and when, once it is over. */
  climbs: z
    .array(z.object({ level: z.string(), area: id, at: instant }))
    .readonly()
    .optional(),
});
const clockName = z.enum(['acknowledge', 'resolve']);
const priority = z.enum(['urgent', 'high', 'normal']);
const clocks = z.object({ acknowledge: clockStart, resolve: clockStart });

/** Whom and what an event counts for: who held the report, its category and its place when it happened. */
const about = { department: id, category: id.optional(), area: id };

/** What has become of a supporting department's part, by its version `partVersion`. */
const partNews = { part: id, supporter: id, partVersion: z.number().int().positive() };

export const locationSchema = z.object({
  /** The area the place resolved to, and the way to it from the district down. */
  area: id,
  path: z.array(id).min(1),
  address: text.optional(),
  longitude: z.number().optional(),
  latitude: z.number().optional(),
  crs: z.enum(['wgs84', 'gcj02']).optional(),
});

/** Until when what is personal is kept, now that the report has ended. */
const keeping = { eraseAt: z.object({ contact: instant, text: instant, photos: instant }).optional() };

export const reportEvents = {
  'report-submitted.v1': z.object({
    description: text,
    location: locationSchema,
    category: id.optional(),
    photos: z.array(photoSchema),
    locale: z.enum(['zh', 'en']),
    source: z.enum(['resident', 'staff']),
    area: id,
    /** Of a supporting department's part: the report it answers to, and what is asked of it. */
    parent: z.object({ number: id, request: text }).optional(),
  }),
  'report-classified.v1': z.object({
    category: id,
    priority,
    confidence: z.number(),
    by: z.enum(['resident', 'classifier', 'staff']),
    alternatives: z.array(z.object({ category: id, confidence: z.number() })),
  }),
  /** Nobody has it yet: a person at this department decides. */
  'report-triaged.v1': z.object({
    ...about,
    reason: z.enum(['unsure', 'returned']),
    clocks,
  }),
  /** The message a department receives: everything its own system needs to begin. */
  'report-assigned.v1': z.object({
    ...about,
    category: id,
    reason: z.enum(['routed', 'assigned', 'reclassified', 'transferred', 'reopened', 'support']),
    priority,
    description: text,
    location: locationSchema,
    photos: z.array(id),
    submittedAt: instant,
    /** 0 for the first time, one more for each reopening. */
    round: z.number().int().nonnegative(),
    clocks,
  }),
  'assignment-acknowledged.v1': z.object({ ...about, withinTarget: z.boolean() }),
  'work-started.v1': z.object({ ...about }),
  'assignment-returned.v1': z.object({ ...about, reason: text }),
  'assignment-transferred.v1': z.object({ ...about, to: id, reason: text }),
  'report-resolved.v1': z.object({
    ...about,
    text,
    photos: z.array(photoSchema),
    round: z.number().int().nonnegative(),
    withinTarget: z.boolean(),
    secondsTaken: z.number().int().nonnegative(),
    /** When it closes by itself unless somebody rates it. */
    closeAt: instant.optional(),
    /** Why it was not waited for the answers of supporting departments. */
    override: text.optional(),
    ...keeping,
  }),
  'note-added.v1': z.object({
    text,
    photos: z.array(photoSchema),
    /** `everyone` is shown to the resident, `staff` is not. */
    audience: z.enum(['everyone', 'staff']),
  }),
  ...commonEvents,
  'report-rated.v1': z.object({
    ...about,
    score: z.number().int().min(1).max(5),
    comment: text.optional(),
    round: z.number().int().nonnegative(),
    /** Until when it can be changed. */
    changeableUntil: instant.optional(),
    /** The score that it takes the place of. */
    replaces: z.number().int().min(1).max(5).optional(),
    /** So low that somebody calls the resident 回访. */
    followUp: z.boolean().optional(),
  }),
  'report-reopened.v1': z.object({ ...about, reason: text, round: z.number().int().positive() }),
  'report-withdrawn.v1': z.object({
    ...about,
    department: id.optional(),
    reason: text.optional(),
    ...keeping,
  }),
  'report-rejected.v1': z.object({ ...about, department: id.optional(), reason: text, ...keeping }),
  'report-merged.v1': z.object({ ...about, department: id.optional(), into: id, ...keeping }),
  /** A report that repeats this one was merged into it; its reporter follows this one from now on. */
  'duplicate-joined.v1': z.object({
    number: id,
    /** Its clock ran out sooner: what was promised to its reporter is promised here now. */
    clock: clockStart
      .extend({
        warnedAt: instant.optional(),
        breachedAt: instant.optional(),
        climbed: z.number().int().positive().optional(),
      })
      .optional(),
  }),
  /** A member of staff saw the reporter's contact, and said why. */
  'contact-revealed.v1': z.object({ reason: text }),
  /** The reporter's link is another now; the one before opens nothing. */
  'link-renewed.v1': z.object({}),
  /** A member of staff stopped the reporter's link, as one that had got about. */
  'link-revoked.v1': z.object({ reason: text }),
  /** 督办: somebody above wants to see this done. */
  'report-supervised.v1': z.object({ ...about, text }),
  /** Somebody has taken on the alert of a warning or a breach. */
  'alert-taken.v1': z.object({ ...about }),
  'clock-warned.v1': z.object({ ...about, clock: clockName, dueAt: instant }),
  'clock-breached.v1': z.object({
    ...about,
    clock: clockName,
    dueAt: instant,
    lateSeconds: z.number().int().nonnegative(),
    /** When those responsible are reminded, unless somebody takes it on. */
    remindAt: instant.optional(),
  }),
  /** An overdue clock has climbed to whoever is responsible for a larger area. */
  'clock-escalated.v1': z.object({
    ...about,
    clock: clockName,
    level: z.string(),
    to: id,
    dueAt: instant,
    lateSeconds: z.number().int().nonnegative(),
  }),
  /** Nobody has taken the alert on. */
  'alert-reminded.v1': z.object({
    ...about,
    clock: clockName,
    dueAt: instant,
    /** When the next reminder comes, if one does. */
    remindAt: instant.optional(),
  }),
  /** The clock stands still: the text says for what, to the resident too. */
  'report-suspended.v1': z.object({
    ...about,
    waitingFor: z.enum(['resident', 'other']),
    text,
    /** When it goes on by itself. */
    resumeAt: instant,
  }),
  'report-resumed.v1': z.object({ ...about, clocks: z.object({ resolve: clockStart }) }),
  /** More time is asked for; `amount` is in the unit of the promise. */
  'extension-requested.v1': z.object({ ...about, amount: z.number(), reason: text }),
  'extension-granted.v1': z.object({
    ...about,
    amount: z.number(),
    clocks: z.object({ resolve: clockStart }),
  }),
  'extension-declined.v1': z.object({ ...about, reason: text }),
  'priority-changed.v1': z.object({ ...about, priority, reason: text, clocks }),
  /** The city's rules have changed, and this report follows the new ones. */
  'policy-applied.v1': z.object({ ...about, priority, clocks }),
  /** Settled for good: nobody rated it in time, or staff closed it. */
  'report-closed.v1': z.object({ ...about, reason: text.optional() }),
  /** What the resident said when they were called 回访. */
  'follow-up-recorded.v1': z.object({
    ...about,
    outcome: z.enum(['satisfied', 'unreachable', 'reopen']),
    text,
  }),
  /** Other departments are asked to help 协办, each by a report of its own that answers to this one. */
  'support-requested.v1': z.object({
    ...about,
    request: text,
    parts: z.array(z.object({ number: id, department: id })).min(1),
  }),
  /** A supporting department has taken its part up. */
  'support-acknowledged.v1': z.object({ ...about, ...partNews }),
  /** Another department does the part now. */
  'support-transferred.v1': z.object({ ...about, ...partNews }),
  /** Its part is done, or will not be. */
  'support-answered.v1': z.object({
    ...about,
    ...partNews,
    outcome: z.enum(['resolved', 'ended']),
    text,
  }),
  /** The parts that were still open are not needed any more. */
  'support-cancelled.v1': z.object({ ...about, parts: z.array(id).min(1), reason: text }),
} as const;

export type ReportContracts = typeof reportEvents;
export type ReportEventType = EventType<ReportContracts>;
export type ReportData<T extends ReportEventType> = DataOf<ReportContracts, T>;
/** One event of a report in its envelope. */
export type ReportEvent<T extends ReportEventType = ReportEventType> = EventOf<ReportContracts, T>;

import * as z from 'zod';
import { commonEvents, photoSchema } from './common.ts';
import { id, instant, text, type DataOf, type EventOf, type EventType } from './envelope.ts';

/**
 * The published events of a report: its history, its timeline and what subscribers receive. Published means part of a
 * release; before the first release version 1 still changed.
 */

const target = z.object({
  amount: z.number(),
  unit: z.enum(['minute', 'hour', 'working-hour', 'working-day']),
});

/**
 * A running SLA clock: its target and start, and when it warns, breaches and escalates. Contains everything that its
 * instants are computed from, so that later decisions can compute them again.
 */
const clockStart = z.object({
  startedAt: instant,
  target,
  /** The calendar of the working hours, or of the escalations if the target is not in working time. */
  calendar: id.optional(),
  /** When it was paused. */
  pauses: z
    .array(z.object({ from: instant, to: instant.optional() }))
    .readonly()
    .optional(),
  /** The extensions granted, each in the target's unit. */
  extensions: z.array(z.number()).readonly().optional(),
  warnAt: instant,
  dueAt: instant,
  /** The escalations after the due time: to whom and when. */
  climbs: z
    .array(z.object({ level: z.string(), area: id, at: instant }))
    .readonly()
    .optional(),
});
const clockName = z.enum(['acknowledge', 'resolve']);
const priority = z.enum(['urgent', 'high', 'normal']);
const clocks = z.object({ acknowledge: clockStart, resolve: clockStart });

/** What an event is counted under: the report's department, category and area at that time. */
const about = { department: id, category: id.optional(), area: id };

/** The subtask that an event is about, and the subtask's version. */
const partEvent = { part: id, supporter: id, partVersion: z.number().int().positive() };

export const locationSchema = z.object({
  /** The resolved area, and the path to it from the district down. */
  area: id,
  path: z.array(id).min(1),
  address: text.optional(),
  longitude: z.number().optional(),
  latitude: z.number().optional(),
  crs: z.enum(['wgs84', 'gcj02']).optional(),
});

/** When the personal data of an ended report is erased. */
const retention = { eraseAt: z.object({ contact: instant, text: instant, photos: instant }).optional() };

export const reportEvents = {
  'report-submitted.v1': z.object({
    description: text,
    location: locationSchema,
    category: id.optional(),
    photos: z.array(photoSchema),
    locale: z.enum(['zh', 'en']),
    source: z.enum(['resident', 'staff']),
    area: id,
    /** For a subtask: its report, and the request to the supporting department. */
    parent: z.object({ number: id, request: text }).optional(),
  }),
  'report-classified.v1': z.object({
    category: id,
    priority,
    confidence: z.number(),
    by: z.enum(['resident', 'classifier', 'staff']),
    alternatives: z.array(z.object({ category: id, confidence: z.number() })),
  }),
  /** The report waits for dispatch by staff of this department. */
  'report-triaged.v1': z.object({
    ...about,
    reason: z.enum(['unsure', 'returned']),
    clocks,
  }),
  /** The message a department receives, with everything its own system needs. */
  'report-assigned.v1': z.object({
    ...about,
    category: id,
    reason: z.enum(['routed', 'assigned', 'reclassified', 'transferred', 'reopened', 'support']),
    priority,
    description: text,
    location: locationSchema,
    photos: z.array(id),
    submittedAt: instant,
    /** 0 at first, plus one for each reopening. */
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
    /** When it closes automatically unless it is rated. */
    closeAt: instant.optional(),
    /** Why it was resolved before the supporting departments answered. */
    override: text.optional(),
    ...retention,
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
    /** Until when the rating can be changed. */
    changeableUntil: instant.optional(),
    /** The score that it replaces. */
    replaces: z.number().int().min(1).max(5).optional(),
    /** Whether the score is so low that a follow-up call 回访 is due. */
    followUp: z.boolean().optional(),
  }),
  'report-reopened.v1': z.object({ ...about, reason: text, round: z.number().int().positive() }),
  'report-withdrawn.v1': z.object({
    ...about,
    department: id.optional(),
    reason: text.optional(),
    ...retention,
  }),
  'report-rejected.v1': z.object({ ...about, department: id.optional(), reason: text, ...retention }),
  'report-merged.v1': z.object({ ...about, department: id.optional(), into: id, ...retention }),
  /** A duplicate report was merged into this one; its resident follows this one from now on. */
  'duplicate-joined.v1': z.object({
    number: id,
    /** The duplicate's clock, if it was due sooner: its deadline now applies here. */
    clock: clockStart
      .extend({
        warnedAt: instant.optional(),
        breachedAt: instant.optional(),
        climbed: z.number().int().positive().optional(),
      })
      .optional(),
  }),
  /** A member of staff viewed the resident's contact, with a reason. */
  'contact-revealed.v1': z.object({ reason: text }),
  /** The resident has a new tracking link; the previous one is invalid. */
  'link-renewed.v1': z.object({}),
  /** A member of staff revoked the resident's tracking link, for example because it was shared. */
  'link-revoked.v1': z.object({ reason: text }),
  /** A supervision order 督办. */
  'report-supervised.v1': z.object({ ...about, text }),
  /** A member of staff took over the alert of a warning or a breach. */
  'alert-taken.v1': z.object({ ...about }),
  'clock-warned.v1': z.object({ ...about, clock: clockName, dueAt: instant }),
  'clock-breached.v1': z.object({
    ...about,
    clock: clockName,
    dueAt: instant,
    lateSeconds: z.number().int().nonnegative(),
    /** When the next reminder is sent, unless the alert is taken over. */
    remindAt: instant.optional(),
  }),
  /** An overdue clock was escalated to those responsible for a larger area. */
  'clock-escalated.v1': z.object({
    ...about,
    clock: clockName,
    level: z.string(),
    to: id,
    dueAt: instant,
    lateSeconds: z.number().int().nonnegative(),
  }),
  /** The alert was not taken over, so a reminder was sent. */
  'alert-reminded.v1': z.object({
    ...about,
    clock: clockName,
    dueAt: instant,
    /** When the next reminder is due, if any. */
    remindAt: instant.optional(),
  }),
  /** On hold: the clock is paused. The resident also sees the text. */
  'report-suspended.v1': z.object({
    ...about,
    waitingFor: z.enum(['resident', 'other']),
    text,
    /** When it resumes automatically. */
    resumeAt: instant,
  }),
  'report-resumed.v1': z.object({ ...about, clocks: z.object({ resolve: clockStart }) }),
  /** An extension was requested; `amount` is in the target's unit. */
  'extension-requested.v1': z.object({ ...about, amount: z.number(), reason: text }),
  'extension-granted.v1': z.object({
    ...about,
    amount: z.number(),
    clocks: z.object({ resolve: clockStart }),
  }),
  'extension-declined.v1': z.object({ ...about, reason: text }),
  'priority-changed.v1': z.object({ ...about, priority, reason: text, clocks }),
  /** Changed city rules were applied to this report. */
  'policy-applied.v1': z.object({ ...about, priority, clocks }),
  /** Closed: it was not rated in time, or staff closed it. */
  'report-closed.v1': z.object({ ...about, reason: text.optional() }),
  /** The result of a follow-up call 回访. */
  'follow-up-recorded.v1': z.object({
    ...about,
    outcome: z.enum(['satisfied', 'unreachable', 'reopen']),
    text,
  }),
  /** Supporting departments were requested 协办; each gets a subtask, which is a record of its own. */
  'support-requested.v1': z.object({
    ...about,
    request: text,
    parts: z.array(z.object({ number: id, department: id })).min(1),
  }),
  /** A supporting department acknowledged its subtask. */
  'support-acknowledged.v1': z.object({ ...about, ...partEvent }),
  /** A subtask was transferred to another department. */
  'support-transferred.v1': z.object({ ...about, ...partEvent }),
  /** A subtask was resolved, or ended without a resolution. */
  'support-answered.v1': z.object({
    ...about,
    ...partEvent,
    outcome: z.enum(['resolved', 'ended']),
    text,
  }),
  /** The open subtasks were cancelled. */
  'support-cancelled.v1': z.object({ ...about, parts: z.array(id).min(1), reason: text }),
} as const;

export type ReportContracts = typeof reportEvents;
export type ReportEventType = EventType<ReportContracts>;
export type ReportData<T extends ReportEventType> = DataOf<ReportContracts, T>;
/** One event of a report in its envelope. */
export type ReportEvent<T extends ReportEventType = ReportEventType> = EventOf<ReportContracts, T>;

import * as z from 'zod';

/**
 * The published events. A name is what happened, with a version; a published version never changes:
 * what must differ becomes a new name (`report-assigned.v2`) beside the old one. Published means part of a
 * release: until the first one, version 1 itself still grew.
 *
 * The same bytes are the report's history, its timeline and what subscribers receive, so no event
 * carries a name, a telephone number or a token of a resident.
 */

const instant = z.iso.datetime({ offset: true });
const id = z.string().min(1);

const target = z.object({
  amount: z.number(),
  unit: z.enum(['minute', 'hour', 'working-hour', 'working-day']),
});

/**
 * A running clock: what was promised, since when, and when it warns, breaks and climbs. Everything that its
 * instants follow from is here, so that the next decision can reckon them anew.
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
  address: z.string().optional(),
  longitude: z.number().optional(),
  latitude: z.number().optional(),
  crs: z.enum(['wgs84', 'gcj02']).optional(),
});

/** A photo as it was attached; its bytes lie in the bucket under `photos/<number>/<id>/`. */
const photo = z.object({ id, contentType: z.string(), size: z.number().int().positive() });

export const actorSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('resident') }),
  z.object({ kind: z.literal('staff'), username: z.string(), role: z.string() }),
  z.object({ kind: z.literal('system'), name: z.string() }),
]);

/** A rectangle of a photo, in shares of its width and height from its upper left corner. */
const share = z.number().min(0).max(1);
export const regionSchema = z.object({ x: share, y: share, width: share.gt(0), height: share.gt(0) });

/** Until when what is personal is kept, now that the report has ended. */
const keeping = { eraseAt: z.object({ contact: instant, text: instant, photos: instant }).optional() };

export const eventData = {
  'report-submitted.v1': z.object({
    description: z.string(),
    location: locationSchema,
    category: id.optional(),
    photos: z.array(photo),
    locale: z.enum(['zh', 'en']),
    source: z.enum(['resident', 'staff']),
    area: id,
    /** Of a supporting department's part: the report it answers to, and what is asked of it. */
    parent: z.object({ number: id, request: z.string() }).optional(),
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
    description: z.string(),
    location: locationSchema,
    photos: z.array(id),
    submittedAt: instant,
    /** 0 for the first time, one more for each reopening. */
    round: z.number().int().nonnegative(),
    clocks,
  }),
  'assignment-acknowledged.v1': z.object({ ...about, withinTarget: z.boolean() }),
  'work-started.v1': z.object({ ...about }),
  'assignment-returned.v1': z.object({ ...about, reason: z.string() }),
  'assignment-transferred.v1': z.object({ ...about, to: id, reason: z.string() }),
  'report-resolved.v1': z.object({
    ...about,
    text: z.string(),
    photos: z.array(photo),
    round: z.number().int().nonnegative(),
    withinTarget: z.boolean(),
    secondsTaken: z.number().int().nonnegative(),
    /** When it closes by itself unless somebody rates it. */
    closeAt: instant.optional(),
    /** Why it was not waited for the answers of supporting departments. */
    override: z.string().optional(),
    ...keeping,
  }),
  'note-added.v1': z.object({
    text: z.string(),
    photos: z.array(photo),
    /** `everyone` is shown to the resident, `staff` is not. */
    audience: z.enum(['everyone', 'staff']),
  }),
  'photos-processed.v1': z.object({
    photos: z.array(
      z.object({
        id,
        status: z.enum(['ready', 'unreadable']),
        width: z.number().int().positive().optional(),
        height: z.number().int().positive().optional(),
        /** Of a rendition with parts made unrecognisable: the sequence of the event that asked for it. */
        blurred: z.number().int().positive().optional(),
      }),
    ),
  }),
  /** Faces, plates and the like in a photo are to be made unrecognisable for everyone but staff; takes the place of earlier ones. */
  'photo-blurred.v1': z.object({ photo: id, regions: z.array(regionSchema).min(1) }),
  'report-rated.v1': z.object({
    ...about,
    score: z.number().int().min(1).max(5),
    comment: z.string().optional(),
    round: z.number().int().nonnegative(),
    /** Until when it can be changed. */
    changeableUntil: instant.optional(),
    /** The score that it takes the place of. */
    replaces: z.number().int().min(1).max(5).optional(),
    /** So low that somebody calls the resident 回访. */
    followUp: z.boolean().optional(),
  }),
  'report-reopened.v1': z.object({ ...about, reason: z.string(), round: z.number().int().positive() }),
  'report-withdrawn.v1': z.object({
    ...about,
    department: id.optional(),
    reason: z.string().optional(),
    ...keeping,
  }),
  'report-rejected.v1': z.object({ ...about, department: id.optional(), reason: z.string(), ...keeping }),
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
  'contact-revealed.v1': z.object({ reason: z.string() }),
  /** The reporter's link is another now; the one before opens nothing. */
  'link-renewed.v1': z.object({}),
  /** A member of staff stopped the reporter's link, as one that had got about. */
  'link-revoked.v1': z.object({ reason: z.string() }),
  /** From here back, the history has no such data any more; `photos` are those whose bytes are to be deleted. */
  'personal-data-erased.v1': z.object({
    parts: z.array(z.enum(['contact', 'text', 'photos'])).min(1),
    cause: z.enum(['retention', 'request']),
    photos: z.array(id),
  }),
  /** 督办: somebody above wants to see this done. */
  'report-supervised.v1': z.object({ ...about, text: z.string() }),
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
    text: z.string(),
    /** When it goes on by itself. */
    resumeAt: instant,
  }),
  'report-resumed.v1': z.object({ ...about, clocks: z.object({ resolve: clockStart }) }),
  /** More time is asked for; `amount` is in the unit of the promise. */
  'extension-requested.v1': z.object({ ...about, amount: z.number(), reason: z.string() }),
  'extension-granted.v1': z.object({
    ...about,
    amount: z.number(),
    clocks: z.object({ resolve: clockStart }),
  }),
  'extension-declined.v1': z.object({ ...about, reason: z.string() }),
  'priority-changed.v1': z.object({ ...about, priority, reason: z.string(), clocks }),
  /** The city's rules have changed, and this report follows the new ones. */
  'policy-applied.v1': z.object({ ...about, priority, clocks }),
  /** Settled for good: nobody rated it in time, or staff closed it. */
  'report-closed.v1': z.object({ ...about, reason: z.string().optional() }),
  /** What the resident said when they were called 回访. */
  'follow-up-recorded.v1': z.object({
    ...about,
    outcome: z.enum(['satisfied', 'unreachable', 'reopen']),
    text: z.string(),
  }),
  /** Other departments are asked to help 协办, each by a report of its own that answers to this one. */
  'support-requested.v1': z.object({
    ...about,
    request: z.string(),
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
    text: z.string(),
  }),
  /** The parts that were still open are not needed any more. */
  'support-cancelled.v1': z.object({ ...about, parts: z.array(id).min(1), reason: z.string() }),
} as const;

export type EventType = keyof typeof eventData;
export const eventTypes = Object.keys(eventData) as EventType[];

const envelope = {
  /** `<number>#<sequence>`: the same event has the same id however often it arrives. */
  id,
  number: id,
  /** Position in the report's history, from 1. */
  sequence: z.number().int().positive(),
  occurredAt: instant,
  actor: actorSchema,
};

export type Actor = z.infer<typeof actorSchema>;
export type EventData<T extends EventType> = z.infer<(typeof eventData)[T]>;
type EnvelopeOf<T extends EventType> = {
  id: string;
  type: T;
  number: string;
  sequence: number;
  occurredAt: string;
  actor: Actor;
  data: EventData<T>;
};
/** One event in its envelope; `type` tells the shape of `data`. */
export type ReportEvent<T extends EventType = EventType> = { [K in T]: EnvelopeOf<K> }[T];

const schemas = new Map<EventType, z.ZodType>();

/**
 * The envelope of one event type, for validating what arrives. Fields added later are kept out of `data`, not refused.
 * Each is made once, for the first event that needs it: making one takes longer than reading an event.
 */
export function eventSchema<T extends EventType>(type: T): z.ZodType<ReportEvent<T>> {
  const schema = schemas.get(type) ?? z.object({ ...envelope, type: z.literal(type), data: eventData[type] });
  schemas.set(type, schema);
  return schema as z.ZodType<ReportEvent<T>>;
}

const anyEnvelope = z.object({ ...envelope, type: z.string(), data: z.unknown() });

/**
 * Reads a published event. A type this version does not know is told apart from a broken one, so that a
 * consumer may pass over the first and must park the second.
 */
export function parseEvent(
  value: unknown,
):
  | { kind: 'event'; event: ReportEvent }
  | { kind: 'unknown-type'; type: string }
  | { kind: 'invalid'; reason: string } {
  const outer = anyEnvelope.safeParse(value);
  if (!outer.success) return { kind: 'invalid', reason: z.prettifyError(outer.error) };
  if (!isEventType(outer.data.type)) return { kind: 'unknown-type', type: outer.data.type };
  const inner = eventSchema(outer.data.type).safeParse(value);
  if (!inner.success) return { kind: 'invalid', reason: z.prettifyError(inner.error) };
  return { kind: 'event', event: inner.data };
}

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(eventData, type);
}

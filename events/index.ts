import * as z from 'zod';

/**
 * The published events. A name is what happened, with a version; a published version never changes:
 * what must differ becomes a new name (`report-assigned.v2`) beside the old one.
 *
 * The same bytes are the report's history, its timeline and what subscribers receive, so no event
 * carries a name, a telephone number or a token of a resident.
 */

const instant = z.iso.datetime({ offset: true });
const id = z.string().min(1);

const target = z.object({ amount: z.number(), unit: z.enum(['minute', 'hour']) });

/** A running clock: what was promised, since when, and when it warns and breaks. */
const clockStart = z.object({ startedAt: instant, target, warnAt: instant, dueAt: instant });

/** Whom and what an event counts for: who held the report, its category and its place when it happened. */
const about = { department: id, category: id.optional(), area: id };

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

export const eventData = {
  'report-submitted.v1': z.object({
    description: z.string(),
    location: locationSchema,
    category: id.optional(),
    photos: z.array(photo),
    locale: z.enum(['zh', 'en']),
    source: z.enum(['resident', 'staff']),
    area: id,
  }),
  'report-classified.v1': z.object({
    category: id,
    priority: z.enum(['urgent', 'high', 'normal']),
    confidence: z.number(),
    by: z.enum(['resident', 'classifier', 'staff']),
    alternatives: z.array(z.object({ category: id, confidence: z.number() })),
  }),
  /** Nobody has it yet: a person at this department decides. */
  'report-triaged.v1': z.object({
    ...about,
    reason: z.enum(['unsure', 'returned']),
    clocks: z.object({ acknowledge: clockStart, resolve: clockStart }),
  }),
  /** The message a department receives: everything its own system needs to begin. */
  'report-assigned.v1': z.object({
    ...about,
    category: id,
    reason: z.enum(['routed', 'assigned', 'reclassified', 'transferred', 'reopened']),
    priority: z.enum(['urgent', 'high', 'normal']),
    description: z.string(),
    location: locationSchema,
    photos: z.array(id),
    submittedAt: instant,
    /** 0 for the first time, one more for each reopening. */
    round: z.number().int().nonnegative(),
    clocks: z.object({ acknowledge: clockStart, resolve: clockStart }),
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
      }),
    ),
  }),
  'report-rated.v1': z.object({
    ...about,
    score: z.number().int().min(1).max(5),
    comment: z.string().optional(),
    round: z.number().int().nonnegative(),
  }),
  'report-reopened.v1': z.object({ ...about, reason: z.string(), round: z.number().int().positive() }),
  'report-withdrawn.v1': z.object({ ...about, department: id.optional(), reason: z.string().optional() }),
  'report-rejected.v1': z.object({ ...about, department: id.optional(), reason: z.string() }),
  'report-merged.v1': z.object({ ...about, department: id.optional(), into: id }),
  /** A report that repeats this one was merged into it; its reporter follows this one from now on. */
  'duplicate-joined.v1': z.object({ number: id }),
  /** A member of staff saw the reporter's contact, and said why. */
  'contact-revealed.v1': z.object({ reason: z.string() }),
  /** 督办: somebody above wants to see this done. */
  'report-supervised.v1': z.object({ ...about, text: z.string() }),
  /** Somebody has taken on the alert of a warning or a breach. */
  'alert-taken.v1': z.object({ ...about }),
  'clock-warned.v1': z.object({ ...about, clock: z.enum(['acknowledge', 'resolve']), dueAt: instant }),
  'clock-breached.v1': z.object({
    ...about,
    clock: z.enum(['acknowledge', 'resolve']),
    dueAt: instant,
    lateSeconds: z.number().int().nonnegative(),
  }),
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

/** The envelope of one event type, for validating what arrives. Fields added later are kept out of `data`, not refused. */
export function eventSchema<T extends EventType>(type: T): z.ZodType<ReportEvent<T>> {
  return z.object({ ...envelope, type: z.literal(type), data: eventData[type] }) as unknown as z.ZodType<
    ReportEvent<T>
  >;
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

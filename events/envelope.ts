import * as z from 'zod';

/** Common to every kind of record: the actor, and the envelope around an event's data. */

/** An instant, RFC 3339 in UTC. */
export const instant = z.iso.datetime({ offset: true });
export const id = z.string().min(1);

/** Text that a person wrote, or a person's address. Marked by its type: see `HasText`. */
export type Text = z.ZodString & { readonly isText: true };
export const text: Text = Object.assign(z.string(), { isText: true as const });

/** Schemas that wrap another one. */
type Wrapper<Inner extends z.core.SomeType> =
  | z.ZodOptional<Inner>
  | z.ZodNullable<Inner>
  | z.ZodDefault<Inner>
  | z.ZodArray<Inner>
  | z.ZodReadonly<Inner>
  | z.ZodRecord<z.core.$ZodRecordKey, Inner>
  | z.ZodUnion<readonly Inner[]>;

/** Whether a contract contains `Text` anywhere, as a type: its rule must then say who may read it. */
export type HasText<Schema> = Schema extends { readonly isText: true }
  ? true
  : Schema extends Wrapper<infer Inner>
    ? HasText<Inner>
    : Schema extends z.ZodObject<infer Shape>
      ? true extends { [Field in keyof Shape]: HasText<Shape[Field]> }[keyof Shape]
        ? true
        : false
      : false;

/**
 * The contracts of a kind of record: the schema of `data` by event type. An event type is a past participle with a
 * version. A published version never changes; a change becomes a new type (`report-assigned.v2`). No contract contains
 * a resident's name, phone number or token.
 */
export type Contracts = Readonly<Record<string, z.ZodObject>>;

export const actorSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('resident') }),
  z.object({ kind: z.literal('staff'), username: z.string(), role: z.string() }),
  z.object({ kind: z.literal('system'), name: z.string() }),
]);
export type EventActor = z.infer<typeof actorSchema>;

const envelope = {
  /** `<number>#<sequence>`: the same at every delivery of an event. */
  id,
  number: id,
  /** Position in the record's history, from 1. */
  sequence: z.number().int().positive(),
  occurredAt: instant,
  actor: actorSchema,
  /**
   * Shared by all that followed from one request or timer; logs have it too. Only published events carry it: a record
   * keeps that of its latest write.
   */
  correlationId: id.optional(),
};

export type EventType<C extends Contracts> = keyof C & string;
export type DataOf<C extends Contracts, T extends EventType<C>> = z.infer<C[T]>;
/** One event in its envelope; `type` determines the shape of `data`. */
export type EventOf<C extends Contracts, T extends EventType<C> = EventType<C>> = {
  [K in T]: {
    id: string;
    type: K;
    number: string;
    sequence: number;
    occurredAt: string;
    actor: EventActor;
    correlationId?: string | undefined;
    data: DataOf<C, K>;
  };
}[T];
/** An event of an unknown kind. */
export type AnyEvent = EventOf<Contracts>;

/** Cached, since building a schema takes longer than parsing an event. */
const schemas = new WeakMap<z.ZodObject, z.ZodType>();

function schemaOf(type: string, contract: z.ZodObject): z.ZodType {
  const schema = schemas.get(contract) ?? z.object({ ...envelope, type: z.literal(type), data: contract });
  schemas.set(contract, schema);
  return schema;
}

/** The schema of one event type, for validation. Unknown fields of `data` are removed, not refused. */
export function eventSchema<C extends Contracts, T extends EventType<C>>(
  contracts: C,
  type: T,
): z.ZodType<EventOf<C, T>> {
  const contract = contracts[type];
  if (!contract) throw new Error(`no contract for ${type}`);
  return schemaOf(type, contract) as z.ZodType<EventOf<C, T>>;
}

export const envelopeSchema = z.object({
  ...envelope,
  type: z.string(),
  data: z.record(z.string(), z.unknown()),
});

/** The correlation id of a message, also of one that is no valid event. */
export function correlationIdIn(body: unknown): string | undefined {
  return z.object({ correlationId: id }).safeParse(body).data?.correlationId;
}

/** The result of reading an event: an unknown type is skipped, an invalid event must be parked. */
export type ReadEvent<Event = AnyEvent> =
  | { kind: 'event'; event: Event }
  | { kind: 'unknown-type'; type: string }
  | { kind: 'invalid'; reason: string };

/** Parses an event with the contracts of its kind. */
export function readEvent<C extends Contracts>(value: unknown, contracts: C): ReadEvent<EventOf<C>> {
  const outer = envelopeSchema.safeParse(value);
  if (!outer.success) return { kind: 'invalid', reason: z.prettifyError(outer.error) };
  const { type } = outer.data;
  if (!Object.hasOwn(contracts, type)) return { kind: 'unknown-type', type };
  const inner = eventSchema(contracts, type as EventType<C>).safeParse(value);
  if (!inner.success) return { kind: 'invalid', reason: z.prettifyError(inner.error) };
  return { kind: 'event', event: inner.data };
}

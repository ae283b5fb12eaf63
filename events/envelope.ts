import * as z from 'zod';

/** What every kind of record has in common: who acted, and the envelope around an event's data. */

/** An instant, RFC 3339 in UTC. */
export const instant = z.iso.datetime({ offset: true });
export const id = z.string().min(1);

/** Words that a person wrote, or that tell a person's door. The type marks them: see `HasText`. */
export type Text = z.ZodString & { readonly isText: true };
export const text: Text = Object.assign(z.string(), { isText: true as const });

/** Schemas around another one. */
type Around<Inner extends z.core.SomeType> =
  | z.ZodOptional<Inner>
  | z.ZodNullable<Inner>
  | z.ZodDefault<Inner>
  | z.ZodArray<Inner>
  | z.ZodReadonly<Inner>
  | z.ZodRecord<z.core.$ZodRecordKey, Inner>
  | z.ZodUnion<readonly Inner[]>;

/** Whether a contract has words of a person anywhere, as a type: its rule must then say who may read them. */
export type HasText<Schema> = Schema extends { readonly isText: true }
  ? true
  : Schema extends Around<infer Inner>
    ? HasText<Inner>
    : Schema extends z.ZodObject<infer Shape>
      ? true extends { [Field in keyof Shape]: HasText<Shape[Field]> }[keyof Shape]
        ? true
        : false
      : false;

/**
 * The contracts of a kind of record: the schema of `data` by event type. A name is what happened, with a version; a
 * published version never changes, what must differ becomes a new name (`report-assigned.v2`). No contract carries a
 * name, a telephone number or a token of a resident.
 */
export type Contracts = Readonly<Record<string, z.ZodObject>>;

export const actorSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('resident') }),
  z.object({ kind: z.literal('staff'), username: z.string(), role: z.string() }),
  z.object({ kind: z.literal('system'), name: z.string() }),
]);
/** Who acted, as an event tells it. */
export type EventActor = z.infer<typeof actorSchema>;

const envelope = {
  /** `<number>#<sequence>`: the same event has the same id however often it arrives. */
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
/** One event in its envelope; `type` tells the shape of `data`. */
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
/** An event of a kind that is not known here. */
export type AnyEvent = EventOf<Contracts>;

/** Each is made once, for the first event that needs it: making one takes longer than reading an event. */
const schemas = new WeakMap<z.ZodObject, z.ZodType>();

function schemaOf(type: string, contract: z.ZodObject): z.ZodType {
  const schema = schemas.get(contract) ?? z.object({ ...envelope, type: z.literal(type), data: contract });
  schemas.set(contract, schema);
  return schema;
}

/** The envelope of one event type, for validating what arrives. Unknown fields are left out of `data`, not refused. */
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

/** What became of reading an event: a type that is not known here is passed over, a broken event must be parked. */
export type ReadEvent<Event = AnyEvent> =
  | { kind: 'event'; event: Event }
  | { kind: 'unknown-type'; type: string }
  | { kind: 'invalid'; reason: string };

/** Reads an event by the contracts of its kind. */
export function readEvent<C extends Contracts>(value: unknown, contracts: C): ReadEvent<EventOf<C>> {
  const outer = envelopeSchema.safeParse(value);
  if (!outer.success) return { kind: 'invalid', reason: z.prettifyError(outer.error) };
  const { type } = outer.data;
  if (!Object.hasOwn(contracts, type)) return { kind: 'unknown-type', type };
  const inner = eventSchema(contracts, type as EventType<C>).safeParse(value);
  if (!inner.success) return { kind: 'invalid', reason: z.prettifyError(inner.error) };
  return { kind: 'event', event: inner.data };
}

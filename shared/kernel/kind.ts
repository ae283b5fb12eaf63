import type * as z from 'zod';
import type { AnyEvent, Contracts, DataOf, EventOf, EventType, HasText } from '../../events/envelope.ts';
import type { City } from '../config/city.ts';
import type { LocalizedText } from '../language/wording.ts';
import type { Position } from '../place/cell.ts';
import type { Audience } from './audiences.ts';
import type { Erased, PersonalPart, RetentionDates } from './erasure.ts';
import type { ClockName } from './clocks/sla.ts';
import type { CountEvent } from './figures.ts';
import type { Actor, Grant, AccessScope } from './permissions.ts';
import type { Photo } from './photos.ts';

/**
 * The definition of a kind of record: its `Model`, its rules by that model, and one object that lists them.
 * `shared/records/kinds.ts` lists the kinds.
 */

/** The fields of every record, whatever its kind. All follow from the events. */
export type RecordBase = {
  number: string;
  /** Sequence of the latest event; the condition of the next write. */
  version: number;
  /** Sequence of the latest event that is not in the background; commands based on an earlier version are stale. */
  touched: number;
  state: string;
  /** When the latest event happened. */
  updatedAt: string;
  submittedAt: string;
  /** The language of its resident. */
  locale?: 'zh' | 'en';
  /** Bytes of its stored history, 0 before it is stored; a DynamoDB item holds 400 KB at most. */
  storedBytes: number;
  endedAt?: string;
  /** The record that this one is a part of. */
  parent?: { number: string };
  photos: Photo[];
  /** The ends of the retention periods; none while the record is open. */
  eraseAt?: RetentionDates;
  erased?: Erased;
  /** Its resident asked for all personal data to be erased once it has ended. */
  erasureAsked?: boolean;
};

/** What lists show of every record; the indexes project it so that a list needs no further read. */
export type SummaryBase = {
  number: string;
  state: string;
  submittedAt: string;
  area: string;
  department?: string;
  category?: string;
  /** The beginning of the description, and the address: the text that lists are searched by. */
  excerpt?: string;
  address?: string;
  photos?: number;
  priority?: string;
  /** A running clock is overdue. */
  overdue?: true;
  /** WGS-84, where the record has a position. */
  position?: Position;
  /** The alert that a manager has to take over, and when its clock is due, while that runs. */
  alert?: { kind: string; at: string; area?: string; dueAt?: string };
};

/** What the public sees of an open record close by. */
export type Neighbour = Pick<
  SummaryBase,
  'number' | 'state' | 'submittedAt' | 'area' | 'category' | 'photos' | 'position'
>;

/** The types of a kind: its folded record, its contracts, its own refusals, and what lists show. */
export type Model = {
  record: RecordBase;
  contracts: Contracts;
  /** One of the events that the contracts describe. */
  event: AnyEvent;
  refusal: { kind: string };
  summary: SummaryBase;
};

export type StateOf<M extends Model> = M['record']['state'];
type Events<M extends Model> = EventType<M['contracts']>;
type Data<M extends Model, T extends Events<M>> = DataOf<M['contracts'], T>;
export type ModelEvent<M extends Model, T extends Events<M>> = EventOf<M['contracts'], T>;

/** A function whose parameters are checked bivariantly, so that rules of different kinds fit into one list. */
export type Bivariant<Args extends unknown[], Result> = { call(...args: Args): Result }['call'];

type Audiences<Event> = readonly Audience[] | Bivariant<[event: Event], readonly Audience[]>;

/** The rule of an event. What protects personal data has no default. */
export type EventRule<M extends Model, T extends Events<M> = Events<M>> = (
  | {
      /** The record after the event. `next` already has the version and times of the event. */
      evolve: Bivariant<[next: M['record'], event: ModelEvent<M, T>], M['record']>;
    }
  | {
      /** The record that the event opens. */
      open: Bivariant<[event: ModelEvent<M, T>], Omit<M['record'], 'storedBytes'>>;
    }
) & {
  /** The data without text of a person, in the same shape. */
  redact: Bivariant<[data: Data<M, T>], Data<M, T>>;
  /** Who may know that it happened. */
  visibleTo: Audiences<ModelEvent<M, T>>;
  /** Whether a command may still be based on the version before this event. */
  background: boolean;
  /** Ids of photos that have to be cleaned, blurred or deleted after it. */
  photos?: Bivariant<[data: Data<M, T>], string[]>;
} & (string extends T
    ? { textVisibleTo?: Audiences<ModelEvent<M, T>> }
    : HasText<M['contracts'][T]> extends true
      ? {
          /** Who may read its text. */
          textVisibleTo: Audiences<ModelEvent<M, T>>;
        }
      : { textVisibleTo?: never });

export type Shape = Readonly<Record<string, z.ZodType>>;
/** The values of fields; unknown where the fields are not known statically. */
export type Fields<F extends Shape> = string extends keyof F
  ? unknown
  : keyof F extends never
    ? unknown
    : z.infer<z.ZodObject<F>>;
type Open<F extends Shape> = Partial<Fields<F>>;

/** The inputs of a decision besides the record: the instant (UTC, RFC 3339), the actor, and the city's rules. */
export type Context = {
  now: string;
  actor: Actor;
  city: City;
  /** The version that the actor last saw; the command is refused if it is stale. */
  expectedVersion?: number | undefined;
};

/** Collects the events of one decision. Each event is applied at once, so that the next one can depend on it. */
export type History<M extends Model> = {
  readonly kind: RecordKind<M>;
  readonly number: string;
  readonly context: Context;
  /** The record after the events so far. */
  readonly state: M['record'];
  add<T extends Events<M>>(type: T, data: Data<M, T>): History<M>;
  decision(): Decision<M>;
};

/** An action that a record is due for, and when. */
export type Timer = { at: string; does: { kind: 'clock'; clock: ClockName } | { kind: string } };

export type Move<S extends string = string> = { from: readonly S[]; to: readonly (S | 'same')[] };

type CommandFields<F extends Shape, S extends Shape, Y extends Shape> = Fields<F> & Open<S> & Open<Y>;

type AnyRule<F extends Shape, S extends Shape, Y extends Shape, G extends Grant> = {
  /** The fields of the command; HTTP bodies and the desk's forms are derived from them. */
  fields: F;
  /** Further fields for staff. */
  staffFields?: S;
  /** Further fields for the product itself. */
  systemFields?: Y;
  /** Who may give it. */
  by: readonly G[];
};

/** The rule of a command on an existing record. */
export type CommandRule<
  M extends Model,
  F extends Shape = Shape,
  S extends Shape = Shape,
  Y extends Shape = Shape,
  G extends Grant = Grant,
> = AnyRule<F, S, Y, G> &
  Move<StateOf<M>> & {
    /** Further moves, possible only from some of the states. */
    also?: readonly Move<StateOf<M>>[];
    /** Whether the record already is as the command would leave it: then it changes nothing. */
    isDone?: Bivariant<[record: M['record'], command: CommandFields<F, S, Y>, context: Context], boolean>;
    /** Whether to offer the command, where state and grants allow it. */
    isUseful?: Bivariant<[record: M['record'], now: string], boolean>;
    /** The personal data it needs: refused once that is erased. */
    needs?: PersonalPart;
    /** It ends the record or is required by law, so a history that is full for other commands accepts it. */
    ends?: true;
    /** It does not affect the clocks, so the overdue check before it is skipped. */
    skipsOverdueCheck?: true;
    /** It is refused on a part; it has to be given to the parent record. */
    notOnPart?: true | Bivariant<[command: CommandFields<F, S, Y>], boolean>;
    run: Bivariant<[history: History<M>, command: CommandFields<F, S, Y>], Decision<M>>;
  };

/** The rule of a command that opens a record. */
export type OpeningRule<M extends Model, F extends Shape = Shape, G extends Grant = Grant> = AnyRule<
  F,
  Shape,
  Shape,
  G
> & {
  opens: true;
  /** The access scope of the record to be opened. */
  accessScope: Bivariant<[command: Fields<F>], AccessScope>;
  run: Bivariant<[history: History<M>, command: Fields<F>], Decision<M>>;
};

export type KernelRefusal =
  | { kind: 'not-found' }
  | { kind: 'not-permitted'; command: string }
  | { kind: 'wrong-state'; command: string; state: string; allowed: readonly string[] }
  | { kind: 'stale-version'; current: number }
  | { kind: 'history-full' }
  /** The command has to be given to the parent of this part. */
  | { kind: 'part-of-another'; parent: string }
  /** The data that the command needs has been erased. */
  | { kind: 'data-erased' };

/** The field of the command that a refusal is about, or that has this value; further members of the answer. */
export type RefusalDetails = { field?: string; value?: string; extra?: Record<string, unknown> };
export type Refusals<M extends Model> = {
  readonly [R in M['refusal']['kind']]: Bivariant<
    [refusal: Extract<M['refusal'], { kind: R }>],
    RefusalDetails
  >;
};

/** Without events the record already is as asked. */
export type Decision<M extends Model> =
  { ok: true; events: M['event'][] } | { ok: false; refusal: KernelRefusal | M['refusal'] };

/** A command on another record that an event causes. It must be idempotent. */
export type FollowUp = {
  number: string;
  command: { type: string };
  /** Skipped while the record does not exist. */
  ifThere?: true;
};

export type FollowUpRule<M extends Model, T extends Events<M>> = {
  /** Whether the event causes any. The relay decides by the event alone. */
  when: Bivariant<[event: ModelEvent<M, T>], boolean>;
  /** @param record as of now, which may be further along than the event. */
  commands: Bivariant<[event: ModelEvent<M, T>, record: M['record']], FollowUp[]>;
  /** Further commands after those, decided by the record as it is then. */
  afterwards?: Bivariant<[event: ModelEvent<M, T>, record: M['record']], FollowUp[]>;
};
export type FollowUpRules<M extends Model> = { readonly [T in Events<M>]?: FollowUpRule<M, T> };

/** The index entries of a record, and what lists show of it. */
export type Indexed<M extends Model = Model> = {
  summary: M['summary'];
  /**
   * The inbox it is listed in (by department, by the handler assigned by name, by area), and its sort key there, an
   * instant.
   */
  inbox?: {
    department: string;
    area: string;
    handler?: string;
    view: 'triage' | 'open' | 'suspended' | 'done';
    order: string;
  };
  /** What the public sees of it. */
  neighbour?: Neighbour;
  /** The map cell it is listed under for the public. */
  cell?: string;
  alert?: { area: string; at: string };
};

export type AnyCommandRule<M extends Model> = CommandRule<M> | OpeningRule<M>;

export type RecordKind<
  M extends Model = Model,
  C extends Readonly<Record<string, AnyCommandRule<M>>> = Readonly<Record<string, AnyCommandRule<M>>>,
> = {
  /** The model, for types alone. */
  readonly model?: M;
  name: string;
  /** The letter before the date in a number that tells the kind. Reports have none. */
  letter: string;
  states: Readonly<Record<StateOf<M>, LocalizedText>>;
  /** Final states, for the diagram. */
  lastStates: readonly StateOf<M>[];
  contracts: M['contracts'];
  /** Converts events of earlier versions to today's form, by type. */
  upcasts?: Readonly<Record<string, (event: AnyEvent) => AnyEvent>>;
  events: EventRules<M>;
  commands: C;
  followUps: FollowUpRules<M>;
  /** What one event adds to the figures, and to which rows. */
  countsOf: CountEvent;
  refusals: Refusals<M>;
  accessScope: Bivariant<[record: M['record']], AccessScope>;
  /** The timers of a record, without those for erasure. */
  timers: Bivariant<[record: M['record']], Timer[]>;
  /** When the action of a timer became due, if that differs from the timer's own instant. */
  dueSince?: Bivariant<[record: M['record'], timer: Timer, now: string], string>;
  fire: Bivariant<[history: History<M>, timer: Timer], void>;
  /** Records breaches that are due but not recorded yet, before a command that affects the clocks. */
  emitOverdueBreaches?: Bivariant<[history: History<M>], void>;
  indexes: Bivariant<[record: M['record']], Indexed<M>>;
};

export type AnyKind = RecordKind;
/** The part of a kind that reading its events needs; without its commands. */
export type PublishedKind<M extends Model = Model> = Pick<
  RecordKind<M>,
  'model' | 'name' | 'letter' | 'contracts' | 'upcasts' | 'events' | 'followUps' | 'countsOf'
>;
export type ModelOf<K extends PublishedKind> = NonNullable<K['model']>;
export type RecordOf<K extends AnyKind> = ModelOf<K>['record'];
export type KindEvent<K extends PublishedKind> = ModelOf<K>['event'];
export type SummaryOf<K extends AnyKind> = ModelOf<K>['summary'];

type Given<Rule> =
  Rule extends CommandRule<infer _M, infer F, infer S, infer Y>
    ? CommandFields<F, S, Y>
    : Rule extends OpeningRule<infer _N, infer F>
      ? Fields<F>
      : never;
/** One of these commands. */
export type CommandIn<C, N extends keyof C & string = keyof C & string> = {
  [Name in N]: { type: Name } & Given<C[Name]>;
}[N];
/** A command of a kind. */
export type CommandOf<K extends AnyKind> = CommandIn<K['commands']>;

/** `commandRule<M>()(rule)` is the rule, with the types of its fields carried into its functions. */
export function commandRule<M extends Model>() {
  return <
    const F extends Shape,
    const G extends Grant,
    const S extends Shape = Shape,
    const Y extends Shape = Shape,
  >(
    rule: CommandRule<M, F, S, Y, G>,
  ): CommandRule<M, F, S, Y, G> => rule;
}

export function openingRule<M extends Model>() {
  return <const F extends Shape, const G extends Grant>(rule: OpeningRule<M, F, G>): OpeningRule<M, F, G> =>
    rule;
}

/** The rules of a model's events, all of them. */
export type EventRules<M extends Model> = { readonly [T in Events<M>]: EventRule<M, T> };

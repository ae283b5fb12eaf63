import type * as z from 'zod';
import type { AnyEvent, Contracts, DataOf, EventOf, EventType, HasText } from '../../events/envelope.ts';
import type { City } from '../config/city.ts';
import type { LocalizedText } from '../language/wording.ts';
import type { Position } from '../place/cell.ts';
import type { Audience } from './audiences.ts';
import type { Erased, Keeping, PersonalPart } from './erasure.ts';
import type { ClockName } from './clocks/sla.ts';
import type { CountEvent } from './figures.ts';
import type { Actor, Grant, AccessScope } from './permissions.ts';
import type { Photo } from './photos.ts';

/**
 * What a kind of record is made of. A kind writes down its `Model`, then its rules against the model, then one object
 * that lists them; `shared/records/kinds.ts` names the kinds.
 */

/** What every record has, whatever its kind. It follows from the events; nothing else is remembered. */
export type RecordBase = {
  number: string;
  /** Sequence of the latest event; the condition of the next write. */
  version: number;
  /** Sequence of the latest event that a person deciding about the record would want to have seen. */
  touched: number;
  state: string;
  /** When the latest event happened. */
  updatedAt: string;
  submittedAt: string;
  /** The language of its person. */
  locale?: 'zh' | 'en';
  /** Bytes its history takes as it is stored, 0 before it is; an item of the table holds 400 KB at most. */
  weight: number;
  endedAt?: string;
  /** The record that this one is a part of. */
  parent?: { number: string };
  photos: Photo[];
  /** Until when what is personal is kept; none while it is open. */
  eraseAt?: Keeping;
  erased?: Erased;
  /** Its person wants nothing personal kept once it has ended. */
  erasureAsked?: boolean;
};

/** What lists show of every record; the indexes carry it so that a list reads nothing else. */
export type SummaryBase = {
  number: string;
  state: string;
  submittedAt: string;
  area: string;
  department?: string;
  category?: string;
  /** The beginning of what was written, and where it is: what a list is searched by. */
  excerpt?: string;
  address?: string;
  photos?: number;
  priority?: string;
  /** A clock that it is held to has run out and not been stopped. */
  overdue?: true;
  /** WGS-84, where the record has a position. */
  position?: Position;
  /** What waits for somebody above, with when the clock that it is about is due, while that runs. */
  alert?: { kind: string; at: string; area?: string; dueAt?: string };
};

/** What neighbours are shown of an open record. */
export type Neighbour = Pick<
  SummaryBase,
  'number' | 'state' | 'submittedAt' | 'area' | 'category' | 'photos' | 'position'
>;

/** What the rules of a kind are typed by: its folded record, its contracts, its own refusals, what lists show. */
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

/** A function whose argument may be narrower where it is listed with others: rules of many kinds lie in one list. */
type Taking<Args extends unknown[], Result> = { call(...args: Args): Result }['call'];

type Audiences<Event> = readonly Audience[] | Taking<[event: Event], readonly Audience[]>;

/** What is true of an event. What guards people has no default. */
export type EventRule<M extends Model, T extends Events<M> = Events<M>> = (
  | {
      /** The record after the event. `next` is the record with the version and times that the event brings. */
      evolve: Taking<[next: M['record'], event: ModelEvent<M, T>], M['record']>;
    }
  | {
      /** The record that the event opens. */
      open: Taking<[event: ModelEvent<M, T>], Omit<M['record'], 'weight'>>;
    }
) & {
  /** The data without text of a person, in the same shape. */
  redact: Taking<[data: Data<M, T>], Data<M, T>>;
  /** Who may know that it happened. */
  visibleTo: Audiences<ModelEvent<M, T>>;
  /** Whether it happens without interrupting a person at work: a command of someone who has not seen it still counts. */
  background: boolean;
  /** Ids of photos whose bytes it asks something of: to be cleaned, blurred or deleted. */
  photos?: Taking<[data: Data<M, T>], string[]>;
} & (string extends T
    ? { wordsTo?: Audiences<ModelEvent<M, T>> }
    : HasText<M['contracts'][T]> extends true
      ? {
          /** Who may read its text. */
          wordsTo: Audiences<ModelEvent<M, T>>;
        }
      : { wordsTo?: never });

export type Shape = Readonly<Record<string, z.ZodType>>;
/** What fills fields in; of fields that are not known here, nothing is. */
export type Fields<F extends Shape> = string extends keyof F
  ? unknown
  : keyof F extends never
    ? unknown
    : z.infer<z.ZodObject<F>>;
type Open<F extends Shape> = Partial<Fields<F>>;

/** What a decision may know besides the record: the instant (UTC, RFC 3339), who asks, and the city's rules. */
export type Context = {
  now: string;
  actor: Actor;
  city: City;
  /** The version that the asker last saw; what somebody decided since is not changed behind their back. */
  expectedVersion?: number | undefined;
};

/** The events of one decision, each seen by the next: numbers, ids and clocks follow from the record so far. */
export type History<M extends Model> = {
  readonly kind: RecordKind<M>;
  readonly number: string;
  readonly context: Context;
  /** The record as the events so far leave it. */
  readonly state: M['record'];
  add<T extends Events<M>>(type: T, data: Data<M, T>): History<M>;
  decision(): Decision<M>;
};

/** What happens to a record by itself, and when. */
export type Timer = { at: string; does: { kind: 'clock'; clock: ClockName } | { kind: string } };

export type Move<S extends string = string> = { from: readonly S[]; to: readonly (S | 'same')[] };

type CommandFields<F extends Shape, S extends Shape, Y extends Shape> = Fields<F> & Open<S> & Open<Y>;

type AnyRule<F extends Shape, S extends Shape, Y extends Shape, G extends Grant> = {
  /** What whoever gives it fills in; HTTP bodies and the desk's forms are made from it. */
  fields: F;
  /** What staff alone may add. */
  staffFields?: S;
  /** What the product alone may add. */
  systemFields?: Y;
  /** Who may give it. */
  by: readonly G[];
};

/** What is true of a command on a record that exists. */
export type CommandRule<
  M extends Model,
  F extends Shape = Shape,
  S extends Shape = Shape,
  Y extends Shape = Shape,
  G extends Grant = Grant,
> = AnyRule<F, S, Y, G> &
  Move<StateOf<M>> & {
    /** Further moves, from some of the states alone. */
    also?: readonly Move<StateOf<M>>[];
    /** Whether the record is already as the command would leave it: the second of two equal ones changes nothing. */
    isDone?: Taking<[record: M['record'], command: CommandFields<F, S, Y>, context: Context], boolean>;
    /** Whether there is something for it to do, for whom the states and grants allow it. Only what is offered. */
    isUseful?: Taking<[record: M['record'], now: string], boolean>;
    /** What of the record it cannot do without. */
    needs?: PersonalPart;
    /** It brings the record to its end or keeps it lawful: a history that is full for others takes it. */
    ends?: true;
    /** It doesn't affect the clocks, so it skips what the kind does first for those that do. */
    keepsClocks?: true;
    /** It is given to the record that this one is a part of, never to a part. */
    wholeOnly?: true | Taking<[command: CommandFields<F, S, Y>], boolean>;
    run: Taking<[history: History<M>, command: CommandFields<F, S, Y>], Decision<M>>;
  };

/** What is true of a command that makes a record. */
export type OpeningRule<M extends Model, F extends Shape = Shape, G extends Grant = Grant> = AnyRule<
  F,
  Shape,
  Shape,
  G
> & {
  opens: true;
  /** Where the record will stand. */
  standing: Taking<[command: Fields<F>], AccessScope>;
  run: Taking<[history: History<M>, command: Fields<F>], Decision<M>>;
};

export type KernelRefusal =
  | { kind: 'not-found' }
  | { kind: 'not-permitted'; command: string }
  | { kind: 'wrong-state'; command: string; state: string; allowed: readonly string[] }
  | { kind: 'stale-version'; current: number }
  | { kind: 'history-full' }
  /** A part's matters are decided by way of the record that it belongs to. */
  | { kind: 'part-of-another'; parent: string }
  /** What the command is about, or would add to, has been erased. */
  | { kind: 'data-erased' };

/** What a refusal is about: a field of the command, or the one that has a value; and what else the answer says. */
export type RefusalDetails = { field?: string; value?: string; extra?: Record<string, unknown> };
export type Refusals<M extends Model> = {
  readonly [R in M['refusal']['kind']]: Taking<[refusal: Extract<M['refusal'], { kind: R }>], RefusalDetails>;
};

/** No events means that the record is already as asked. */
export type Decision<M extends Model> =
  { ok: true; events: M['event'][] } | { ok: false; refusal: KernelRefusal | M['refusal'] };

/** A command for another record that an event asks for. Harmless when it is given again. */
export type FollowUp = {
  number: string;
  command: { type: string };
  /** There is nothing to do while the record is not there. */
  ifThere?: true;
};

export type FollowUpRule<M extends Model, T extends Events<M>> = {
  /** Whether the event asks for any: the relay knows no more than the event. */
  when: Taking<[event: ModelEvent<M, T>], boolean>;
  /** @param record as of now, which may be further along than the event. */
  commands: Taking<[event: ModelEvent<M, T>, record: M['record']], FollowUp[]>;
  /** What is asked once those are carried out, by the record as it is then. */
  afterwards?: Taking<[event: ModelEvent<M, T>, record: M['record']], FollowUp[]>;
};
export type FollowUpRules<M extends Model> = { readonly [T in Events<M>]?: FollowUpRule<M, T> };

/** Where a record is listed, and what lists show of it. */
export type Indexed<M extends Model = Model> = {
  summary: M['summary'];
  /**
   * Where it is listed: with its department, the named person there who has it in hand, and its area; and its place
   * in those lists, an instant.
   */
  inbox?: {
    department: string;
    area: string;
    handler?: string;
    view: 'triage' | 'open' | 'suspended' | 'done';
    order: string;
  };
  /** What neighbours are shown of it. */
  neighbour?: Neighbour;
  /** Where neighbours find it. */
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
  /** Stands before the date in a number, and tells the kind. Reports have none. */
  letter: string;
  states: Readonly<Record<StateOf<M>, LocalizedText>>;
  /** States that nothing follows, in the diagram. */
  lastStates: readonly StateOf<M>[];
  contracts: M['contracts'];
  /** How events of earlier versions are read: by their type, what they are now. */
  upcasts?: Readonly<Record<string, (event: AnyEvent) => AnyEvent>>;
  events: EventRules<M>;
  commands: C;
  followUps: FollowUpRules<M>;
  /** What one event adds to the figures, and to which rows. */
  countsOf: CountEvent;
  refusals: Refusals<M>;
  standing: Taking<[record: M['record']], AccessScope>;
  /** What happens to a record by itself, but for erasure. */
  timers: Taking<[record: M['record']], Timer[]>;
  /** When what a timer has to do became due, where that is not when it wakes. */
  dueSince?: Taking<[record: M['record'], timer: Timer, now: string], string>;
  fire: Taking<[history: History<M>, timer: Timer], void>;
  /** What is said first of clocks that ran out unnoticed, before a command that affects them. */
  emitOverdueBreaches?: Taking<[history: History<M>], void>;
  indexes: Taking<[record: M['record']], Indexed<M>>;
};

export type AnyKind = RecordKind;
/** What of a kind those need who read its events and give no command. */
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

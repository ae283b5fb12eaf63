import type { AnyEvent } from '../../events/envelope.ts';
import type { City } from '../config/city.ts';
import type { LocalizedText } from '../language/wording.ts';
import type { Audience } from './audiences.ts';
import { seenBy } from './fold.ts';
import type { AnyKind, KindEvent, Model, ModelEvent, RecordBase, RecordOf } from './kind.ts';

/** Who is told: a record's person (by the record's number), or a department. */
export type Recipient = { kind: 'resident'; number: string } | { kind: 'department'; department: string };

/** One thing to tell one recipient. `id` is the same for the same event and recipient, however often it is made. */
export type Notice = {
  id: string;
  to: Recipient;
  number: string;
  subject: LocalizedText;
  text: LocalizedText;
};

/** Who a digest goes to: a department's people on duty, its head, or whoever answers for an area. */
export type DigestRecipient =
  | { kind: 'department'; department: string }
  | { kind: 'head'; department: string }
  | { kind: 'area'; area: string };

export type AlertKind = 'warning' | 'breach' | 'escalation' | 'extension' | 'follow-up';

/** One line of a digest. `id` is the same for the same event and recipient, however often it is made. */
export type DigestLine = {
  id: string;
  to: DigestRecipient;
  kind: AlertKind;
  number: string;
  text: LocalizedText;
};

/** Whom a kind's message is for. Followers have records of their own, by whose numbers they are reached. */
export type Told =
  | { to: 'party' | 'followers'; subject: LocalizedText; text: LocalizedText }
  | { to: { department: string | undefined }; subject: LocalizedText; text: LocalizedText };
export type ToldInDigest = { to: DigestRecipient; kind: AlertKind; text: LocalizedText };

type Telling<Args extends unknown[], Result> = { call(...args: Args): Result }['call'];

/** What a kind tells people, by event; an event that is missing is told to nobody. */
export type NoticeRules<M extends Model = Model> = {
  /** @param record as of now, which may be further along than the event. */
  readonly notices: {
    readonly [T in keyof M['contracts'] & string]?: Telling<
      [event: ModelEvent<M, T>, record: M['record'], city: City],
      Told[]
    >;
  };
  readonly digestLines: {
    readonly [T in keyof M['contracts'] & string]?: Telling<
      [event: ModelEvent<M, T>, record: M['record'], city: City],
      ToldInDigest[]
    >;
  };
  /** Whose numbers follow the record. */
  followers: Telling<[record: M['record']], readonly string[]>;
};

/** The events that somebody is told of, of any kind of record; whoever tells subscribes to these. */
export function toldTypes(rules: Readonly<Record<string, NoticeRules>>): string[] {
  const types = Object.values(rules).flatMap(({ notices, digestLines }) => [
    ...Object.keys(notices),
    ...Object.keys(digestLines),
  ]);
  return [...new Set(types)];
}

/** Who is told what of one event: each audience by what it may know of it. */
export function noticesOf<K extends AnyKind>(
  kind: K,
  rules: NoticeRules,
  event: KindEvent<K>,
  record: RecordOf<K>,
  city: City,
): Notice[];
export function noticesOf(
  kind: AnyKind,
  rules: NoticeRules,
  event: AnyEvent,
  record: RecordBase,
  city: City,
): Notice[] {
  // A part of another record is no resident's: they hear of the record that it belongs to.
  const told: Audience[] = record.parent ? ['staff'] : ['staff', 'party', 'follower'];
  return told.flatMap((audience) => {
    const seen = seenBy(kind, audience, event);
    const all = (seen && rules.notices[seen.type]?.(seen, record, city)) ?? [];
    return all
      .filter((message) => audienceOf(message) === audience)
      .flatMap((message) => addressed(event, message, recipientsOf(message, record, rules)));
  });
}

function addressed(event: AnyEvent, { subject, text }: Told, recipients: Recipient[]): Notice[] {
  return recipients.map((to) => ({
    id: `${event.id}>${to.kind === 'resident' ? to.number : to.department}`,
    to,
    number: event.number,
    subject,
    text,
  }));
}

function audienceOf({ to }: Told): Audience {
  if (typeof to === 'object') return 'staff';
  return to === 'party' ? 'party' : 'follower';
}

function recipientsOf({ to }: Told, record: RecordBase, rules: NoticeRules): Recipient[] {
  if (to === 'party') return [{ kind: 'resident', number: record.number }];
  if (to === 'followers') return rules.followers(record).map((number) => ({ kind: 'resident', number }));
  return to.department === undefined ? [] : [{ kind: 'department', department: to.department }];
}

/** The digest lines of one event, for staff alone. */
export function digestLinesOf<K extends AnyKind>(
  kind: K,
  rules: NoticeRules,
  event: KindEvent<K>,
  record: RecordOf<K>,
  city: City,
): DigestLine[];
export function digestLinesOf(
  kind: AnyKind,
  rules: NoticeRules,
  event: AnyEvent,
  record: RecordBase,
  city: City,
): DigestLine[] {
  const seen = seenBy(kind, 'staff', event);
  if (!seen) return [];
  return (rules.digestLines[event.type]?.(seen, record, city) ?? []).map(({ to, kind: alert, text }) => ({
    id: `${event.id}>${recipientName(to)}`,
    to,
    kind: alert,
    number: event.number,
    text,
  }));
}

/** What subscribers filter on. */
export function recipientName(to: DigestRecipient): string {
  switch (to.kind) {
    case 'department':
      return `department#${to.department}`;
    case 'head':
      return `head#${to.department}`;
    case 'area':
      return `area#${to.area}`;
  }
}

import type { AnyEvent } from '../../events/envelope.ts';
import type { City } from '../config/city.ts';
import type { LocalizedText } from '../language/wording.ts';
import type { Audience } from './audiences.ts';
import { seenBy } from './fold.ts';
import type { AnyKind, Bivariant, KindEvent, Model, ModelEvent, RecordBase, RecordOf } from './kind.ts';

/** The recipient of a notice: the resident of a record (by its number), or a department. */
export type Recipient = { kind: 'resident'; number: string } | { kind: 'department'; department: string };

/** A notice to one recipient. `id` is the same for the same event and recipient, however often it is created. */
export type Notice = {
  id: string;
  to: Recipient;
  number: string;
  subject: LocalizedText;
  text: LocalizedText;
};

/** The recipient of a digest: a department's people on duty, its head, or whoever is responsible for an area. */
export type DigestRecipient =
  | { kind: 'department'; department: string }
  | { kind: 'head'; department: string }
  | { kind: 'area'; area: string };

export type AlertKind = 'warning' | 'breach' | 'escalation' | 'extension' | 'follow-up';

/** One line of a digest. `id` is the same for the same event and recipient, however often it is created. */
export type DigestLine = {
  id: string;
  to: DigestRecipient;
  kind: AlertKind;
  number: string;
  text: LocalizedText;
};

/** A notice before it is addressed. Followers are reached by the numbers of their own records. */
export type NoticeDraft = {
  to: 'party' | 'followers' | { department: string | undefined };
  subject: LocalizedText;
  text: LocalizedText;
};
export type DigestDraft = { to: DigestRecipient; kind: AlertKind; text: LocalizedText };

/** The notices of a kind, by event; an event that is missing causes none. */
export type NoticeRules<M extends Model = Model> = {
  /** @param record as of now, which may be further along than the event. */
  readonly notices: {
    readonly [T in keyof M['contracts'] & string]?: Bivariant<
      [event: ModelEvent<M, T>, record: M['record'], city: City],
      NoticeDraft[]
    >;
  };
  readonly digestLines: {
    readonly [T in keyof M['contracts'] & string]?: Bivariant<
      [event: ModelEvent<M, T>, record: M['record'], city: City],
      DigestDraft[]
    >;
  };
  /** Numbers of the records merged into the record. */
  followers: Bivariant<[record: M['record']], readonly string[]>;
};

/** The types of events, of any kind, that cause a notice or a digest line; the notifying functions subscribe to them. */
export function noticeEventTypes(rules: Readonly<Record<string, NoticeRules>>): string[] {
  const types = Object.values(rules).flatMap(({ notices, digestLines }) => [
    ...Object.keys(notices),
    ...Object.keys(digestLines),
  ]);
  return [...new Set(types)];
}

/** The notices of one event, each built from what its audience may read. */
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
  // A part has no resident: they are told about its parent.
  const told: Audience[] = record.parent ? ['staff'] : ['staff', 'party', 'follower'];
  return told.flatMap((audience) => {
    const seen = seenBy(kind, audience, event);
    const all = (seen && rules.notices[seen.type]?.(seen, record, city)) ?? [];
    return all
      .filter((message) => audienceOf(message) === audience)
      .flatMap((message) => addressed(event, message, recipientsOf(message, record, rules)));
  });
}

function addressed(event: AnyEvent, { subject, text }: NoticeDraft, recipients: Recipient[]): Notice[] {
  return recipients.map((to) => ({
    id: `${event.id}>${to.kind === 'resident' ? to.number : to.department}`,
    to,
    number: event.number,
    subject,
    text,
  }));
}

function audienceOf({ to }: NoticeDraft): Audience {
  if (typeof to === 'object') return 'staff';
  return to === 'party' ? 'party' : 'follower';
}

function recipientsOf({ to }: NoticeDraft, record: RecordBase, rules: NoticeRules): Recipient[] {
  if (to === 'party') return [{ kind: 'resident', number: record.number }];
  if (to === 'followers') return rules.followers(record).map((number) => ({ kind: 'resident', number }));
  return to.department === undefined ? [] : [{ kind: 'department', department: to.department }];
}

/** The digest lines of one event; digests go to staff only. */
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

/** The message attribute that subscribers filter on. */
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

import type { AnyEvent } from '../../events/envelope.ts';
import type { City } from '../config/city.ts';

/**
 * The personal data of a record: contact details; what people wrote, with the exact place; photos. Each is kept no
 * longer than necessary (PIPL Art. 19) and erased when its person asks for it (Art. 47).
 */
export const personalParts = ['contact', 'text', 'photos'] as const;
export type PersonalPart = (typeof personalParts)[number];

/** The end of the retention period of each part. */
export type RetentionDates = Record<PersonalPart, string>;
/** When each erased part was erased. */
export type Erased = Partial<Record<PersonalPart, string>>;

/** Placeholder for erased text. */
export const erasedText = '（已删除 Erased）';

const dayMilliseconds = 86_400_000;

/** The ends of the retention periods of a record that ends now, by the city's rules. */
export function retentionDates(now: string, { retention }: City): RetentionDates {
  const until = (days: number): string => new Date(Date.parse(now) + days * dayMilliseconds).toISOString();
  return {
    contact: until(retention.contactDays),
    text: until(retention.textDays),
    photos: until(retention.photoDays),
  };
}

type Retained = { eraseAt?: RetentionDates; erased?: Erased };

/** The personal data not yet erased of a record that has ended, each with the end of its retention period. */
export function keptParts({ eraseAt, erased }: Retained): [PersonalPart, string][] {
  if (!eraseAt) return [];
  return personalParts.flatMap((part) => (erased?.[part] === undefined ? [[part, eraseAt[part]]] : []));
}

/** What can be erased now. Of an open record only the contact, since handling it needs the rest (PIPL Art. 47). */
export function erasable(record: Retained & { endedAt?: string; erasureAsked?: boolean }): PersonalPart[] {
  const { endedAt, erased, erasureAsked } = record;
  if (endedAt === undefined) return erasureAsked === true ? [] : ['contact'];
  return personalParts.filter((part) => erased?.[part] === undefined);
}

/** For a rule's `redact`: the event contains no text. */
export const noText = <Data>(data: Data): Data => data;

/** For a rule's `redact`: these fields contain text. */
export function redactText<Field extends string>(...fields: Field[]) {
  return <Data extends Partial<Record<Field, string | undefined>>>(data: Data): Data => ({
    ...data,
    ...Object.fromEntries(
      fields.filter((field) => data[field] !== undefined).map((field) => [field, erasedText]),
    ),
  });
}

/**
 * A history without the data that its erasures remove: the same events in the same order, still valid, with the same
 * states and figures. Idempotent.
 */
export function redacted(
  events: readonly AnyEvent[],
  withoutText: (event: AnyEvent) => AnyEvent,
): AnyEvent[] {
  let kept: AnyEvent[] = [];
  for (const event of events) {
    const parts = erasedParts(event);
    if (parts.includes('text')) kept = kept.map(withoutText);
    if (parts.includes('photos')) kept = kept.map(withoutPhotos);
    kept.push(event);
  }
  return kept;
}

const erasureType = 'personal-data-erased.v1';

function erasedParts({ type, data }: AnyEvent): readonly PersonalPart[] {
  return type === erasureType ? (data as { parts: readonly PersonalPart[] }).parts : [];
}

/** The erasure event keeps the ids of photos, so that their bytes can be deleted. */
function withoutPhotos(event: AnyEvent): AnyEvent {
  if (event.type === erasureType || !('photos' in event.data)) return event;
  return { ...event, data: { ...event.data, photos: [] } };
}

import type { AnyEvent } from '../../events/envelope.ts';
import type { City } from '../config/city.ts';

/**
 * What of a record is personal: how to reach whoever it is about; what people wrote, with the exact place; the photos.
 * Each is kept no longer than it takes (PIPL Art. 19) and erased when its person asks for it (Art. 47).
 */
export const personalParts = ['contact', 'text', 'photos'] as const;
export type PersonalPart = (typeof personalParts)[number];

/** Until when each part is kept. */
export type Keeping = Record<PersonalPart, string>;
/** When each part was erased, as far as it was. */
export type Erased = Partial<Record<PersonalPart, string>>;

/** Placeholder for erased text. */
export const erasedText = '（已删除 Erased）';

const dayMilliseconds = 86_400_000;

/** Until when the parts of a record that ends now are kept by the city's rules. */
export function keepingFrom(now: string, { retention }: City): Keeping {
  const until = (days: number): string => new Date(Date.parse(now) + days * dayMilliseconds).toISOString();
  return {
    contact: until(retention.contactDays),
    text: until(retention.textDays),
    photos: until(retention.photoDays),
  };
}

type Kept = { eraseAt?: Keeping; erased?: Erased };

/** What is personal and still there, of a record that has ended, and until when. */
export function keptParts({ eraseAt, erased }: Kept): [PersonalPart, string][] {
  if (!eraseAt) return [];
  return personalParts.flatMap((part) => (erased?.[part] === undefined ? [[part, eraseAt[part]]] : []));
}

/** What can be erased now: of an open record the contact alone, for its handling needs the rest (PIPL Art. 47). */
export function erasable(record: Kept & { endedAt?: string; erasureAsked?: boolean }): PersonalPart[] {
  const { endedAt, erased, erasureAsked } = record;
  if (endedAt === undefined) return erasureAsked === true ? [] : ['contact'];
  return personalParts.filter((part) => erased?.[part] === undefined);
}

/** For a rule's `redact`: nothing in the event is text. */
export const noText = <Data>(data: Data): Data => data;

/** For a rule's `redact`: these fields are text. */
export function redactText<Field extends string>(...fields: Field[]) {
  return <Data extends Partial<Record<Field, string | undefined>>>(data: Data): Data => ({
    ...data,
    ...Object.fromEntries(
      fields.filter((field) => data[field] !== undefined).map((field) => [field, erasedText]),
    ),
  });
}

/**
 * A history without what its erasures took away: the same events in the same order, as valid as before, in the same
 * states and figures. Applying it again changes nothing.
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

/** The erasure itself keeps the ids of photos, for whoever deletes their bytes. */
function withoutPhotos(event: AnyEvent): AnyEvent {
  if (event.type === erasureType || !('photos' in event.data)) return event;
  return { ...event, data: { ...event.data, photos: [] } };
}

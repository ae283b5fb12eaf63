import type { AnyEvent, EventActor } from '../../events/envelope.ts';
import type { City } from '../config/city.ts';
import type { LocalizedText } from '../language/wording.ts';
import type { Audience } from './audiences.ts';
import { isReadable, seenBy } from './fold.ts';
import type { AnyKind, KindEvent, Model, ModelEvent } from './kind.ts';

/** One entry of a record's timeline; `words` is the text that a person wrote. */
export type TimelineEntry<Type extends string = string> = {
  at: string;
  type: Type;
  text: LocalizedText;
  words?: string;
  photos?: string[];
};
export type StaffTimelineEntry<Type extends string = string> = TimelineEntry<Type> & { actor: EventActor };

type Described = LocalizedText & { words?: string | undefined; photos?: string[] };
type Describe<Event> = { call(event: Event, city: City, earlier: readonly AnyEvent[]): Described }['call'];

/** The descriptions of all events of a kind; `earlier` are the record's events before it. */
export type Timeline<M extends Model = Model> = {
  readonly [T in keyof M['contracts'] & string]: Describe<ModelEvent<M, T>>;
};

/** The timeline that an audience may read, oldest first. */
export function timelineFor<K extends AnyKind>(
  kind: K,
  timeline: Timeline,
  audience: Audience,
  events: readonly KindEvent<K>[],
  city: City,
): TimelineEntry<KindEvent<K>['type']>[];
export function timelineFor(
  kind: AnyKind,
  timeline: Timeline,
  audience: Audience,
  events: readonly AnyEvent[],
  city: City,
): TimelineEntry[] {
  return describedFor(kind, timeline, audience, events, city).map(({ entry }) => entry);
}

/** The timeline for staff, with the actors. */
export function staffTimeline<K extends AnyKind>(
  kind: K,
  timeline: Timeline,
  events: readonly KindEvent<K>[],
  city: City,
): StaffTimelineEntry<KindEvent<K>['type']>[];
export function staffTimeline(
  kind: AnyKind,
  timeline: Timeline,
  events: readonly AnyEvent[],
  city: City,
): StaffTimelineEntry[] {
  return describedFor(kind, timeline, 'staff', events, city).map(({ entry, event }) => ({
    ...entry,
    actor: event.actor,
  }));
}

function describedFor(
  kind: AnyKind,
  timeline: Timeline,
  audience: Audience,
  events: readonly AnyEvent[],
  city: City,
): { event: AnyEvent; entry: TimelineEntry }[] {
  return events.flatMap((event, at) => {
    const seen = seenBy(kind, audience, event);
    if (!seen) return [];
    const isReadableText = isReadable(kind, audience, event);
    return [{ event, entry: entryOf(timeline, seen, city, events.slice(0, at), isReadableText) }];
  });
}

function entryOf(
  timeline: Timeline,
  event: AnyEvent,
  city: City,
  earlier: readonly AnyEvent[],
  isReadableText: boolean,
): TimelineEntry {
  const { type, occurredAt: at } = event;
  const describe = timeline[type];
  if (!describe) throw new Error(`no timeline entry for ${type}`);
  const { zh, en, words, photos } = describe(event, city, earlier);
  return {
    at,
    type,
    text: { zh, en },
    ...(words !== undefined && isReadableText && { words }),
    ...(photos && { photos }),
  };
}

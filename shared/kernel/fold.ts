import type { AnyEvent } from '../../events/envelope.ts';
import type { Audience } from './audiences.ts';
import { redacted } from './erasure.ts';
import type { AnyKind, EventRule, KindEvent, PublishedKind, RecordBase, RecordOf } from './kind.ts';

function ruleOf(kind: PublishedKind, type: string): EventRule<NonNullable<PublishedKind['model']>> {
  const rule = kind.events[type];
  if (!rule) throw new Error(`${type} is no event of kind ${kind.name}`);
  return rule;
}

/** Applies one event. The first event of a history must open the record. */
export function evolve<K extends AnyKind>(
  kind: K,
  record: RecordOf<K> | undefined,
  event: KindEvent<K>,
): RecordOf<K>;
export function evolve(kind: AnyKind, record: RecordBase | undefined, event: AnyEvent): RecordBase {
  const rule = ruleOf(kind, event.type);
  if ('open' in rule) return { ...rule.open(event), storedBytes: 0 };
  if (!record) throw new Error(`${event.id}: ${event.type} opens no record`);
  const { sequence: version, occurredAt: updatedAt } = event;
  const touched = rule.background ? record.touched : version;
  return rule.evolve({ ...record, version, touched, updatedAt }, event);
}

/** The record after all events of a history. @throws on an empty one. */
export function fold<K extends AnyKind>(kind: K, events: readonly KindEvent<K>[]): RecordOf<K>;
export function fold(kind: AnyKind, events: readonly AnyEvent[]): RecordBase {
  let record: RecordBase | undefined;
  for (const event of events) record = evolve(kind, record, event);
  if (!record) throw new Error('a record has at least one event');
  return record;
}

/** A history without the data that its erasures remove. */
export function redactedHistory<K extends AnyKind>(kind: K, events: readonly KindEvent<K>[]): KindEvent<K>[];
export function redactedHistory(kind: AnyKind, events: readonly AnyEvent[]): AnyEvent[] {
  return redacted(events, (event) => withoutText(kind, event));
}

function withoutText(kind: PublishedKind, event: AnyEvent): AnyEvent {
  return { ...event, data: ruleOf(kind, event.type).redact(event.data) };
}

/** The event as an audience may read it: without its text if they may not read that, or undefined. */
export function seenBy<K extends PublishedKind>(
  kind: K,
  audience: Audience,
  event: KindEvent<K>,
): KindEvent<K> | undefined;
export function seenBy(kind: PublishedKind, audience: Audience, event: AnyEvent): AnyEvent | undefined {
  if (!isVisible(kind, audience, event)) return undefined;
  return isReadable(kind, audience, event) ? event : withoutText(kind, event);
}

export function isVisible(kind: PublishedKind, audience: Audience, event: AnyEvent): boolean {
  const { visibleTo } = ruleOf(kind, event.type);
  return (typeof visibleTo === 'function' ? visibleTo(event) : visibleTo).includes(audience);
}

/** Whether an audience may read the text of an event, if it has any. */
export function isReadable(kind: PublishedKind, audience: Audience, event: AnyEvent): boolean {
  const { textVisibleTo = [] } = ruleOf(kind, event.type);
  return (typeof textVisibleTo === 'function' ? textVisibleTo(event) : textVisibleTo).includes(audience);
}

/** Ids of the photos that an event requires processing of. */
export function photosOf(kind: PublishedKind, { type, data }: AnyEvent): string[] {
  return ruleOf(kind, type).photos?.(data) ?? [];
}

/** Whether an event causes commands on other records. */
export function hasFollowUps(kind: PublishedKind, event: AnyEvent): boolean {
  return kind.followUps[event.type]?.when(event) ?? false;
}

/** An event in today's form, whatever version of the product wrote it. */
export function upcast(kind: PublishedKind, event: AnyEvent): AnyEvent {
  return kind.upcasts?.[event.type]?.(event) ?? event;
}

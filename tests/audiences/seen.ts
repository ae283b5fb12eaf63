import { audiences, type Audience } from '../../shared/kernel/audiences.ts';
import { isReadable, isVisible, seenBy } from '../../shared/kernel/fold.ts';
import { report as kind } from '../../shared/records/report/kind.ts';
import { summaryOf } from '../../shared/records/report/indexes.ts';
import { city } from '../support/city.ts';
import {
  digestLinesOf,
  fold,
  followedView,
  noticesOf,
  residentView,
  staffView,
} from '../support/report-domain.ts';
import { admin } from '../support/reports.ts';
import type { StaffActor } from '../../shared/kernel/permissions.ts';
import type { Case } from './histories.ts';
import { places, type Place } from './table.ts';

/** Everything collected about one report, by place. */
export class Seen {
  readonly #texts = new Map<Place, string[]>();

  add(place: Place, value: unknown): void {
    this.#texts.set(place, [...(this.#texts.get(place) ?? []), JSON.stringify(value)]);
  }

  texts(place: Place): string[] {
    return this.#texts.get(place) ?? [];
  }

  /** The places that contain a text. On pages all or no readers must see it: `?` marks a difference. */
  find(...wanted: string[]): string {
    const found = places.flatMap((place) => {
      const hits = this.texts(place).map((text) => wanted.some((each) => text.includes(each)));
      if (!hits.includes(true)) return [];
      return place.endsWith('.page') && hits.includes(false) ? [`${place}?`] : [place];
    });
    return sorted(found.join(' '));
  }
}

export function sorted(names: string): string {
  return names.split(' ').sort().join(' ').trim();
}

/** The expectation of a row of the table. */
export type Told = { known: string; words: Record<string, string> };
export type Rules = { visibleTo: string; textVisibleTo: string };

export function expectedOf({ row: { known, words = {} } }: Case): Told {
  const places = Object.entries(words).map(([path, where]) => [path, sorted(where)]);
  return { known: sorted(known), words: Object.fromEntries(places) as Record<string, string> };
}

export function toldOf({ event: { id, type, occurredAt }, number, words }: Case, seen: Seen): Told {
  const found = Object.entries(words).map(([path, word]) => [path, seen.find(word)]);
  const known = seen.find(
    // An entry of a timeline; what names the event; a digest.
    `"at":"${occurredAt}","type":"${type}"`,
    `"id":"${id}"`,
    `"id":"${id}>`,
    `"numbers":["${number}"]`,
  );
  return { known, words: Object.fromEntries(found) as Record<string, string> };
}

export function expectedRules({ row: { visibleTo, textVisibleTo = '' } }: Case): Rules {
  return { visibleTo: sorted(visibleTo), textVisibleTo: sorted(textVisibleTo) };
}

export function rulesOf({ event }: Case): Rules {
  const where = (is: (audience: Audience) => boolean): string => sorted(audiences.filter(is).join(' '));
  return {
    visibleTo: where((audience) => isVisible(kind, audience, event)),
    textVisibleTo: where((audience) => isReadable(kind, audience, event)),
  };
}

/** What is shown and told of a report by the functions that routes and queues call, without these. */
export function renderedOf({ events, number, follower }: Case): Seen {
  const seen = new Seen();
  const record = fold(events);
  const now = '2026-11-20T02:40:00.000Z';
  if (follower) {
    seen.add('party.page', residentView(record, events, city, now));
    seen.add('follower.page', followedView(record, events, city));
  }
  seen.add('staff.page', staffView(record, events, undefined, admin as StaffActor, city, now));
  seen.add('staff.list', summaryOf(record));
  for (const event of events) {
    for (const { to, ...notice } of noticesOf(event, record, city)) seen.add(noticePlace(to, number), notice);
    for (const line of digestLinesOf(event, record, city)) seen.add('staff.digest', line);
    const delivered = seenBy(kind, 'webhook', event);
    if (delivered) seen.add('webhook.body', delivered);
  }
  return seen;
}

export function noticePlace(to: { kind: string; number?: string }, number: string): Place {
  if (to.kind !== 'resident') return 'staff.notice';
  return to.number === number ? 'party.notice' : 'follower.notice';
}

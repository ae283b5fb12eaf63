import { isDeepStrictEqual } from 'node:util';
import {
  figures,
  folded,
  followUps,
  isJoint,
  itemOf,
  photosToWorkOn,
  redactedHistory,
  summary,
  timers,
  type Private,
  type ReportEvent,
} from './subject.ts';

/** The product's results for a stored history: everything that is compared with the corpus. */
export type Told = {
  /** The whole report, its summary and its timers after the last event. */
  report: unknown;
  summary: unknown;
  timers: unknown;
  /** The item but its events, its summary and its private part: keys of the table and of its indexes. */
  keys: unknown;
  /** As `keys`, of a report without a telephone number. */
  keysWithoutContact: unknown;
  /** For each event: what of the above is another than after the event before it, and what it asks for. */
  steps: unknown[];
  /** The events that an erasure of a part changes: sequence and data. */
  redacted: Record<'text' | 'photos' | 'contact' | 'all', unknown>;
};

export const withContact: Private = {
  keyHash: 'k'.repeat(43),
  requestHash: 'r'.repeat(43),
  tokenHash: 't'.repeat(43),
  contactHash: 'c'.repeat(43),
};
export const withoutContact: Private = {
  keyHash: 'k'.repeat(43),
  requestHash: 'r'.repeat(43),
  tokenHash: 't'.repeat(43),
};

type Fields = Record<string, unknown>;

export async function toldOf(events: ReportEvent[]): Promise<Told> {
  const steps: unknown[] = [];
  let before: { report: Fields; summary: Fields; keys: Fields } = { report: {}, summary: {}, keys: {} };
  let last: Fields = {};
  for (const [index, event] of events.entries()) {
    const first = events.slice(0, index + 1);
    const report = folded(first);
    const now = {
      report: report as Fields,
      summary: summary(report) as Fields,
      keys: await keysOf(first, withContact),
    };
    steps.push({
      type: event.type,
      report: differences(before.report, now.report),
      summary: differences(before.summary, now.summary),
      keys: differences(before.keys, now.keys),
      figures: figures(event, '09'),
      photos: photosToWorkOn(event),
      joint: isJoint(event),
      ...(isJoint(event) && { followUps: followUps(event, report) }),
    });
    before = now;
    // The corpus has the former name of the size.
    const { storedBytes: weight, ...rest } = report;
    last = { report: { ...rest, weight }, summary: summary(report), timers: timers(report), keys: now.keys };
  }
  return plain({
    ...last,
    keysWithoutContact: await keysOf(events, withoutContact),
    steps,
    redacted: {
      text: erasedFrom(events, ['text']),
      photos: erasedFrom(events, ['photos']),
      contact: erasedFrom(events, ['contact']),
      all: erasedFrom(events, ['contact', 'text', 'photos']),
    },
  }) as Told;
}

/** An item without what is compared elsewhere. */
async function keysOf(events: ReportEvent[], secret: Private): Promise<Fields> {
  const item: Fields = await itemOf(events, secret);
  return Object.fromEntries(
    Object.entries(item).filter(([name]) => !['events', 'summary', 'private'].includes(name)),
  );
}

function differences(before: Fields, now: Fields): Fields {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter(
    (name) => name !== 'storedBytes' && !isDeepStrictEqual(before[name], now[name]),
  );
  return Object.fromEntries(names.map((name) => [name, now[name] ?? 'gone']));
}

type Part = 'contact' | 'text' | 'photos';

function erasedFrom(events: ReportEvent[], parts: Part[]): unknown {
  const last = events.at(-1);
  if (!last) throw new Error('an empty history');
  const sequence = last.sequence + 1;
  const erasure: ReportEvent = {
    id: `${last.number}#${sequence}`,
    type: 'personal-data-erased.v1',
    number: last.number,
    sequence,
    occurredAt: last.occurredAt,
    actor: { kind: 'system', name: 'sweep' },
    data: { parts, cause: 'retention', photos: [] },
  };
  const all = [...events, erasure];
  return redactedHistory(all).flatMap((event, index) =>
    isDeepStrictEqual(event, all[index]) ? [] : [event],
  );
}

/** As it comes out of a file. */
export function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

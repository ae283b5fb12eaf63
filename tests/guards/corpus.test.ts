import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eventTypes, parseEvent } from '../support/report-domain.ts';
import { folded, itemOf, redactedHistory, summary, type ReportEvent } from './subject.ts';
import { plain, toldOf, withContact, withoutContact, type Told } from './told.ts';

/** Stored histories, and the product's results for each when the file was written. */
const folder = new URL('./corpus/', import.meta.url);
const names = [
  'alert-at-the-root',
  'analysed-by-a-person',
  'asked-to-be-erased',
  'assigned-with-gcj02',
  'blurred',
  'blurred-late',
  'broken-and-reminded',
  'climbed-to-the-district',
  'erased-in-time',
  'extended',
  'joint-work',
  'joint-work-ended',
  'joint-work-erased',
  'long-words-80',
  'long-words-81',
  'merged',
  'merged-into',
  'merged-into-while-suspended',
  'new-rules',
  'not-accepted',
  'part-done',
  'part-handed-on',
  'part-not-needed',
  'rated-twice',
  'reopened',
  'returned-and-transferred',
  'submitted',
  'supervised-and-revealed',
  'suspended',
  'suspended-with-an-alert',
  'unhappy',
  'withdrawn',
  'words-of-every-kind',
];

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
}

describe('the corpus', () => {
  it('is complete', () => {
    expect(readdirSync(folder).sort()).toEqual(
      names.flatMap((name) => [`${name}.json`, `${name}.told.json`]).sort(),
    );
  });

  it('has every event type of the product', () => {
    const types = new Set(
      names.flatMap((name) => (read(`${name}.json`) as ReportEvent[]).map(({ type }) => type)),
    );
    expect([...types].sort()).toEqual([...eventTypes].sort());
  });
});

describe.each(names)('%s', (name) => {
  const events = read(`${name}.json`) as ReportEvent[];
  const expected = read(`${name}.told.json`) as Told;

  it('is valid, from its first event to its last', () => {
    for (const [index, event] of events.entries()) {
      expect(event.sequence).toBe(index + 1);
      expect(parseEvent(event)).toEqual({ kind: 'event', event });
    }
  });

  it('gives the stored results', async () => {
    const told = await toldOf(events);
    expect(told.steps).toEqual(expected.steps);
    expect(told.report).toEqual(expected.report);
    expect(told.redacted).toEqual(expected.redacted);
    expect(told).toEqual(expected);
  });

  it('is stored with unchanged events, private data and summary', async () => {
    for (const secret of [withContact, withoutContact]) {
      const item = await itemOf(events, secret);
      const stored = item['events']?.L?.map(({ S = '' }) => JSON.parse(S) as unknown);
      expect(stored).toEqual(events);
      const fields = Object.entries(secret).map(([field, S]) => [field, { S: S as string }]);
      expect(item['private']).toEqual({ M: Object.fromEntries(fields) as unknown });
      expect(unmarshalled(item['summary'])).toEqual(expected.summary);
    }
  });

  it('is redacted idempotently', () => {
    const once = redactedHistory(events);
    expect(redactedHistory(once)).toEqual(once);
    // What was stored had been redacted before it was written.
    expect(once).toEqual(events);
    const { storedBytes, ...report } = folded(events);
    expect(storedBytes).toBeGreaterThan(0);
    expect(plain(report)).toMatchObject({ version: events.length });
    expect(plain(summary(folded(once)))).toEqual(expected.summary);
  });
});

/** The value of an attribute of the table. */
function unmarshalled(value: unknown): unknown {
  const [kind, content] = Object.entries(value as object)[0] as [string, unknown];
  switch (kind) {
    case 'M':
      return Object.fromEntries(
        Object.entries(content as object).map(([field, each]) => [field, unmarshalled(each)]),
      );
    case 'L':
      return (content as unknown[]).map(unmarshalled);
    case 'N':
      return Number(content);
    default:
      return content;
  }
}

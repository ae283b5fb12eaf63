import { describe, expect, it } from 'vitest';
import { city } from '../support/city.ts';
import { contexts, eventCases, historyWith, type ContextName } from './events.ts';
import { productEventTypes } from './listed.ts';
import expected from './notices.json' with { type: 'json' };
import { digestedTypes, digestLines, folded, noticedTypes, notices } from './subject.ts';

/** Event types that cause notices, by hand. */
const told = [
  'assignment-acknowledged.v1',
  'extension-declined.v1',
  'extension-granted.v1',
  'note-added.v1',
  'photos-processed.v1',
  'priority-changed.v1',
  'report-assigned.v1',
  'report-closed.v1',
  'report-merged.v1',
  'report-rated.v1',
  'report-rejected.v1',
  'report-resolved.v1',
  'report-resumed.v1',
  'report-submitted.v1',
  'report-supervised.v1',
  'report-suspended.v1',
  'report-triaged.v1',
  'report-withdrawn.v1',
  'support-answered.v1',
  'work-started.v1',
];
/** Event types that cause a digest line. */
const digested = [
  'alert-reminded.v1',
  'clock-breached.v1',
  'clock-escalated.v1',
  'clock-warned.v1',
  'extension-requested.v1',
  'report-rated.v1',
];
/** Event types that cause neither. */
const silent = [
  'alert-taken.v1',
  'assignment-returned.v1',
  'assignment-transferred.v1',
  'contact-revealed.v1',
  'duplicate-joined.v1',
  'follow-up-recorded.v1',
  'link-renewed.v1',
  'link-revoked.v1',
  'personal-data-erased.v1',
  'photo-blurred.v1',
  'policy-applied.v1',
  'report-classified.v1',
  'report-reopened.v1',
  'support-acknowledged.v1',
  'support-cancelled.v1',
  'support-requested.v1',
  'support-transferred.v1',
];

/** By the name of a case: the notices, for all contexts with exactly these. */
const table: Record<string, { in: string[]; notices: unknown[]; digest: unknown[] }[] | undefined> = expected;
const names = Object.keys(contexts) as ContextName[];

describe('notices and digest lines', () => {
  it('have a row for every event type and every context', () => {
    const types = [...new Set([...told, ...digested, ...silent])].sort();
    expect([...productEventTypes].sort()).toEqual(types);
    expect([...new Set(eventCases.map(({ type }) => type as string))].sort()).toEqual(types);
    expect(Object.keys(table)).toEqual(eventCases.map(({ name }) => name));
    for (const groups of Object.values(table))
      expect(groups?.flatMap((group) => group.in).sort()).toEqual([...names].sort());
  });

  it('are subscribed to', () => {
    expect([...noticedTypes].sort()).toEqual(told);
    expect([...digestedTypes].sort()).toEqual(digested);
  });

  it('are not caused by events without recipients', () => {
    for (const { name, type } of eventCases) {
      const groups = table[name] ?? [];
      if (!told.includes(type)) expect(groups.flatMap((group) => group.notices)).toEqual([]);
      if (!digested.includes(type)) expect(groups.flatMap((group) => group.digest)).toEqual([]);
    }
  });

  it('ask for no follow-up call after a good rating, even if a later one is bad', () => {
    const rated = (name: string) => {
      const row = eventCases.find((each) => each.name === `report-rated.v1: ${name}`);
      if (!row) throw new Error('no such case');
      return historyWith(row, 'alone');
    };
    const since = folded(rated('very dissatisfied, with a call to make').events);
    expect(digestLines(rated('satisfied, with a comment').event, since, city)).toEqual([]);
  });

  describe.each(eventCases)('of $name', (row) => {
    it.each(names)('are as in the table, where the report is %s', (context) => {
      const { event, events } = historyWith(row, context);
      const report = folded(events);
      const group = table[row.name]?.find((each) => each.in.includes(context));
      expect({
        notices: notices(event, report, city),
        digest: digestLines(event, report, city),
      }).toStrictEqual({ notices: group?.notices, digest: group?.digest });
    });
  });
});

import { describe, expect, it } from 'vitest';
import { city } from '../support/city.ts';
import { eventCases, historyWith, underTestAt } from './events.ts';
import { productEventTypes } from './listed.ts';
import { timelines } from './subject.ts';
import expected from './timelines.json' with { type: 'json' };

/** Every event type, by hand. */
const types = [
  'alert-reminded.v1',
  'alert-taken.v1',
  'assignment-acknowledged.v1',
  'assignment-returned.v1',
  'assignment-transferred.v1',
  'clock-breached.v1',
  'clock-escalated.v1',
  'clock-warned.v1',
  'contact-revealed.v1',
  'duplicate-joined.v1',
  'extension-declined.v1',
  'extension-granted.v1',
  'extension-requested.v1',
  'follow-up-recorded.v1',
  'link-renewed.v1',
  'link-revoked.v1',
  'note-added.v1',
  'personal-data-erased.v1',
  'photo-blurred.v1',
  'photos-processed.v1',
  'policy-applied.v1',
  'priority-changed.v1',
  'report-assigned.v1',
  'report-classified.v1',
  'report-closed.v1',
  'report-merged.v1',
  'report-rated.v1',
  'report-rejected.v1',
  'report-reopened.v1',
  'report-resolved.v1',
  'report-resumed.v1',
  'report-submitted.v1',
  'report-supervised.v1',
  'report-suspended.v1',
  'report-triaged.v1',
  'report-withdrawn.v1',
  'support-acknowledged.v1',
  'support-answered.v1',
  'support-cancelled.v1',
  'support-requested.v1',
  'support-transferred.v1',
  'work-started.v1',
];

/** By the name of a case: the entries that each audience reads; none where it is not shown. */
const table: Record<string, { resident: unknown[]; staff: unknown[]; follower: unknown[] } | undefined> =
  expected;
const audiences = ['resident', 'staff', 'follower'] as const;

describe('the timeline', () => {
  it('has a row for every event type', () => {
    expect([...productEventTypes].sort()).toEqual(types);
    expect([...new Set(eventCases.map(({ type }) => type as string))].sort()).toEqual(types);
    expect(Object.keys(table)).toEqual(eventCases.map(({ name }) => name));
  });

  it.each(eventCases)('shows each audience its entry: $name', (row) => {
    const { events } = historyWith(row, 'followed');
    const shown = Object.fromEntries(
      audiences.map((audience) => [
        audience,
        timelines[audience](events, city).filter(({ at }) => at === underTestAt),
      ]),
    );
    // Exact: a field that is there and undefined is another entry.
    expect(shown).toStrictEqual(table[row.name]);
  });

  it('is ordered from oldest to newest', () => {
    const shown = (audience: 'resident' | 'staff' | 'follower'): string[] => {
      const row = eventCases.find(({ name }) => name === 'note-added.v1: by staff for everyone');
      if (!row) throw new Error('no such case');
      return timelines[audience](historyWith(row, 'resolved since').events, city).map(({ type }) => type);
    };
    expect(shown('resident')).toEqual([
      'report-submitted.v1',
      'report-assigned.v1',
      'support-requested.v1',
      'note-added.v1',
      'report-resolved.v1',
    ]);
    expect(shown('staff')).toEqual([
      'report-submitted.v1',
      'report-classified.v1',
      'report-assigned.v1',
      'support-requested.v1',
      'duplicate-joined.v1',
      'note-added.v1',
      'report-resolved.v1',
    ]);
    expect(shown('follower')).toEqual([
      'report-submitted.v1',
      'report-assigned.v1',
      'support-requested.v1',
      'report-resolved.v1',
    ]);
  });
});

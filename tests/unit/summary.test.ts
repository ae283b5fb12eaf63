import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { graphemesOf } from '../../shared/language/wording.ts';
import { summaryOf } from '../../shared/records/report/indexes.ts';
import { assigned } from '../support/reports.ts';

const excerptOf = (description: string): string => summaryOf({ ...assigned().report, description }).excerpt;

describe('the excerpt that lists show', () => {
  it('is all of a short text, or the beginning of a long one', () => {
    expect(excerptOf('水管爆了 🚰')).toBe('水管爆了 🚰');
    expect(excerptOf('水'.repeat(80))).toBe('水'.repeat(80));
    expect(excerptOf('水'.repeat(81))).toBe(`${'水'.repeat(79)}…`);
  });

  // Found by the fuzzer: half an emoji at the end of an excerpt, and the report could not be stored.
  it('never ends within a character', () => {
    expect(excerptOf('👩‍👩‍👧‍👧'.repeat(40)).isWellFormed()).toBe(true);
    const texts = fc.string({
      unit: fc.constantFrom('水', '🚰', '👩‍👩‍👧‍👧', 'e\u0301'),
      minLength: 100,
      maxLength: 600,
    });
    fc.assert(
      fc.property(texts, (text) => {
        const excerpt = excerptOf(text);
        expect(excerpt.isWellFormed()).toBe(true);
        expect(graphemesOf(excerpt).length).toBeLessThanOrEqual(80);
      }),
    );
  });

  it('of one endless grapheme is short too', () => {
    expect(excerptOf(`a${'\u0301'.repeat(1999)}`).length).toBeLessThanOrEqual(401);
  });
});

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { City } from '../../shared/config/city.ts';
import { classify } from '../../shared/records/report/classifier.ts';
import { city } from '../support/city.ts';

type Sentence = { category: string; text: string };

const sentences = JSON.parse(
  readFileSync(new URL('./classifier-sentences.json', import.meta.url), 'utf8'),
) as Sentence[];

/** Half of the sentences, by their hash, are held out: they never influence keywords. */
function isHeldOut({ text }: Sentence): boolean {
  return (createHash('sha256').update(text).digest()[0] ?? 0) % 2 === 1;
}

function figuresOf(set: Sentence[]): { top1: number; triaged: number; accepted: number } {
  const guesses = set.map(({ category, text }) => {
    const guess = classify(city, text);
    return { right: guess.category === category, sure: guess.confidence >= city.triageBelow };
  });
  const sure = guesses.filter((guess) => guess.sure);
  return {
    top1: guesses.filter((guess) => guess.right).length / set.length,
    triaged: 1 - sure.length / set.length,
    accepted: sure.filter((guess) => guess.right).length / sure.length,
  };
}

/** The demo city with other keywords for a few categories, and none for the rest. */
function speaking(keywords: Record<string, { zh?: string[]; en?: string[] }>): City {
  return {
    ...city,
    categories: city.categories.map((category) => ({
      ...category,
      keywords: { zh: [], en: [], ...keywords[category.code] },
    })),
  };
}

describe('classify', () => {
  it.each(['市民来电反映楼道灯不亮', '来电人称邻居半夜吵闹', '接到市民来电，井盖破了'])(
    'takes 来电 for a call, not for electricity: %s',
    (text) => {
      expect(classify(city, text).category).not.toBe('utility.power');
    },
  );

  it.each(['什么时候来电', '小区还没来电', '停了半天还不来电'])('knows that power is awaited: %s', (text) => {
    expect(classify(city, text).category).toBe('utility.power');
  });

  it('recognises what residents write', () => {
    // Measured: 0.964, 0.089, 0.996. docs/city.md says what these figures are worth.
    const figures = figuresOf(sentences.filter(isHeldOut));
    expect(figures.top1).toBeGreaterThanOrEqual(0.94);
    expect(figures.triaged).toBeLessThanOrEqual(0.12);
    expect(figures.accepted).toBeGreaterThanOrEqual(0.97);
  });

  it('has test sentences in both languages for every category', () => {
    expect(new Set(sentences.map(({ category }) => category)).size).toBe(city.categories.length);
    expect(new Set(sentences.map(({ text }) => text)).size).toBe(sentences.length);
    expect(sentences.filter(({ text }) => /^[\p{ASCII}’]*$/u.test(text)).length).toBeGreaterThan(100);
  });

  it('has no confidence without evidence', () => {
    for (const text of ['', '   ', '!!!', 'asdf qwer', '你好，在吗', '🙂🙂', 'مرحبا'])
      expect(classify(city, text)).toEqual({ category: 'other.unclear', confidence: 0, alternatives: [] });
  });

  it('is confident with one clear keyword', () => {
    for (const text of ['电梯', '路灯', '停水', 'pothole', 'elevator'])
      expect(classify(city, text).confidence, text).toBeGreaterThan(city.triageBelow);
  });

  it('is not confident with two equal candidates', () => {
    const torn = classify(
      speaking({ 'city.road': { zh: ['甲乙'] }, 'city.order': { zh: ['丙丁'] } }),
      '甲乙，丙丁',
    );
    expect(torn.confidence).toBeLessThan(0.6);
    expect(torn.alternatives).toHaveLength(1);
  });

  it('gives at most three other alternatives, the likeliest first', () => {
    const text = '电梯坏了，楼道灯不亮，消防通道停车，物业不管，噪音大，垃圾没人收';
    const { category, confidence, alternatives } = classify(city, text);
    expect(alternatives).toHaveLength(3);
    expect(alternatives.map((guess) => guess.category)).not.toContain(category);
    const falling = [confidence, ...alternatives.map((guess) => guess.confidence)];
    expect(falling.toSorted((a, b) => b - a)).toEqual(falling);
  });

  it('normalises full-width, capital and traditional characters', () => {
    const plain = classify(city, '电梯坏了 wifi');
    expect(classify(city, '電梯壞了 ＷＩＦＩ')).toEqual(plain);
  });

  it('reads English words in any inflection, and only whole words', () => {
    for (const text of ['the drain is clogged', 'drains clogging', 'DRAIN: clogs!'])
      expect(classify(city, text).category, text).toBe('building.drain');
    expect(classify(city, 'my gasp').confidence).toBe(0);
    expect(classify(city, 'I was fired').category).toBe('mediation.labour');
    expect(classify(city, 'there is a fire').category).toBe('safety.fire');
  });

  it('prefers longer keywords, and ignores those within them', () => {
    const words = speaking({
      'city.streetlight': { zh: ['路灯'] },
      'building.lighting': { zh: ['小区路灯'] },
    });
    expect(classify(words, '小区路灯')).toMatchObject({ category: 'building.lighting', alternatives: [] });
    expect(classify(words, '路灯')).toMatchObject({ category: 'city.streetlight' });
  });

  it('prefers keywords of few categories', () => {
    const words = speaking({
      'city.road': { zh: ['坏了', '甲乙'] },
      'city.order': { zh: ['坏了'] },
      'city.greening': { zh: ['坏了'] },
    });
    expect(classify(words, '坏了').confidence).toBeLessThan(0.6);
    expect(classify(words, '坏了甲乙')).toMatchObject({ category: 'city.road' });
  });

  it('prefers earlier mentions between equals', () => {
    const words = speaking({ 'city.road': { zh: ['甲乙'] }, 'city.order': { zh: ['丙丁'] } });
    const between = '，'.repeat(60);
    expect(classify(words, `甲乙${between}丙丁`).category).toBe('city.road');
    expect(classify(words, `丙丁${between}甲乙`).category).toBe('city.order');
  });

  it('gives little weight to keywords that only name a place', () => {
    expect(classify(city, '医院门口的井盖不见了').category).toBe('city.road');
    expect(classify(city, 'rubbish behind the school').category).toBe('city.sanitation');
    expect(classify(city, '在医院挂不上号，医院也不解释').category).toBe('social.health');
  });

  it('matches keywords with gaps, within a distance and in order', () => {
    const words = speaking({ 'building.lighting': { zh: ['楼道…灯'], en: ['light…stairs'] } });
    expect(classify(words, '楼道里那几盏灯').category).toBe('building.lighting');
    expect(classify(words, 'the light on our dark stairs').category).toBe('building.lighting');
    expect(classify(words, '灯，楼道').confidence).toBe(0);
    expect(classify(words, `楼道${'。'.repeat(20)}灯`).confidence).toBe(0);
  });

  it('is deterministic, with confidence between 0 and 1', () => {
    const word = fc.constantFrom(
      ...city.categories.flatMap(({ keywords }) => [...keywords.zh, ...keywords.en]),
    );
    const text = fc
      .array(fc.oneof(word, fc.string({ unit: 'grapheme', maxLength: 10 })), { maxLength: 60 })
      .map((parts) => parts.join(' '));
    fc.assert(
      fc.property(text, (any) => {
        const guess = classify(city, any);
        expect(classify(structuredClone(city), any)).toEqual(guess);
        expect(city.categories.map(({ code }) => code)).toContain(guess.category);
        for (const { confidence } of [guess, ...guess.alternatives]) {
          expect(confidence).toBeGreaterThanOrEqual(0);
          expect(confidence).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 40 },
    );
  });
});

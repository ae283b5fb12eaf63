import { describe, expect, it } from 'vitest';
import { dayMinutes, makeScenario, planOfPart, type Plan } from '../demo/scenario.ts';
import { otherTongues, sampleTexts, vague } from '../demo/sample-texts.ts';
import { loadCity } from '../../shared/config/load-city.ts';
import { resolvePlace } from '../../shared/place/place.ts';
import { reportBody } from '../../shared/http/bodies.ts';

const city = loadCity(new URL('../../shared/config/demo-city.json', import.meta.url));
const make = (reports = 240, seed = 1): Plan[] => makeScenario({ reports, seed, places: city, pictures: 28 });
const count = (plans: Plan[], fits: (plan: Plan) => boolean): number => plans.filter(fits).length;

describe('the scenario of the demo', () => {
  it('is determined by the seed', () => {
    expect(make()).toEqual(make());
    expect(make(240, 2)).not.toEqual(make());
  });

  it.each([1, 2, 3, 77])('has every category of the city, seed %i', (seed) => {
    const meant = new Set(make(240, seed).map(({ category }) => category));
    expect([...meant].sort()).toEqual(city.categories.map(({ code }) => code).sort());
  });

  it('has sample texts for every category of the city', () => {
    expect(Object.keys(sampleTexts).sort()).toEqual(city.categories.map(({ code }) => code).sort());
  });

  it.each([10, 60, 240, 500])(
    'makes as many reports as asked for, in the order in which they arrive: %i',
    (reports) => {
      const plans = make(reports);
      expect(plans.map(({ index }) => index)).toEqual(Array.from({ length: reports }, (_, index) => index));
      const arrivals = plans.map(({ arrivesAt }) => arrivesAt);
      expect(arrivals).toEqual([...arrivals].sort((a, b) => a - b));
      expect(Math.min(...arrivals)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...arrivals)).toBeLessThan(dayMinutes);
    },
  );

  it.each([1, 2, 3])('writes only valid texts, without open placeholders, seed %i', (seed) => {
    for (const { description, location, contact, locale, namesCategory, category } of make(240, seed)) {
      expect(description).not.toMatch(/[{}]/);
      const body = {
        description,
        location,
        locale,
        ...(contact && { contact }),
        ...(namesCategory && { category }),
      };
      expect(reportBody.safeParse(body).error).toBeUndefined();
    }
  });

  it('is about a third with one to three photos and about a tenth vague', () => {
    const plans = make();
    expect(count(plans, ({ pictures }) => pictures.length > 0) / plans.length).toBeGreaterThan(0.25);
    expect(count(plans, ({ pictures }) => pictures.length > 0) / plans.length).toBeLessThan(0.42);
    expect(Math.max(...plans.map(({ pictures }) => pictures.length))).toBe(3);
    expect(count(plans, ({ kind }) => kind === 'vague')).toBe(24);
  });

  it('is in Chinese and English, with all other languages and every vague text', () => {
    const plans = make();
    expect(count(plans, ({ locale }) => locale === 'en')).toBeGreaterThan(30);
    expect(count(plans, ({ locale }) => locale === 'zh')).toBeGreaterThan(120);
    const said = plans.map(({ description }) => description).join('\n');
    for (const { text } of [...vague, ...otherTongues]) {
      const longest = text.split(/\{\w+\}/).sort((a, b) => b.length - a.length)[0] ?? '';
      expect(said).toContain(longest);
    }
  });

  it.each([60, 240])('has every outcome of a report: %i reports', (reports) => {
    const plans = make(reports);
    const fates = plans.map(({ fate }) => fate);
    for (const end of ['resolve', 'stay-open', 'withdraw', 'reject', 'merge'] as const)
      expect(fates.some((fate) => fate.end === end)).toBe(true);
    expect(fates.some(({ detour }) => detour?.kind === 'return')).toBe(true);
    expect(fates.some(({ detour }) => detour?.kind === 'transfer')).toBe(true);
    expect(fates.some(({ acknowledgeShare }) => acknowledgeShare > 1)).toBe(true);
    expect(fates.some(({ resolveShare }) => resolveShare > 1)).toBe(true);
    expect(fates.some(({ reopenReason, rating }) => reopenReason && rating && rating.score <= 2)).toBe(true);
    expect(new Set(fates.flatMap(({ rating }) => rating?.score ?? [])).size).toBe(5);
    for (const { fate, arrivesAt } of plans) {
      if (fate.repeats === undefined) continue;
      expect(plans[fate.repeats]?.arrivesAt).toBeLessThan(arrivesAt);
      expect(plans[fate.repeats]?.fate.end).toMatch(/^(resolve|stay-open)$/);
    }
  });

  it.each([60, 240])('has suspensions, extensions and support: %i reports', (reports) => {
    const plans = make(reports);
    const fates = plans.map(({ fate }) => fate);
    const some = (fits: (fate: Plan['fate']) => unknown): void => {
      expect(fates.some((fate) => Boolean(fits(fate)))).toBe(true);
    };
    some(({ suspension }) => suspension?.answer && suspension.afterMinutes);
    some(({ suspension, end }) => suspension?.answer && !suspension.afterMinutes && end === 'stay-open');
    some(({ suspension }) => suspension?.waitingFor === 'other');
    some(({ extension }) => extension?.decision?.type === 'grant');
    some(({ extension }) => extension?.decision?.type === 'decline');
    some(({ extension, end }) => extension && !extension.decision && end === 'stay-open');
    some(({ support, end }) => support?.answers.length === 1 && end === 'stay-open');
    some(({ support, end }) => support?.answers.length === 2 && end === 'resolve');
    some(({ raise }) => raise);
    some(({ followUp, rating }) => followUp && rating && rating.score <= 2);
    const shown = plans.filter(({ fate }) => fate.isShown);
    expect(shown).toHaveLength(1);
    expect(shown[0]?.fate).toMatchObject({
      rating: { score: 1 },
      suspension: { round: 1 },
      extension: { round: 1 },
    });
    expect(shown[0]?.fate.secondResolution).toBeUndefined();
  });

  it('has the first of two supporting departments answer, and both where there are two answers', () => {
    const joint = make().filter(({ fate }) => fate.support);
    for (const plan of joint) {
      const ends = [0, 1].map((nth) => planOfPart(plan, nth).fate.end);
      expect(ends).toEqual(['resolve', plan.fate.end]);
    }
    expect(joint.length).toBeGreaterThan(1);
  });

  it('expects the place that the product resolves', () => {
    for (const { location, description, area } of make()) {
      const found = resolvePlace(city, location, description);
      expect(found.ok && found.place.path, JSON.stringify({ location, description })).toContain(area);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { dayMinutes } from '../demo/scenario.ts';
import { chooseAdvance, dayOf, stops, untilTimeOfDay } from '../demo/steps.ts';
import { readOptions } from '../demo/options.ts';
import { percentile } from '../demo/concurrency.ts';

const minute = 60_000;

describe('the steps of the demo', () => {
  it('advances as far as requested when nothing is due soon', () => {
    expect(chooseAdvance(0, 30, [])).toBe(30 * minute);
    expect(chooseAdvance(0, 30, [10 * minute, 29 * minute, 32 * minute])).toBe(30 * minute);
  });

  it.each([29.9, 30, 30.5, 31.4])('avoids a deadline at minute %d', (at) => {
    const length = chooseAdvance(0, 30, [at * minute]);
    expect(Math.abs(length - 30 * minute)).toBeLessThan(2 * minute);
    expect(at * minute > length - 10_000 && at * minute < length + 90_000).toBe(false);
  });

  it('finds a gap among many', () => {
    const instants = Array.from({ length: 12 }, (_, n) => (26 + n * 0.6) * minute);
    const length = chooseAdvance(0, 30, instants);
    expect(instants.some((at) => at > length - 10_000 && at < length + 90_000)).toBe(false);
  });

  it('submits reports all day', () => {
    const taking = stops.filter(({ takesReports }) => takesReports);
    expect(taking.reduce((sum, { afterMinutes }) => sum + afterMinutes, 0)).toBe(dayMinutes);
  });

  it('computes the time until seven in the morning in the city', () => {
    expect(untilTimeOfDay('2026-11-21T23:10:00Z', 'Asia/Shanghai', 420)).toBe(1430 * minute);
    expect(untilTimeOfDay('2026-11-21T22:30:00Z', 'Asia/Shanghai', 420)).toBe(30 * minute);
    expect(untilTimeOfDay('2026-11-21T23:00:00Z', 'Asia/Shanghai', 420)).toBe(0);
    expect(dayOf('2026-11-21T23:10:00Z', 'Asia/Shanghai')).toBe('2026-11-22');
  });

  it('knows percentiles', () => {
    expect(percentile([5, 1, 3, 2, 4], 0.5)).toBe(3);
    expect(percentile([5, 1, 3, 2, 4], 0.95)).toBe(5);
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe('the options of the demo', () => {
  it('has defaults', () => {
    expect(readOptions([], {})).toEqual({
      ok: true,
      options: { url: 'http://127.0.0.1:3000', reports: 240, seed: 1 },
    });
    expect(readOptions([], { PORT: '4100' })).toMatchObject({ options: { url: 'http://127.0.0.1:4100' } });
    expect(
      readOptions(['--reports', '60', '--seed', '9', '--url', 'http://a:1'], { PORT: '4100' }),
    ).toMatchObject({
      options: { url: 'http://a:1', reports: 60, seed: 9 },
    });
  });

  it.each([
    [['--reports', '3']],
    [['--reports', 'many']],
    [['--seed', '-1']],
    [['--url', 'ftp://x']],
    [['--nothing']],
  ])('refuses %j', (args) => {
    expect(readOptions(args, {})).toMatchObject({ ok: false, help: false });
  });
});

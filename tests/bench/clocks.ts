import fc from 'fast-check';
import type { Target } from '../../shared/config/city.ts';
import { pathOf } from '../../shared/place/place.ts';
import { instantAfter, computeClock } from '../../shared/kernel/clocks/sla.ts';
import { city } from '../support/city.ts';
import { quantile } from './quantile.ts';

/**
 * How fast a due time is computed: start times within three years, targets of 1 to 60 working days, on the demo city's
 * calendar, with a warm cache.
 */
const runs = 50_000;
const goal = 20;
const place = { priority: 'normal', path: pathOf(city, 'tinglan-court') } as const;
const cases: { startedAt: string; target: Target }[] = fc
  .sample(fc.noBias(fc.tuple(fc.nat(3 * 365 * 86_400), fc.integer({ min: 1, max: 60 }))), {
    numRuns: runs,
    seed: 1,
  })
  .map(([seconds, amount]) => ({
    startedAt: new Date(Date.UTC(2024, 0, 1) + seconds * 1000).toISOString(),
    target: { amount, unit: 'working-day' },
  }));

const figures = {
  'due time only': ({ startedAt, target }: (typeof cases)[number]) => instantAfter(city, startedAt, target),
  'clock with escalations': (terms: (typeof cases)[number]) => computeClock(city, terms, place),
};
let isMet = true;
for (const [figure, compute] of Object.entries(figures)) {
  for (const each of cases) compute(each);
  const took = cases.map((each) => {
    const began = performance.now();
    compute(each);
    return (performance.now() - began) * 1000;
  });
  const [median, p95] = [quantile(took, 0.5), quantile(took, 0.95)];
  isMet &&= median <= goal;
  console.log(
    `${figure.padEnd(28)} median ${median.toFixed(1)} µs  p95 ${p95.toFixed(1)} µs   median ≤ ${goal} µs`,
  );
}
if (!isMet) process.exitCode = 1;

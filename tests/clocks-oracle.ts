import fc from 'fast-check';
import { parseArgs } from 'node:util';
import { Calendar } from '../shared/domain/calendar.ts';
import { instants, rules } from './support/clock-cases.ts';
import { ClockOracle } from './support/clock-oracle.ts';

/** `npm run clocks:oracle -- --cases 20000 --seed 1`: the calendar against a minute-by-minute count. */
const { values } = parseArgs({
  options: { cases: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } },
});
const [cases, seed] = [Number(values.cases), Number(values.seed)];

const began = performance.now();
const drawn = fc.sample(fc.tuple(rules, instants, fc.integer({ min: 1, max: 2400 })), {
  numRuns: cases,
  seed,
});
let disagreements = 0;
for (const [calendarRules, from, minutes] of drawn) {
  const [fast, slow] = [new Calendar(calendarRules), new ClockOracle(calendarRules)];
  const to = from + minutes * 60_000;
  const counted = slow.between(from, to);
  const wrong =
    fast.between(from, to) !== counted * 60_000 ||
    (counted > 0 && fast.add(from, counted * 60_000) !== slow.add(from, counted));
  if (!wrong) continue;
  disagreements += 1;
  if (disagreements <= 5)
    console.log(
      calendarRules,
      new Date(from).toISOString(),
      minutes,
      fast.between(from, to) / 60_000,
      counted,
    );
}
console.log(
  `cases ${cases}  disagreements ${disagreements}  ${((performance.now() - began) / 1000).toFixed(1)} s`,
);
if (disagreements > 0) process.exitCode = 1;

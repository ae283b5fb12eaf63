import fc from 'fast-check';
import { parseArgs } from 'node:util';
import { clockCasesIn, wideWorld } from './support/clock-cases.ts';
import { disagreements } from './support/clock-judge.ts';

/** `npm run clocks:oracle -- --cases 20000 --seed 1`: compares computed clocks with a minute-by-minute count. */
const { values } = parseArgs({
  options: { cases: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } },
});
const [cases, seed] = [Number(values.cases), Number(values.seed)];

const began = performance.now();
const seconds = (): string => `${((performance.now() - began) / 1000).toFixed(1)} s`;
let wrong = 0;
for (const [index, drawn] of fc.sample(clockCasesIn(wideWorld), { numRuns: cases, seed }).entries()) {
  const found = disagreements(drawn);
  if (found.length > 0) wrong += 1;
  if (found.length > 0 && wrong <= 3) console.dir({ drawn, found }, { depth: null });
  if ((index + 1) % 1000 === 0) console.error(`${index + 1} cases, ${seconds()}`);
}
console.log(`cases ${cases}  disagreements ${wrong}  ${seconds()}`);
if (wrong > 0) process.exitCode = 1;

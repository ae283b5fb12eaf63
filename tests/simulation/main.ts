import { parseArgs } from 'node:util';
import { city } from './city.ts';
import { mutants, plantOnDemand } from './mutants.ts';
import { quietly } from './quiet.ts';
import { shrink } from './shrink.ts';
import { simulate, type Result, type Run } from './simulate.ts';

/**
 * `npm run simulate -- --seed S --reports N [--seeds K]` plays seeds S to S+K-1; `--mutants` plants each known bug
 * and looks for it. `--only` and `--faults` play a part of a seed, as a failure prints it.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    reports: { type: 'string', default: '20' },
    only: { type: 'string' },
    faults: { type: 'string' },
    trace: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
    /** Names of the mutants to plant, separated by commas; all if omitted. */
    named: { type: 'string' },
    tries: { type: 'string', default: '150' },
  },
});
const [first, seeds, reports, tries] = [
  Number(values.seed),
  Number(values.seeds),
  Number(values.reports),
  Number(values.tries),
];
/** Of the beginning and of the end of a trace. */
const shownLines = 40;
const say = quietly();
process.exitCode = values.mutants ? await findMutants() : await playSeeds();

async function playSeeds(): Promise<number> {
  const began = performance.now();
  const total = { reports: 0, events: 0, faults: 0, invocations: 0, requests: 0, redriven: 0 };
  let failures = 0;
  for (let seed = first; seed < first + seeds; seed += 1) {
    const run: Run = { seed, reports, only: setOf(values.only), faults: setOf(values.faults) };
    const result = await simulate(run, city, values.trace);
    const { figures } = result;
    total.reports += figures.reports;
    total.events += figures.events;
    total.faults += result.faults.length;
    total.invocations += figures.stats.invocations;
    total.requests += figures.stats.requests;
    total.redriven += figures.stats.redriven;
    if (values.trace) for (const line of result.trace) say(line);
    if (result.violations.length > 0) {
      failures += 1;
      await explain(run, result);
    }
    if (seeds >= 100 && (seed - first + 1) % 50 === 0)
      say(`… ${seed - first + 1} seeds, ${failures} failed, ${secondsSince(began)}`);
  }
  say(
    `seeds ${seeds}  failed ${failures}  reports ${total.reports}  events ${total.events}  faults ${total.faults}` +
      `  invocations ${total.invocations}  requests ${total.requests}  redriven ${total.redriven}  ${secondsSince(began)}`,
  );
  return failures > 0 ? 1 : 0;
}

/** The shortest trace that could be found, and how to see it again. */
async function explain(run: Run, failed: Result): Promise<void> {
  say(`seed ${run.seed} FAILED`);
  for (const { promise, what } of failed.violations) say(`  ${promise}: ${what}`);
  if (run.only || run.faults) return;
  const shrunk = await shrink(run, failed, city, tries);
  const { trace, violations, plan, faults } = await simulate(shrunk.run, city, true);
  const steps = plan.reports.flatMap(({ actions }) => actions).length;
  say(
    `the shortest in ${shrunk.tries} tries: ${plan.reports.length} report(s), ${steps} step(s), ${faults.length} fault(s)`,
  );
  for (const { promise, what } of violations) say(`  ${promise}: ${what}`);
  const omitted = trace.length - 2 * shownLines;
  for (const [index, line] of trace.entries())
    if (index < shownLines || index >= trace.length - shownLines) say(`  ${line}`);
    else if (index === shownLines) say(`  … ${omitted} lines, shown with --trace …`);
  const { only, faults: allowed } = shrunk.run;
  const parts = [
    `--seed ${run.seed} --reports ${run.reports}`,
    ...(only ? [`--only ${[...only].join()}`] : []),
    ...(allowed ? [`--faults ${[...allowed].join() || 'none'}`] : []),
  ];
  say(`again: npm run simulate -- ${parts.join(' ')} --trace`);
}

async function findMutants(): Promise<number> {
  plantOnDemand();
  const words = (values.named ?? '').split(',');
  const wanted = mutants.filter(({ name }) => words.some((word) => name.includes(word)));
  let missed = 0;
  for (const { name, seed: known = first } of wanted) {
    const module = `./simulate.ts?mutant=${encodeURIComponent(name)}`;
    const mutated = (await import(module)) as { simulate: typeof simulate };
    let found: string | undefined;
    const began = performance.now();
    let seed = known;
    for (; seed < known + Math.max(seeds, 30) && found === undefined; seed += 1) {
      const { violations } = await mutated.simulate({ seed, reports }, city);
      if (violations[0]) found = `${violations[0].promise}: ${violations[0].what}`;
    }
    if (found === undefined) missed += 1;
    const verdict = found === undefined ? 'NOT FOUND' : 'found';
    say(`${verdict}  ${name}  after ${seed - known} seed(s), ${secondsSince(began)}  ${found ?? ''}`);
  }
  say(`mutants ${wanted.length}  found ${wanted.length - missed}  not found ${missed}`);
  return missed > 0 ? 1 : 0;
}

function setOf(list: string | undefined): Set<string> | undefined {
  return list === undefined ? undefined : new Set(list.split(','));
}

function secondsSince(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}

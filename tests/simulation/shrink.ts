import type { City } from '../../shared/config/city.ts';
import { simulate, type Result, type Run } from './simulate.ts';

export type Shrunk = { run: Run; result: Result; tries: number };

/**
 * Looks for the shortest run that violates the same invariant: fewer reports, then fewer steps, then fewer faults.
 * Random values are per subject, so the rest of the run is unchanged.
 */
export async function shrink(run: Run, failed: Result, city: City, mostTries: number): Promise<Shrunk> {
  const promise = failed.violations[0]?.promise;
  let best: Shrunk = { run, result: failed, tries: 0 };
  let tries = 0;
  const attempt = async (candidate: Run): Promise<boolean> => {
    if (tries >= mostTries) return false;
    tries += 1;
    const result = await simulate(candidate, city);
    if (!result.violations.some((violation) => violation.promise === promise)) return false;
    best = { run: candidate, result, tries };
    return true;
  };
  const actionsOf = (reports: readonly string[]): string[] =>
    failed.plan.reports
      .filter(({ id }) => reports.includes(id))
      .flatMap(({ actions }) => actions.map(({ id }) => id));
  const poisons = failed.plan.poisons.map(({ id }) => id);

  const reports = await fewest(
    failed.plan.reports.map(({ id }) => id),
    (kept) => attempt({ ...run, only: new Set([...kept, ...actionsOf(kept), ...poisons]) }),
  );
  const steps = await fewest([...poisons, ...actionsOf(reports)], (kept) =>
    attempt({ ...run, only: new Set([...reports, ...kept]) }),
  );
  const only = new Set([...reports, ...steps]);
  await fewest(
    best.result.faults.map(({ id }) => id),
    (kept) => attempt({ ...run, only, faults: new Set(kept) }),
  );
  return { ...best, tries };
}

/** Delta debugging: the fewest of the items that still fail, as far as leaving out ever smaller parts finds them. */
async function fewest<T>(items: readonly T[], fails: (kept: readonly T[]) => Promise<boolean>): Promise<T[]> {
  let kept = [...items];
  if (kept.length > 0 && (await fails([]))) return [];
  for (let parts = 2; kept.length > 1;) {
    const size = Math.ceil(kept.length / parts);
    let isSmaller = false;
    for (let at = 0; at < kept.length; at += size) {
      const rest = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (!(await fails(rest))) continue;
      kept = rest;
      parts = Math.max(2, parts - 1);
      isSmaller = true;
      break;
    }
    if (isSmaller) continue;
    if (parts >= kept.length) break;
    parts = Math.min(kept.length, parts * 2);
  }
  return kept;
}

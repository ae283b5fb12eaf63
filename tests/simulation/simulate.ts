import { storedEvents } from '../../shared/store/item.ts';
import type { City } from '../../shared/config/city.ts';
import type { Fault } from './faults.ts';
import { Invariants, type Violation } from './invariants.ts';
import { People } from './people.ts';
import { busyDays, planOf, start, type Plan } from './plan.ts';
import { World, type Functions } from './world.ts';

const [minute, day] = [60_000, 86_400_000];
/** The longest clocks, pauses and reminders take weeks of working time, and then personal data is kept for a while. */
const longestDays = 200;

/** A run: its seed, and if it is a part of one, what of it is left. */
export type Run = {
  seed: number;
  reports: number;
  /** Ids of reports and actions; all if left out. */
  only?: ReadonlySet<string> | undefined;
  faults?: ReadonlySet<string> | undefined;
};

export type Result = {
  violations: Violation[];
  plan: Plan;
  faults: Fault[];
  trace: string[];
  figures: {
    events: number;
    reports: number;
    days: number;
    stats: World['stats'];
    answers: Map<number, number>;
  };
};

/** What runs besides the reports of the plan: functions that the product lacks, and their callers. */
export type Beside = { functions: Functions; begin: (world: World) => void };

/** Runs one seed from the first report to the last timer, and returns the violated invariants. */
export async function simulate(run: Run, city: City, isTracing = false, beside?: Beside): Promise<Result> {
  const invariants = new Invariants();
  const world = new World({
    seed: run.seed,
    city,
    start,
    faultsEnd: start + busyDays * day,
    allowedFaults: run.faults,
    isTracing,
    onWrite: invariants.written,
    more: beside?.functions,
  });
  invariants.watch(world);
  const plan = reduced(planOf(run.seed, run.reports, city), run.only);
  const people = new People(world, plan, run.seed);
  people.begin();
  beside?.begin(world);
  world.agenda.at(start + busyDays * day + 10 * minute, () => {
    invariants.afterFaults(world);
  });
  const becameQuiet = await world.agenda.run(
    (next) => next > start + longestDays * day || invariants.violations.length > 0,
  );
  if (world.gap !== undefined) throw world.gap;
  if (invariants.violations.length === 0) invariants.atRest(world, people, becameQuiet);
  const items = world.database.items('reports');
  return {
    violations: invariants.violations,
    plan,
    faults: world.faults.happened,
    trace: world.trace,
    figures: {
      events: items.reduce((sum, item) => sum + storedEvents(item).length, 0),
      reports: items.length,
      days: (world.agenda.now - start) / day,
      stats: world.stats,
      answers: people.answers,
    },
  };
}

function reduced(plan: Plan, only: ReadonlySet<string> | undefined): Plan {
  if (!only) return plan;
  return {
    reports: plan.reports
      .filter(({ id }) => only.has(id))
      .map((report) => ({ ...report, actions: report.actions.filter(({ id }) => only.has(id)) })),
    poisons: plan.poisons.filter(({ id }) => only.has(id)),
  };
}

import type { ReportEvent, ReportEventType } from '../../../events/report.ts';
import { dimensions, rowsOf, type Counted } from '../../kernel/figures.ts';
import { isPart } from '../../kernel/number.ts';

/** All figures, each a plain sum, so that any span of days is the sum of its days. */
export const figureNames = [
  'received',
  'routed',
  'triaged',
  'assigned',
  'acknowledged',
  'acknowledgedOnTime',
  'resolved',
  'resolvedOnTime',
  'secondsToResolve',
  'returned',
  'transferred',
  'reopened',
  'rated',
  'satisfied',
  'scoreSum',
  'withdrawn',
  'rejected',
  'merged',
  'supervised',
  'warned',
  'breached',
  'escalated',
  'suspended',
  'extended',
  'supported',
  'followedUp',
] as const;
export type FigureName = (typeof figureNames)[number];

/** Histogram of resolution times in steps of a tenth: sums of days give percentiles of any span. */
type Took = `took${number}`;
export type Figures = Partial<Record<FigureName | Took, number>>;

const tookBase = 1.1;

function tookStep(seconds: number): Took {
  return `took${seconds < 60 ? 0 : 1 + Math.floor(Math.log(seconds / 60) / Math.log(tookBase))}`;
}

/**
 * The resolution time that this share of the resolutions did not exceed, in seconds with an error of at most 5 %;
 * undefined without resolutions.
 */
export function resolutionTimePercentile(figures: Figures, share: number): number | undefined {
  const steps = (Object.entries(figures) as [string, number][])
    .flatMap(([name, count]) => (name.startsWith('took') ? [{ step: Number(name.slice(4)), count }] : []))
    .sort((a, b) => a.step - b.step);
  const total = steps.reduce((sum, { count }) => sum + count, 0);
  let seen = 0;
  for (const { step, count } of steps) {
    seen += count;
    if (seen >= total * share) return step === 0 ? 30 : Math.round(60 * tookBase ** (step - 0.5));
  }
  return undefined;
}

/** The figures without the histogram of resolution times. */
export function plainFigures(figures: Figures): Partial<Record<FigureName, number>> {
  return Object.fromEntries(
    figureNames.flatMap((name) => (figures[name] === undefined ? [] : [[name, figures[name]]])),
  );
}

/** 基本满意 and better count as satisfied. */
const satisfiedFrom = 3;

/** The figures that each event adds to; those that are missing add nothing. */
const additions: { readonly [T in ReportEventType]?: (event: ReportEvent<T>) => Figures } = {
  'report-submitted.v1': () => ({ received: 1 }),
  'report-triaged.v1': ({ data }) => (data.reason === 'unsure' ? { triaged: 1 } : {}),
  'report-assigned.v1': ({ data }) => ({ assigned: 1, ...(data.reason === 'routed' && { routed: 1 }) }),
  'assignment-acknowledged.v1': ({ data }) => ({
    acknowledged: 1,
    ...(data.withinTarget && { acknowledgedOnTime: 1 }),
  }),
  'report-resolved.v1': ({ data }) => {
    const { secondsTaken, withinTarget } = data;
    return {
      resolved: 1,
      secondsToResolve: secondsTaken,
      [tookStep(secondsTaken)]: 1,
      ...(withinTarget && { resolvedOnTime: 1 }),
    };
  },
  'assignment-returned.v1': () => ({ returned: 1 }),
  'assignment-transferred.v1': () => ({ transferred: 1 }),
  'report-reopened.v1': () => ({ reopened: 1 }),
  'report-rated.v1': ({ data }) => {
    const { score, replaces } = data;
    const satisfied = (each: number): number => (each >= satisfiedFrom ? 1 : 0);
    // A changed rating replaces the first one, whatever the day.
    if (replaces !== undefined)
      return { scoreSum: score - replaces, satisfied: satisfied(score) - satisfied(replaces) };
    return { rated: 1, scoreSum: score, ...(score >= satisfiedFrom && { satisfied: 1 }) };
  },
  'report-withdrawn.v1': () => ({ withdrawn: 1 }),
  'report-rejected.v1': () => ({ rejected: 1 }),
  'report-merged.v1': () => ({ merged: 1 }),
  'clock-warned.v1': () => ({ warned: 1 }),
  'clock-breached.v1': () => ({ breached: 1 }),
  'clock-escalated.v1': () => ({ escalated: 1 }),
  'report-suspended.v1': () => ({ suspended: 1 }),
  'extension-granted.v1': () => ({ extended: 1 }),
  'support-requested.v1': ({ data }) => ({ supported: data.parts.length }),
  'follow-up-recorded.v1': () => ({ followedUp: 1 }),
  'report-supervised.v1': () => ({ supervised: 1 }),
};

/**
 * The figures and rows that one event adds to. Only submissions are counted by the hour.
 * @param hour of the city's day on which it happened, `00` to `23`.
 */
export function countsOf<T extends ReportEventType>(event: ReportEvent<T>, hour: string): Counted[] {
  const add = additions[event.type]?.(event) ?? {};
  if (Object.keys(add).length === 0) return [];
  // A part counts as work of its department, but not as a report of a resident.
  return rowsOf(
    event,
    isPart(event.number) ? ['department'] : dimensions,
    add,
    event.type === 'report-submitted.v1' ? { hour } : {},
  );
}

/**
 * The three rates that a 12345 hotline is evaluated by, as shares from 0 to 1 (undefined: no data): 响应率 assignments
 * acknowledged in time, 解决率 assignments resolved, 满意率 ratings of 基本满意 or better.
 */
export function ratesOf(figures: Figures): { responded?: number; resolved?: number; satisfied?: number } {
  const share = (part: number | undefined, whole: number | undefined): number | undefined =>
    whole ? Math.min(1, (part ?? 0) / whole) : undefined;
  const responded = share(figures.acknowledgedOnTime, figures.assigned);
  const resolved = share(figures.resolved, figures.assigned);
  const satisfied = share(figures.satisfied, figures.rated);
  return {
    ...(responded !== undefined && { responded }),
    ...(resolved !== undefined && { resolved }),
    ...(satisfied !== undefined && { satisfied }),
  };
}

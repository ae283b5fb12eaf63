import type { ReportEvent } from '../../../events/report.ts';
import { isPart } from '../../kernel/number.ts';

/** What figures are counted by. */
export const dimensions = ['department', 'category', 'area', 'hour'] as const;
export type Dimension = (typeof dimensions)[number];

/** Everything that is counted, each a plain sum, so that any span of days is the sum of its days. */
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

/** Resolutions by how long they took, in steps of a tenth: sums of days give percentiles of any span. */
type Took = `took${number}`;
export type Figures = Partial<Record<FigureName | Took, number>>;

const tookBase = 1.1;

function tookStep(seconds: number): Took {
  return `took${seconds < 60 ? 0 : 1 + Math.floor(Math.log(seconds / 60) / Math.log(tookBase))}`;
}

/**
 * The time within which that share of the resolutions was settled, in seconds, at most 5 % off; undefined where
 * nothing was.
 */
export function settledWithin(figures: Figures, share: number): number | undefined {
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

/** The plain counts, without how they spread over time. */
export function plainFigures(figures: Figures): Partial<Record<FigureName, number>> {
  return Object.fromEntries(
    figureNames.flatMap((name) => (figures[name] === undefined ? [] : [[name, figures[name]]])),
  );
}

/** 基本满意 and better count as satisfied. */
const satisfiedFrom = 3;

/**
 * What one event adds, and to which rows. Only arrivals are counted by the hour.
 * @param hour of the city's day on which it happened, `00` to `23`.
 */
export function countsOf(
  event: ReportEvent,
  hour: string,
): { dimension: Dimension; key: string; add: Figures }[] {
  const add = addition(event);
  if (!add) return [];
  const about: Partial<Record<Dimension, string>> = {
    ...(event.data as { department?: string; category?: string; area?: string }),
    ...(event.type === 'report-submitted.v1' && { hour }),
  };
  return dimensions.flatMap((dimension) => {
    // A supporting department's part is that department's work, but no report of a resident's.
    if (isPart(event.number) && dimension !== 'department') return [];
    const key = about[dimension];
    return key === undefined ? [] : [{ dimension, key, add }];
  });
}

export function sum(a: Figures, b: Figures): Figures {
  const total: Figures = { ...a };
  for (const [name, amount] of Object.entries(b) as [keyof Figures, number][])
    total[name] = (total[name] ?? 0) + amount;
  return total;
}

/**
 * The three rates a 12345 line is judged by, as shares from 0 to 1 (undefined: nothing to judge yet):
 * 响应率 assignments taken up in time, 解决率 assignments settled, 满意率 ratings of 基本满意 or better.
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

function addition(event: ReportEvent): Figures | undefined {
  switch (event.type) {
    case 'report-submitted.v1':
      return { received: 1 };
    case 'report-triaged.v1':
      return event.data.reason === 'unsure' ? { triaged: 1 } : undefined;
    case 'report-assigned.v1':
      return { assigned: 1, ...(event.data.reason === 'routed' && { routed: 1 }) };
    case 'assignment-acknowledged.v1':
      return { acknowledged: 1, ...(event.data.withinTarget && { acknowledgedOnTime: 1 }) };
    case 'report-resolved.v1': {
      const { secondsTaken, withinTarget } = event.data;
      return {
        resolved: 1,
        secondsToResolve: secondsTaken,
        [tookStep(secondsTaken)]: 1,
        ...(withinTarget && { resolvedOnTime: 1 }),
      };
    }
    case 'assignment-returned.v1':
      return { returned: 1 };
    case 'assignment-transferred.v1':
      return { transferred: 1 };
    case 'report-reopened.v1':
      return { reopened: 1 };
    case 'report-rated.v1': {
      const { score, replaces } = event.data;
      const satisfied = (each: number): number => (each >= satisfiedFrom ? 1 : 0);
      // A changed rating takes the first one's place, whatever the day.
      if (replaces !== undefined)
        return { scoreSum: score - replaces, satisfied: satisfied(score) - satisfied(replaces) };
      return { rated: 1, scoreSum: score, ...(score >= satisfiedFrom && { satisfied: 1 }) };
    }
    case 'report-withdrawn.v1':
      return { withdrawn: 1 };
    case 'report-rejected.v1':
      return { rejected: 1 };
    case 'report-merged.v1':
      return { merged: 1 };
    case 'clock-warned.v1':
      return { warned: 1 };
    case 'clock-breached.v1':
      return { breached: 1 };
    case 'clock-escalated.v1':
      return { escalated: 1 };
    case 'report-suspended.v1':
      return { suspended: 1 };
    case 'extension-granted.v1':
      return { extended: 1 };
    case 'support-requested.v1':
      return { supported: event.data.parts.length };
    case 'follow-up-recorded.v1':
      return { followedUp: 1 };
    case 'report-resumed.v1':
    case 'extension-requested.v1':
    case 'extension-declined.v1':
    case 'priority-changed.v1':
    case 'policy-applied.v1':
    case 'report-closed.v1':
    case 'support-acknowledged.v1':
    case 'support-transferred.v1':
    case 'support-answered.v1':
    case 'support-cancelled.v1':
    case 'alert-reminded.v1':
    case 'report-classified.v1':
    case 'work-started.v1':
    case 'note-added.v1':
    case 'photos-processed.v1':
    case 'duplicate-joined.v1':
    case 'photo-blurred.v1':
    case 'personal-data-erased.v1':
    case 'contact-revealed.v1':
    case 'link-renewed.v1':
    case 'link-revoked.v1':
    case 'alert-taken.v1':
      return undefined;
    case 'report-supervised.v1':
      return { supervised: 1 };
  }
}

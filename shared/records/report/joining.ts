import { openPause, resumed, termsOf, type Clock } from '../../kernel/clocks/sla.ts';
import type { ReportData } from '../../../events/report.ts';
import type { KernelRefusal } from '../../kernel/kind.ts';
import { clockOf } from './clocks.ts';
import type { Report, ReportHistory, ReportRefusal } from './model.ts';
import { openStates, type State } from './state.ts';

/** Merging a duplicate report: which reports may be joined, and what the target takes over. */

/** Staff may also merge into resolved and closed reports: the followers are then told the result. */
export const joinableStates = [...openStates, 'resolved', 'closed'] as const;

/**
 * Why a report may not be joined.
 * @param by residents may only join open reports: nobody works on the others.
 */
export function joinRefusal(
  target: Report | undefined,
  by: 'resident' | 'staff',
): KernelRefusal | ReportRefusal | undefined {
  if (!target) return { kind: 'not-found' };
  if (by === 'staff' && !joinableStates.some((state: State) => state === target.state))
    return { kind: 'merge-target-ended' };
  if (target.parent) return { kind: 'part-of-another', parent: target.parent.number };
  if (by === 'resident' && target.endedAt !== undefined) return { kind: 'join-target-ended' };
  return undefined;
}

export type Joining = { number: string; followers: readonly string[]; clock?: Clock | undefined };

/** What a report brings when it joins another: its followers, and its clock to resolve while that runs. */
export function joiningOf({ number, duplicates, clocks }: Report): Joining {
  const { resolve } = clocks;
  return { number, followers: duplicates, clock: resolve?.stoppedAt === undefined ? resolve : undefined };
}

/** Adds the joining report, its followers, and its deadline where that is the earlier one. */
export function joined(history: ReportHistory, { number, followers, clock }: Joining): ReportHistory {
  const { state: report } = history;
  const earlier = clock && earlierClock(history, clock);
  const added = [number, ...followers].filter(
    (each) => each !== report.number && !report.duplicates.includes(each),
  );
  for (const each of added)
    history.add('duplicate-joined.v1', {
      number: each,
      ...(each === number && earlier && { clock: earlier }),
    });
  return history;
}

/**
 * The clock of a joining report, if it is due earlier. It is paused if this report is; warnings and breaches of either
 * clock are not repeated.
 */
function earlierClock(history: ReportHistory, clock: Clock): ReportData<'duplicate-joined.v1'>['clock'] {
  const mine = history.state.clocks.resolve;
  const { now } = history.context;
  if (!mine || mine.stoppedAt !== undefined) return undefined;
  const running = resumed(termsOf(clock), now);
  const terms = openPause(mine)
    ? { ...running, pauses: [...(running.pauses ?? []), { from: now }] }
    : running;
  const start = clockOf(history, terms);
  if (start.dueAt >= mine.dueAt) return undefined;
  const warnedAt = clock.warnedAt ?? mine.warnedAt;
  const breachedAt = clock.breachedAt ?? mine.breachedAt;
  const climbed = Math.max(clock.climbed ?? 0, mine.climbed ?? 0);
  return {
    ...start,
    ...(warnedAt !== undefined && { warnedAt }),
    ...(breachedAt !== undefined && { breachedAt }),
    ...(climbed > 0 && { climbed }),
  };
}

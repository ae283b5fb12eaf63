import { openPause, resumed, termsOf, type Clock } from '../../kernel/clocks/sla.ts';
import type { ReportData } from '../../../events/report.ts';
import type { KernelRefusal } from '../../kernel/kind.ts';
import { clockOf } from './clocks.ts';
import type { Report, ReportHistory, ReportRefusal } from './model.ts';
import { openStates, type State } from './state.ts';

/** Reports that repeat another one: which may be joined, and what it takes over from those that join. */

/** Staff may merge into what is resolved or closed as well: its followers then hear how it ended. */
export const joinableStates = [...openStates, 'resolved', 'closed'] as const;

/**
 * Why a report may not be joined.
 * @param by a resident joins what is under way alone: nobody works on the rest.
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

/** What a report brings along when it joins another: those who followed it, and its promise while that runs. */
export function joiningOf({ number, duplicates, clocks }: Report): Joining {
  const { resolve } = clocks;
  return { number, followers: duplicates, clock: resolve?.stoppedAt === undefined ? resolve : undefined };
}

/** Those who followed the one that joins come along, and so does its promise, where it was the earlier. */
export function joined(history: ReportHistory, { number, followers, clock }: Joining): ReportHistory {
  const { state: report } = history;
  const promise = clock && promiseOf(history, clock);
  const added = [number, ...followers].filter(
    (each) => each !== report.number && !report.duplicates.includes(each),
  );
  for (const each of added)
    history.add('duplicate-joined.v1', {
      number: each,
      ...(each === number && promise && { clock: promise }),
    });
  return history;
}

/**
 * The promise of a report that joins, if it is the earlier. It is paused here while this report is, and what either
 * clock has said is not said again.
 */
function promiseOf(history: ReportHistory, clock: Clock): ReportData<'duplicate-joined.v1'>['clock'] {
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

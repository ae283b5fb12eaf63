import type { ReportData } from '../../../events/report.ts';
import {
  clockNames,
  dueAction,
  openPause,
  type Clock,
  type ClockName,
  type ClockStart,
} from '../../kernel/clocks/sla.ts';
import { earliest } from '../../kernel/timers.ts';
import type { Report } from './model.ts';

/** The state of a report's two clocks after its events. */

type Clocks = Report['clocks'];

/** The next deadline of the report's department; undefined when no clock is running. */
export function dueAt(report: Pick<Report, 'clocks'>): string | undefined {
  return earliest(runningClocks(report).map((clock) => clock.dueAt));
}

/** Whether a running clock is overdue. */
export function isOverdue(report: Pick<Report, 'clocks'>): boolean {
  return runningClocks(report).some((clock) => clock.breachedAt !== undefined);
}

function runningClocks({ clocks }: Pick<Report, 'clocks'>): Clock[] {
  return clockNames.flatMap((name) => {
    const clock = clocks[name];
    return clock && !clock.stoppedAt && !openPause(clock) ? [clock] : [];
  });
}

export function isOnTime({ clocks }: Report, name: ClockName, now: string): boolean {
  const clock = clocks[name];
  return !clock || (clock.stoppedAt ?? now) < clock.dueAt;
}

export function dueActionOf({ clocks }: Report, name: ClockName, now: string): ReturnType<typeof dueAction> {
  const clock = clocks[name];
  return clock && dueAction(clock, now);
}

/** A new category for the same department changes the targets, not the progress. */
export function keepsWork(
  { state, department }: Report,
  assignment: Pick<ReportData<'report-assigned.v1'>, 'department' | 'reason'>,
): boolean {
  const isHeld = state === 'assigned' || state === 'in-progress';
  return isHeld && department === assignment.department && assignment.reason !== 'reopened';
}

/**
 * The clocks after an assignment. One with the same `startedAt` is the same clock: it keeps its warnings, breaches and
 * stop even though its instants have changed.
 */
export function assignedClocks(starts: Record<ClockName, ClockStart>, before: Clocks): Clocks {
  const carry = (name: ClockName): Clock => {
    const [start, old] = [starts[name], before[name]];
    return old?.startedAt === start.startedAt ? withMarks(start, old) : start;
  };
  return { acknowledge: carry('acknowledge'), resolve: carry('resolve') };
}

/** The clocks with new instants; those without a new start are unchanged. */
export function movedClocks(clocks: Clocks, starts: Partial<Record<ClockName, ClockStart>>): Clocks {
  return clockNames.reduce((all, name) => {
    const [start, old] = [starts[name], clocks[name]];
    return start && old ? { ...all, [name]: withMarks(start, old) } : all;
  }, clocks);
}

export function pausedClocks(clocks: Clocks, from: string): Clocks {
  return markedClocks(clocks, 'resolve', { pauses: [...(clocks.resolve?.pauses ?? []), { from }] });
}

export function stoppedClocks(clocks: Clocks, at: string, names: readonly ClockName[] = clockNames): Clocks {
  return names.reduce(
    (all, name) => (all[name]?.stoppedAt ? all : markedClocks(all, name, { stoppedAt: at })),
    clocks,
  );
}

export function markedClocks(clocks: Clocks, name: ClockName, mark: Partial<Clock>): Clocks {
  const clock = clocks[name];
  return clock ? { ...clocks, [name]: { ...clock, ...mark } } : clocks;
}

/** A clock on new terms, with its warnings, breaches, escalations and stop. */
function withMarks(start: ClockStart, { warnedAt, breachedAt, climbed, stoppedAt }: Clock): Clock {
  return {
    ...start,
    ...(warnedAt !== undefined && { warnedAt }),
    ...(breachedAt !== undefined && { breachedAt }),
    ...(climbed !== undefined && { climbed }),
    ...(stoppedAt !== undefined && { stoppedAt }),
  };
}

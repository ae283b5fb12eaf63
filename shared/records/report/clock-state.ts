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

/** A report's two clocks as its events leave them. */

type Clocks = Report['clocks'];

/** When the report's department has to have done its next step; undefined when nothing is running. */
export function dueAt(report: Pick<Report, 'clocks'>): string | undefined {
  return earliest(runningClocks(report).map((clock) => clock.dueAt));
}

/** Whether a clock that still runs has run out. */
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

/** A new category for the department that has it already changes what is promised, not what was done. */
export function keepsWork(
  { state, department }: Report,
  assignment: Pick<ReportData<'report-assigned.v1'>, 'department' | 'reason'>,
): boolean {
  const isHeld = state === 'assigned' || state === 'in-progress';
  return isHeld && department === assignment.department && assignment.reason !== 'reopened';
}

/**
 * The clocks of an assignment. One with the same `startedAt` is the same clock: what it has said it does not say again,
 * however its instants have moved, and what is stopped stays so.
 */
export function assignedClocks(starts: Record<ClockName, ClockStart>, before: Clocks): Clocks {
  const carry = (name: ClockName): Clock => {
    const [start, old] = [starts[name], before[name]];
    return old?.startedAt === start.startedAt ? withMarks(start, old) : start;
  };
  return { acknowledge: carry('acknowledge'), resolve: carry('resolve') };
}

/** Clocks whose instants have moved; those that are not named are as they were. */
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

/** On other terms, what a clock has said and whether it is stopped. */
function withMarks(start: ClockStart, { warnedAt, breachedAt, climbed, stoppedAt }: Clock): Clock {
  return {
    ...start,
    ...(warnedAt !== undefined && { warnedAt }),
    ...(breachedAt !== undefined && { breachedAt }),
    ...(climbed !== undefined && { climbed }),
    ...(stoppedAt !== undefined && { stoppedAt }),
  };
}

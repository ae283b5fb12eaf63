import type { Target } from '../config/city.ts';

/** The two promises a report carries: to be taken up 签收 and to be settled 办结. */
export const clockNames = ['acknowledge', 'resolve'] as const;
export type ClockName = (typeof clockNames)[number];

/** When a target begun at `startedAt` warns and breaks. All times are UTC instants (RFC 3339). */
export type ClockStart = { startedAt: string; target: Target; warnAt: string; dueAt: string };

/** A clock on a report. It runs until it is stopped; warning and breach fire at most once each. */
export type Clock = ClockStart & { warnedAt?: string; breachedAt?: string; stoppedAt?: string };

const unitMilliseconds: Record<Target['unit'], number> = { minute: 60_000, hour: 3_600_000 };

/** @param warnAtShare the share of the target, between 0 and 1, after which it warns. */
export function startClock(startedAt: string, target: Target, warnAtShare: number): ClockStart {
  const length = target.amount * unitMilliseconds[target.unit];
  return {
    startedAt,
    target,
    warnAt: shift(startedAt, length * warnAtShare),
    dueAt: shift(startedAt, length),
  };
}

/** The next instant at which the clock has something to say, if any. */
export function nextTimerOf(clock: Clock): string | undefined {
  if (clock.stoppedAt !== undefined || clock.breachedAt !== undefined) return undefined;
  return clock.warnedAt === undefined ? clock.warnAt : clock.dueAt;
}

/** What the clock has to say at `now`: a breach swallows a warning that nobody came by to give. */
export function dueAction(clock: Clock, now: string): 'warn' | 'breach' | undefined {
  const next = nextTimerOf(clock);
  if (next === undefined || next > now) return undefined;
  return now >= clock.dueAt ? 'breach' : 'warn';
}

/** Whole seconds from one instant to a later one, never negative. */
export function secondsBetween(from: string, to: string): number {
  return Math.max(0, Math.floor((Date.parse(to) - Date.parse(from)) / 1000));
}

function shift(instant: string, milliseconds: number): string {
  return new Date(Date.parse(instant) + milliseconds).toISOString();
}

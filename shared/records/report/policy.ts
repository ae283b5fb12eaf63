import type { Report } from './model.ts';
import { clockNames, type ClockName } from '../../kernel/clocks/sla.ts';

/** A deadline that changes when the city's rules are applied again. */
export type Move = { number: string; department?: string; clock: ClockName; from: string; to: string };

/** The deadlines that differ between two versions of a report. */
export function movesBetween(before: Report, after: Report): Move[] {
  return clockNames.flatMap((clock) => {
    const [from, to] = [before.clocks[clock]?.dueAt, after.clocks[clock]?.dueAt];
    if (from === undefined || to === undefined || from === to) return [];
    const { number, department } = after;
    return [{ number, ...(department !== undefined && { department }), clock, from, to }];
  });
}

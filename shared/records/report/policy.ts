import type { Report } from './model.ts';
import { clockNames, type ClockName } from '../../kernel/clocks/sla.ts';

/** A promise that is due at another time once the city's rules are applied anew. */
export type Move = { number: string; department?: string; clock: ClockName; from: string; to: string };

/** The promises of a report that are still to be kept and moved between two of its versions. */
export function movesBetween(before: Report, after: Report): Move[] {
  return clockNames.flatMap((clock) => {
    const [from, to] = [before.clocks[clock]?.dueAt, after.clocks[clock]?.dueAt];
    if (from === undefined || to === undefined || from === to) return [];
    const { number, department } = after;
    return [{ number, ...(department !== undefined && { department }), clock, from, to }];
  });
}

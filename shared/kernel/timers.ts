import { keptParts, type PersonalPart } from './erasure.ts';
import type { AnyKind, History, Model, RecordBase, Timer } from './kind.ts';

/** All timers of a record, unordered; the timer index lists it under the first. */
export function timersOf(kind: Pick<AnyKind, 'timers'>, record: RecordBase): Timer[] {
  return [
    ...kind.timers(record),
    ...keptParts(record).map(([, at]): Timer => ({ at, does: { kind: 'erase' } })),
  ];
}

/** The instant of the next timer; none when nothing is scheduled. */
export function nextTimer(kind: AnyKind, record: RecordBase): string | undefined {
  return earliest(timersOf(kind, record).map(({ at }) => at));
}

/** For `isDone` of the command that fires timers. */
export function isNothingDue(kind: Pick<AnyKind, 'timers'>, record: RecordBase, now: string): boolean {
  return timersOf(kind, record).every(({ at }) => at > now);
}

/** Fires all due timers, in the order in which they became due. */
export function fireDue<M extends Model>(history: History<M>): History<M> {
  const { kind, context } = history;
  for (;;) {
    const { state } = history;
    const [next] = timersOf(kind, state)
      .filter(({ at }) => at <= context.now)
      .map((timer) => ({ timer, since: kind.dueSince?.(state, timer, context.now) ?? timer.at }))
      .sort((a, b) => (a.since < b.since ? -1 : 1));
    if (!next) return history;
    kind.fire(history, next.timer);
  }
}

/** The personal data of a record whose retention period has ended. */
export function partsDue(record: RecordBase, now: string): PersonalPart[] {
  return keptParts(record)
    .filter(([, at]) => at <= now)
    .map(([part]) => part);
}

export function earliest(instants: readonly (string | undefined)[]): string | undefined {
  return instants.filter((instant) => instant !== undefined).sort()[0];
}

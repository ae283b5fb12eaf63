import type { City } from '../../shared/config/city.ts';
import { currentCorrelationId, withCorrelationId } from '../../shared/logging/correlation.ts';
import { logFailure, logInfo } from '../../shared/logging/log.ts';
import { scheduledRun } from '../../shared/logging/scheduled-run.ts';
import type { Records } from '../../shared/store/records.ts';
import { timerShards } from '../../shared/store/schema.ts';

export type Dependencies = {
  city: City;
  store: Records;
  now: () => string;
  /** From 0 to 1, as `Math.random`. */
  random: () => number;
};

const concurrency = 16;

/**
 * Fires every due timer. Two sweeps may run at once: each firing is one conditional write, and the second one has
 * nothing left to do. A failure does not delay other reports; that one is due again in a minute.
 *
 * @throws at the end when any failed, so that the alarm on the function's errors fires.
 */
export function createHandler({ city, store, now, random }: Dependencies) {
  return scheduledRun(async (): Promise<{ fired: number; failed: number }> => {
    const run = currentCorrelationId() ?? now();
    const context = { now: now(), actor: { kind: 'system', name: 'sweep' } as const, city };
    const due = store.due(context.now, Math.floor(random() * timerShards));
    let fired = 0;
    let failed = 0;
    const fire = async (number: string): Promise<void> => {
      try {
        const result = await store.execute(number, { type: 'fire-timers' }, context);
        if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.refusal)}`);
        fired += result.events.length;
        logInfo('timer-fired', { number, events: result.events.map(({ type }) => type) });
      } catch (error) {
        failed += 1;
        logFailure('timer-failed', error, { number });
      }
    };
    const work = async (): Promise<void> => {
      for (let next = await due.next(); !next.done; next = await due.next()) {
        const number = next.value;
        await withCorrelationId(`${run}#${number}`, () => fire(number));
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    if (failed > 0) throw new Error(`${failed} of the timers due could not be fired`);
    return { fired, failed };
  });
}

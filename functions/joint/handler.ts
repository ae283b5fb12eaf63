import type { City } from '../../shared/config/city.ts';
import { decide, type Context } from '../../shared/records/report/decide.ts';
import { errandsOf, type Errand } from '../../shared/records/report/follow-ups.ts';
import { consumer, Unprocessable, type Parking, type QueueHandler } from '../../shared/queue/consume.ts';
import { obey } from '../../shared/queue/obey.ts';
import type { ReportStore } from '../../shared/store/records.ts';

export type Dependencies = { city: City; store: ReportStore; parking: Parking; now: () => string };

/** Carries joint work between a report and the parts of supporting departments. */
export function createHandler({ city, store, parking, now }: Dependencies): QueueHandler {
  async function run({ number, command }: Errand, context: Context): Promise<void> {
    if (command.type !== 'open-support') {
      const result = await store.execute(number, command, context);
      // A part that is not there yet is ended by whoever opens it.
      const isTooEarly =
        (command.type === 'end-support' || command.type === 'erase') &&
        !result.ok &&
        result.refusal.kind === 'not-found';
      if (!isTooEarly) obey(result);
      return;
    }
    const decision = decide(undefined, command, context);
    if (!decision.ok) throw new Unprocessable(`refused: ${JSON.stringify(decision.refusal)}`);
    // No resident has a token for a part: no hash is empty.
    await store.create(decision.events, { keyHash: '', requestHash: '', tokenHash: '' });
  }

  return consumer(parking, async (event) => {
    const stored = await store.load(event.number);
    if (!stored) throw new Unprocessable(`no report ${event.number}`);
    const context = { now: now(), actor: { kind: 'system', name: 'joint' } as const, city };
    for (const errand of errandsOf(event, stored.report)) await run(errand, context);
    if (event.type === 'support-requested.v1') await endUnwanted(event.data.parts, event.number, context);
  });

  /** The report may have ended, and cancelled its parts, before they were there to be told. */
  async function endUnwanted(
    parts: readonly { number: string }[],
    parent: string,
    context: Context,
  ): Promise<void> {
    const { report } = (await store.load(parent)) ?? {};
    for (const { number } of parts) {
      const part = report?.support.find((each) => each.number === number);
      if (part?.state !== 'cancelled') continue;
      const reason = '主办工单已结束 The report it answers to has ended';
      obey(await store.execute(number, { type: 'end-support', reason }, context));
    }
  }
}

import type { City } from '../../shared/config/city.ts';
import { classify } from '../../shared/records/report/classifier.ts';
import type { Command } from '../../shared/records/report/commands.ts';
import { consumer, type Parking, type QueueHandler } from '../../shared/queue/consume.ts';
import { obey } from '../../shared/queue/obey.ts';
import type { ReportStore } from '../../shared/store/records.ts';
import type { ReportEvent } from '../../events/report.ts';

export type Dependencies = { city: City; store: ReportStore; parking: Parking; now: () => string };

/** Names a fresh report's category, which routes it, or leaves that to a person. */
export function createHandler({ city, store, parking, now }: Dependencies): QueueHandler {
  /** What the resident chose counts, unless they chose "something else". */
  function verdict({ data }: ReportEvent<'report-submitted.v1'>): Extract<Command, { by: string }> {
    const chosen = data.category;
    const guess = classify(city, data.description);
    // A category that the city has dropped meanwhile is no choice any more.
    const isKnown = city.categories.some(({ code }) => code === chosen);
    if (chosen !== undefined && isKnown && chosen !== city.unclearCategory)
      return {
        type: 'classify',
        category: chosen,
        confidence: 1,
        by: 'resident',
        alternatives: guess.alternatives,
      };
    return { type: 'classify', by: 'classifier', ...guess };
  }

  return consumer(parking, async (event) => {
    if (event.type !== 'report-submitted.v1') return;
    const context = { now: now(), actor: { kind: 'system', name: 'classify' } as const, city };
    obey(await store.execute(event.number, verdict(event), context));
  });
}

import type { City } from '../../shared/config/city.ts';
import type { ReportData } from '../../events/report.ts';
import { consumer, type Parking, type QueueHandler } from '../../shared/queue/consume.ts';
import { parkIfRefused } from '../../shared/queue/park-if-refused.ts';
import { classify } from '../../shared/records/report/classifier.ts';
import type { ReportKind } from '../../shared/records/report/kind.ts';
import type { Records } from '../../shared/store/records.ts';

export type Dependencies = {
  city: City;
  store: Records<ReportKind>;
  parking: Parking;
  now: () => string;
};

/** Classifies a submitted report, which routes it or leaves that to a person. */
export function createHandler({ city, store, parking, now }: Dependencies): QueueHandler {
  return consumer(store.kinds, parking, async (event) => {
    if (event.type !== 'report-submitted.v1') return;
    const context = { now: now(), actor: { kind: 'system', name: 'classify' } as const, city };
    const command = { type: 'classify', ...classification(city, event.data) } as const;
    parkIfRefused(await store.execute(event.number, command, context));
  });
}

/** The resident's choice counts, unless it was "something else". */
function classification(city: City, { category: chosen, description }: ReportData<'report-submitted.v1'>) {
  const guess = classify(city, description);
  // The city may have removed the chosen category.
  const isKnown = city.categories.some(({ code }) => code === chosen);
  if (chosen === undefined || !isKnown || chosen === city.unclearCategory)
    return { by: 'classifier' as const, ...guess };
  const { alternatives } = guess;
  return { category: chosen, confidence: 1, by: 'resident' as const, alternatives };
}

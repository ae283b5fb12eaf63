import type { City } from '../../shared/config/city.ts';
import { cityTime } from '../../shared/kernel/clocks/city-day.ts';
import type { CountEvent } from '../../shared/kernel/figures.ts';
import type { PublishedKind } from '../../shared/kernel/kind.ts';
import { consumer, type Parking, type QueueHandler } from '../../shared/queue/consume.ts';
import type { Ledger } from '../../shared/store/ledger.ts';

export type Dependencies = {
  kinds: readonly PublishedKind[];
  /** What each kind counts, by its name. */
  figures: Readonly<Record<string, CountEvent>>;
  city: City;
  ledger: Ledger;
  parking: Parking;
  now: () => string;
};

/** Counts each event once, into the figures of the city's day on which it happened. */
export function createHandler({ kinds, figures, city, ledger, parking, now }: Dependencies): QueueHandler {
  return consumer(kinds, parking, async (event, kind) => {
    const countsOf = figures[kind.name];
    if (!countsOf) return;
    await ledger.count(event, countsOf, cityTime(event.occurredAt, city.timeZone), now());
  });
}

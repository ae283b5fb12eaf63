import type { City } from '../../shared/config/city.ts';
import { cityTime } from '../../shared/kernel/clocks/city-day.ts';
import type { PublishedKind } from '../../shared/kernel/kind.ts';
import { consumer, type Parking, type QueueHandler } from '../../shared/queue/consume.ts';
import type { Ledger } from '../../shared/store/ledger.ts';

export type Dependencies = {
  kinds: readonly PublishedKind[];
  city: City;
  ledger: Ledger;
  parking: Parking;
  now: () => string;
};

/** Counts each event once, into the figures of the city's day on which it happened. */
export function createHandler({ kinds, city, ledger, parking, now }: Dependencies): QueueHandler {
  return consumer(kinds, parking, (event, kind) =>
    ledger.count(event, kind.countsOf, cityTime(event.occurredAt, city.timeZone), now()),
  );
}

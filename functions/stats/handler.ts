import type { SQSRecord } from 'aws-lambda';
import type { City } from '../../shared/config/city.ts';
import { backlogCounts, moveSchema, type Move } from '../../shared/kernel/backlog.ts';
import { cityTime } from '../../shared/kernel/clocks/city-day.ts';
import type { PublishedKind } from '../../shared/kernel/kind.ts';
import { batchConsumer, type Message, type Parking, type QueueHandler } from '../../shared/queue/consume.ts';
import type { CountedEvent, Figures } from '../../shared/store/figures.ts';

export type Dependencies = {
  kinds: readonly PublishedKind[];
  city: City;
  figures: Figures;
  parking: Parking;
  now: () => string;
};

/** Counts each event once, in the figures of the city's day on which it happened and in the backlog. */
export function createHandler({ kinds, city, figures, parking, now }: Dependencies): QueueHandler {
  let closedOn = '';
  return batchConsumer(kinds, parking, async (messages) => {
    const today = cityTime(now(), city.timeZone).day;
    if (closedOn !== today) {
      await figures.closeDays(today);
      closedOn = today;
    }
    const before = await figures.formerMarks.done(
      messages,
      ({ event: { number, sequence, occurredAt } }) => ({
        occurredAt,
        pk: `counted#${number}`,
        sk: String(sequence),
      }),
    );
    const counted = new Map<CountedEvent, Message<PublishedKind>>(
      messages
        .filter((message) => !before.has(message))
        .map((message) => [countedEvent(message, city), message]),
    );
    const failed = await figures.count([...counted.keys()], today, now());
    return new Set([...failed].map((event) => counted.get(event)).filter((message) => message !== undefined));
  });
}

function countedEvent({ event, kind, record }: Message<PublishedKind>, city: City): CountedEvent {
  const { day, hour } = cityTime(event.occurredAt, city.timeZone);
  const { number, sequence } = event;
  return { number, sequence, day, counts: [...kind.countsOf(event, hour), ...backlogCounts(moveOf(record))] };
}

/** The backlog move that the relay attaches to the last event of a change. */
function moveOf({ messageAttributes }: SQSRecord): Move {
  const attribute = messageAttributes['backlog']?.stringValue;
  if (attribute === undefined) return {};
  return moveSchema.parse(JSON.parse(attribute));
}

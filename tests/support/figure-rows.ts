import type { AnyEvent } from '../../events/envelope.ts';
import { cityTime } from '../../shared/kernel/clocks/city-day.ts';
import { kindOf } from '../../shared/kernel/number.ts';
import { registries } from './registries.ts';

/** The expected figures, counted from all events: a sum for each `figures#dimension#day key name`. */
export function figureRows(events: readonly AnyEvent[], timeZone: string): Map<string, number> {
  const rows = new Map<string, number>();
  for (const event of events) {
    const { day, hour } = cityTime(event.occurredAt, timeZone);
    const { countsOf } = kindOf(registries.kinds, event.number);
    for (const { dimension, key, add } of countsOf(event, hour))
      for (const [name, amount = 0] of Object.entries<number | undefined>(add)) {
        const row = `figures#${dimension}#${day} ${key} ${name}`;
        rows.set(row, (rows.get(row) ?? 0) + amount);
      }
  }
  return rows;
}

import type { AnyKind } from '../kernel/kind.ts';
import { chosenNumber, numberTries, type NumberInput } from '../kernel/numbering.ts';
import type { Stored } from './item.ts';
import type { Records } from './records.ts';

type Key = { keyHash: (idempotencyKey: string) => string };

/** The record that a request has made already, at one of these turns, under whichever key of the secret was in use then. */
export async function findEarlier<K extends AnyKind, S extends Key>(
  store: Records<K>,
  numbers: { prefix: string; letter: string },
  turns: readonly NumberInput<S>[],
): Promise<{ stored: Stored<K>; key: S } | undefined> {
  let candidates = [...turns];
  for (let attempt = 0; attempt < numberTries && candidates.length > 0; attempt += 1) {
    const places = new Map(
      candidates.map((candidate) => [chosenNumber(numbers, candidate, attempt), candidate]),
    );
    const found = await store.loadMany([...places.keys()]);
    // Somebody else's record stands where ours would: look where ours would have gone next.
    candidates = [];
    for (const stored of found) {
      const place = places.get(stored.record.number);
      if (!place) continue;
      if (stored.private.keyHash === place.keyHash) return { stored, key: place.key };
      candidates.push(place);
    }
  }
  return undefined;
}

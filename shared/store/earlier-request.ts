import type { AnyKind } from '../kernel/kind.ts';
import { chosenNumber, numberTries, type NumberInput } from '../kernel/numbering.ts';
import type { Stored } from './item.ts';
import type { Records } from './records.ts';

type Key = { keyHash: (idempotencyKey: string) => string };

/** The record that an earlier identical request created, under any of these inputs of its number. */
export async function findEarlier<K extends AnyKind, S extends Key>(
  store: Records<K>,
  numbers: { prefix: string; letter: string },
  inputs: readonly NumberInput<S>[],
): Promise<{ stored: Stored<K>; key: S } | undefined> {
  let candidates = [...inputs];
  for (let attempt = 0; attempt < numberTries && candidates.length > 0; attempt += 1) {
    const byNumber = new Map(
      candidates.map((candidate) => [chosenNumber(numbers, candidate, attempt), candidate]),
    );
    const found = await store.loadMany([...byNumber.keys()]);
    // Another request's record has the number: try the number that ours would have got next.
    candidates = [];
    for (const stored of found) {
      const input = byNumber.get(stored.record.number);
      if (!input) continue;
      if (stored.private.keyHash === input.keyHash) return { stored, key: input.key };
      candidates.push(input);
    }
  }
  return undefined;
}

import type { AnyEvent } from '../../events/envelope.ts';

/** The dimensions of the figures. */
export const dimensions = ['department', 'category', 'area', 'hour'] as const;
export type Dimension = (typeof dimensions)[number];

/** Counts by name, each a plain sum, so that any span of days is the sum of its days. */
export type Counts = Readonly<Record<string, number | undefined>>;

/** What one event adds to a row. */
export type Counted = { dimension: Dimension; key: string; add: Counts };

/**
 * What a kind counts of an event, if anything.
 * @param hour of the city's day on which it happened, `00` to `23`.
 */
export type CountEvent = { call(event: AnyEvent, hour: string): Counted[] }['call'];

/** The rows that an event adds to: one for each of the dimensions that it has a value for. */
export function rowsOf(
  { data }: AnyEvent,
  dimensionsOf: readonly Dimension[],
  add: Counts,
  more: Partial<Record<Dimension, string>> = {},
): Counted[] {
  const values = { ...data, ...more };
  return dimensionsOf.flatMap((dimension) => {
    const key = values[dimension];
    return typeof key === 'string' ? [{ dimension, key, add }] : [];
  });
}

export function sum<F extends Counts>(a: F, b: F): F {
  const total: Record<string, number | undefined> = { ...a };
  for (const [name, amount] of Object.entries(b)) total[name] = (total[name] ?? 0) + (amount ?? 0);
  return total as F;
}

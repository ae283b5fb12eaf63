import { createHash } from 'node:crypto';
import { replayDays } from '../config/limits.ts';
import { cityDay } from './clocks/city-day.ts';
import { formatNumber, numberDate, numbersPerDay } from './number.ts';

/** The number of a record is derived from the idempotency key of the request that creates it: see decision 2. */

/** A day has 32^5 numbers; this many collisions in a row do not happen by chance. */
export const numberTries = 12;

/**
 * Longer than a request lasts, and than the clock skew between two instances. This near to midnight, or to a new key
 * of the secret, a repeated request may derive another number than the first.
 */
const skewMilliseconds = 300_000;
const dayMilliseconds = 86_400_000;

type SecretKey = { keyHash: (idempotencyKey: string) => string };
/** The keys of the secret: `at` the one in use at an instant, `since` all in use since then. */
type KeyRing<K extends SecretKey> = { at: (instant: string) => K; since: (instant: string) => readonly K[] };

/** The inputs of a number: the secret's key in use, the city's date in the number's form, and the keyed hash. */
export type NumberInput<K extends SecretKey> = { key: K; date: string; keyHash: string };

/** The inputs for a request at this moment, and those that an instance with another clock would use. */
export function numberInputsAt<K extends SecretKey>(
  now: string,
  keys: KeyRing<K>,
  idempotencyKey: string,
  timeZone: string,
): { own: NumberInput<K>; others: NumberInput<K>[] } {
  const at = (milliseconds: number): NumberInput<K> => {
    const instant = new Date(Date.parse(now) + milliseconds).toISOString();
    const key = keys.at(instant);
    return { key, date: numberDate(instant, timeZone), keyHash: key.keyHash(idempotencyKey) };
  };
  const own = at(0);
  const isOther = ({ key, date }: NumberInput<K>): boolean => key !== own.key || date !== own.date;
  return { own, others: [at(-skewMilliseconds), at(skewMilliseconds)].filter(isOther) };
}

/** The inputs under which a repeated request may have created its record on one of the last `replayDays` days. */
export function earlierNumberInputs<K extends SecretKey>(
  now: string,
  keys: KeyRing<K>,
  idempotencyKey: string,
  timeZone: string,
  current: readonly NumberInput<K>[],
): NumberInput<K>[] {
  const today = Date.parse(cityDay(now, timeZone));
  const earlier = Array.from({ length: replayDays }, (_, ago) =>
    numberDate(new Date(today - ago * dayMilliseconds).toISOString(), 'UTC'),
  );
  const dates = [...new Set([...current.map(({ date }) => date), ...earlier])];
  const longAgo = new Date(Date.parse(now) - (replayDays + 1) * dayMilliseconds).toISOString();
  return keys.since(longAgo).flatMap((key) => {
    const keyHash = key.keyHash(idempotencyKey);
    return dates.map((date) => ({ date, key, keyHash }));
  });
}

/** @param attempt from 0; the next one when the number belongs to another request's record. */
export function chosenNumber(
  { prefix, letter }: { prefix: string; letter: string },
  { keyHash, date }: { keyHash: string; date: string },
  attempt: number,
): string {
  const bits = createHash('sha256').update(`${keyHash} ${attempt}`).digest().readUInt32BE(0);
  return formatNumber(prefix, date, bits % numbersPerDay, letter);
}

import { createHash } from 'node:crypto';
import { replayDays } from '../config/limits.ts';
import { cityDay } from './clocks/city-day.ts';
import { formatNumber, numberDate, numbersPerDay } from './number.ts';

/** The idempotency key of a request chooses the number of the record that it makes: see decision 2. */

/** A day has 32^5 numbers; as many collisions in a row do not happen by chance. */
export const numberTries = 12;

/**
 * Longer than a request lasts, and than the clocks of two instances are apart: so near to midnight, or to a new key of
 * the secret, a repeated request may be given another number than the first.
 */
const turnMilliseconds = 300_000;
const dayMilliseconds = 86_400_000;

type SecretKey = { keyHash: (idempotencyKey: string) => string };
/** The keys of the secret: the one in use at an instant, and those in use since one. */
type KeyRing<K extends SecretKey> = { at: (instant: string) => K; since: (instant: string) => readonly K[] };

/** The key of the secret that is in use, the city's date as numbers have it, and the hash that the key makes. */
export type Turn<K extends SecretKey> = { key: K; date: string; keyHash: string };

/** What a request of this moment is numbered by: here, and wherever a clock is ahead or behind. */
export function turnsAt<K extends SecretKey>(
  now: string,
  keys: KeyRing<K>,
  idempotencyKey: string,
  timeZone: string,
): { own: Turn<K>; others: Turn<K>[] } {
  const at = (milliseconds: number): Turn<K> => {
    const instant = new Date(Date.parse(now) + milliseconds).toISOString();
    const key = keys.at(instant);
    return { key, date: numberDate(instant, timeZone), keyHash: key.keyHash(idempotencyKey) };
  };
  const own = at(0);
  const isOther = ({ key, date }: Turn<K>): boolean => key !== own.key || date !== own.date;
  return { own, others: [at(-turnMilliseconds), at(turnMilliseconds)].filter(isOther) };
}

/** Where the record of a request may be that came on one of the days that count. */
export function earlierTurns<K extends SecretKey>(
  now: string,
  keys: KeyRing<K>,
  idempotencyKey: string,
  timeZone: string,
  turns: readonly Turn<K>[],
): Turn<K>[] {
  const today = Date.parse(cityDay(now, timeZone));
  const before = Array.from({ length: replayDays }, (_, ago) =>
    numberDate(new Date(today - ago * dayMilliseconds).toISOString(), 'UTC'),
  );
  const dates = [...new Set([...turns.map(({ date }) => date), ...before])];
  const longAgo = new Date(Date.parse(now) - (replayDays + 1) * dayMilliseconds).toISOString();
  return keys.since(longAgo).flatMap((key) => {
    const keyHash = key.keyHash(idempotencyKey);
    return dates.map((date) => ({ date, key, keyHash }));
  });
}

/** @param attempt from 0; the next one where somebody else's record has the number. */
export function chosenNumber(
  { prefix, letter }: { prefix: string; letter: string },
  { keyHash, date }: { keyHash: string; date: string },
  attempt: number,
): string {
  const bits = createHash('sha256').update(`${keyHash} ${attempt}`).digest().readUInt32BE(0);
  return formatNumber(prefix, date, bits % numbersPerDay, letter);
}

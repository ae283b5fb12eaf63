import * as z from 'zod';
import { replayDays } from './limits.ts';

/**
 * What the one secret holds: the keys that everything is derived from, and what the captcha's provider gave the city.
 * A deployment generates a plain text, which is one key; the first rotation makes a document of it.
 */
const key = z.strictObject({
  key: z.string().min(32, { error: 'a key has at least 32 characters' }),
  /** From when it is the one in use, until a later one is. */
  from: z.iso.datetime(),
});
const secretSchema = z.strictObject({ keys: z.array(key).min(1), captcha: z.string().min(1).optional() });

/** `keys`: the latest first. */
export type Secret = z.infer<typeof secretSchema>;

const beginning = '1970-01-01T00:00:00.000Z';

/** How long a function trusts what it has read of the secret. */
export const rereadMinutes = 5;
/** How long before its use a new key is told: by then every function knows it, and can check what others made by it. */
export const announceMinutes = 2 * rereadMinutes;

/** @throws an error without any of the text when it is neither a key nor a document of keys. */
export function parseSecret(text: string): Secret {
  if (!text.startsWith('{')) return check({ keys: [{ key: text, from: beginning }] });
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // The parser's own message quotes what it could not read.
    throw new Error('the secret is not JSON');
  }
  return check(document);
}

function check(document: unknown): Secret {
  const result = secretSchema.safeParse(document);
  if (!result.success)
    throw new Error(
      `the secret is not as required: ${result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ')}`,
    );
  const keys = result.data.keys.toSorted((a, b) => b.from.localeCompare(a.from));
  return { ...result.data, keys };
}

/**
 * The secret with a further key, in use from `announceMinutes` after `now`.
 * @param most how many keys to keep; the earliest go first, and with them what only they can find. One that was in
 * use within the days for which a repeated request is recognised stays, however many there are.
 */
export function withNewKey(secret: Secret, newKey: string, now: string, most: number): Secret {
  const from = new Date(Date.parse(now) + announceMinutes * 60_000).toISOString();
  const longAgo = new Date(Date.parse(now) - (replayDays + 1) * 86_400_000).toISOString();
  const keys = [{ key: newKey, from }, ...secret.keys];
  return check({
    ...secret,
    keys: keys.filter((_, at) => at < most || (keys[at - 1]?.from ?? '') > longAgo),
  });
}

import * as z from 'zod';
import { replayDays } from './limits.ts';

/**
 * The content of the one secret: the keys that all others are derived from, and the captcha's secret. A deployment
 * generates a plain text, which is one key; the first rotation turns it into a document.
 */
const key = z.strictObject({
  key: z.string().min(32, { error: 'a key has at least 32 characters' }),
  /** The start of its use, which ends when a later key's starts. */
  from: z.iso.datetime(),
});
const secretSchema = z.strictObject({ keys: z.array(key).min(1), captcha: z.string().min(1).optional() });

/** `keys`: the latest first. */
export type Secret = z.infer<typeof secretSchema>;

const beginning = '1970-01-01T00:00:00.000Z';

/** How long a function caches the secret. */
export const rereadMinutes = 5;
/** How long before its use a new key is published: by then every function has read it and can verify with it. */
export const announceMinutes = 2 * rereadMinutes;

/** @throws an error without any of the text when it is neither a key nor a document of keys. */
export function parseSecret(text: string): Secret {
  if (!text.startsWith('{')) return check({ keys: [{ key: text, from: beginning }] });
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // The parser's own message would quote the secret.
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
 * @param most how many keys to keep; the oldest are removed, and what only they can find is lost. Keys in use within
 * `replayDays` are kept in any case.
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

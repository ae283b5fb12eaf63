import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { APIGatewayProxyEventV2, APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import * as z from 'zod';
import { staffRoles } from '../config/city.ts';
import { parseSecret, rereadMinutes, type Secret } from '../config/secret.ts';
import type { Actor } from '../kernel/permissions.ts';
import { logFailure } from '../logging/log.ts';
import type { CommandKey, Private } from '../store/item.ts';
import { Problem } from './problems.ts';

/** What is derived from one key. Each use has its own label, so no value serves another use. */
export class Key {
  /** From when it is the one in use. */
  readonly from: string;
  readonly #secret: string;

  constructor({ key, from }: Secret['keys'][number]) {
    this.#secret = key;
    this.from = from;
  }

  /**
   * Opens one report; 256 bits.
   * @param link says which of the report's links; the first is named by the hash of the idempotency key.
   */
  trackingToken(number: string, link: string): string {
    return this.#derive('tracking', `${number} ${link}`).toString('base64url');
  }

  /** Stands for a telephone number in the index, where the number itself must not. */
  contactHash(phone: string): string {
    return this.#derive('contact', normalPhone(phone)).toString('base64url');
  }

  /** Stands for an idempotency key; its first bits choose the report's number. */
  keyHash(idempotencyKey: string): string {
    return this.#derive('key', idempotencyKey).toString('base64url');
  }

  /** Stands for what was sent with an idempotency key: without the secret, a telephone number in it cannot be tried out. */
  requestHash(request: string): string {
    return this.#derive('request', request).toString('base64url');
  }

  /** Signs what a department's webhook receives. */
  webhookSecret(department: string): string {
    return this.#derive('webhook', department).toString('base64url');
  }

  /** Stands for whoever is counted, where the address, device or telephone number itself must not. */
  callerHash(caller: string): string {
    return this.#derive('caller', caller).toString('base64url');
  }

  #derive(label: string, value: string): Buffer {
    return createHmac('sha256', this.#secret).update(`${label}\0${value}`).digest();
  }
}

/** How long webhooks are signed by the key before as well: time to hand the new secret to the department. */
const graceDays = 30;

/** The keys of the secret, as they stand at one instant. */
export class Keys {
  /** Makes what is new. */
  readonly current: Key;
  /** All that may have made something, the latest first; one that is announced is among them. */
  readonly all: readonly Key[];
  /** What the captcha's provider knows the city by. */
  readonly captcha: string | undefined;

  constructor(secret: Secret, now: string) {
    this.all = secret.keys.map((key) => new Key(key));
    this.current = this.at(now);
    this.captcha = secret.captcha;
  }

  /** The one in use at an instant. */
  at(instant: string): Key {
    const key = this.all.find(({ from }) => from <= instant) ?? this.all.at(-1);
    if (!key) throw new Error('the secret has no key');
    return key;
  }

  /** What a department's webhook is signed by at an instant: by the key before as well for a while, the latest first. */
  webhookSecrets(department: string, now: string): string[] {
    const graceFrom = new Date(Date.parse(now) - graceDays * 86_400_000).toISOString();
    return this.since(graceFrom)
      .filter(({ from }) => from <= now)
      .map((key) => key.webhookSecret(department));
  }

  /** Those that may have been in use at that instant or later, the latest first. */
  since(instant: string): readonly Key[] {
    return this.all.filter((_, at) => {
      const next = this.all[at - 1];
      return next === undefined || next.from > instant;
    });
  }
}

/** The token of the link that a report has now; undefined when it has none, or the key that made it is gone. */
export function presentToken(keys: Keys, number: string, secret: Private): string | undefined {
  const link = secret.link ?? secret.keyHash;
  return keys.all
    .map((key) => key.trackingToken(number, link))
    .find((token) => opens(token, secret.tokenHash));
}

/** One spelling for each number: digits alone, without China's country code. */
function normalPhone(phone: string): string {
  const digits = phone.normalize('NFKC').replaceAll(/\D/g, '');
  return digits.replace(/^(?:00)?86(?=\d{11}$)/, '');
}

/** How long to go on with what is known before another try, when a secret cannot be read again. */
const retryMilliseconds = 30_000;

/**
 * Reads a secret at the first use, and again when `rereadMinutes` have passed. When reading it again fails, what is
 * known serves on.
 *
 * @param now milliseconds since 1970.
 */
export function secretFrom<T>(
  client: SecretsManagerClient,
  secretArn: string,
  parse: (text: string) => T,
  now: () => number = Date.now,
): () => Promise<T> {
  let known: { value: T; validUntil: number } | undefined;
  let reading: Promise<T> | undefined;
  const read = async (): Promise<T> => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
    return parse(SecretString ?? '');
  };
  return async () => {
    if (known && now() < known.validUntil) return known.value;
    reading ??= read();
    try {
      const value = await reading;
      known = { value, validUntil: now() + rereadMinutes * 60_000 };
      return value;
    } catch (error) {
      if (!known) throw error;
      logFailure('secret-not-reread', error);
      known.validUntil = now() + retryMilliseconds;
      return known.value;
    } finally {
      reading = undefined;
    }
  };
}

/**
 * The keys as of now. A new key is announced longer before its use than a function trusts what it has read, so none
 * meets what was made by a key that it does not know.
 */
export function keysFrom(
  client: SecretsManagerClient,
  secretArn: string,
  now: () => number = Date.now,
): () => Promise<Keys> {
  const secret = secretFrom(client, secretArn, parseSecret, now);
  return async () => new Keys(await secret(), new Date(now()).toISOString());
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** Whether the token has this hash. Nothing opens what has no token: no hash is empty. */
export function opens(token: string, tokenHash: string): boolean {
  return isSame(sha256(token), tokenHash);
}

/** Compares hashes in a time that does not depend on where the two differ. */
export function isSame(hash: string, other: string): boolean {
  const [given, wanted] = [Buffer.from(hash), Buffer.from(other)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** The bearer token of a resident's request. */
export function trackingTokenOf(event: APIGatewayProxyEventV2): string {
  const token = /^Bearer\s+(\S+)$/i.exec(event.headers['authorization'] ?? '')?.[1];
  if (token === undefined) throw new Problem('tracking-token-required');
  return token;
}

/** The request's `Idempotency-Key`: 16 to 128 letters, digits, hyphens or underscores. */
export function idempotencyKeyOf(event: APIGatewayProxyEventV2): string {
  const key = optionalIdempotencyKey(event);
  if (key === undefined) throw new Problem('idempotency-key-required');
  return key;
}

/** As `idempotencyKeyOf`, where leaving the header out is allowed; a malformed one never is. */
export function optionalIdempotencyKey(event: APIGatewayProxyEventV2): string | undefined {
  const key = event.headers['idempotency-key'];
  if (key !== undefined && !/^[\w-]{16,128}$/.test(key)) throw new Problem('idempotency-key-required');
  return key;
}

const listed = z
  .string()
  .default('')
  .transform((ids) => ids.split(' ').filter((id) => id !== ''));

/** API Gateway hands a list on as the text `[a b]`. */
const groups = z
  .union([z.string().transform((text) => text.replace(/^\[|\]$/g, '').split(/[\s,]+/)), z.array(z.string())])
  .default([]);

const claimsSchema = z.object({
  username: z.string().min(1),
  'cognito:groups': groups,
  departments: listed,
  areas: listed,
});

export type Staff = Extract<Actor, { kind: 'staff' }>;

/** The member of staff whom the gateway's authorizer has let in. */
export function staffOf(event: APIGatewayProxyEventV2): Staff {
  const context: Partial<APIGatewayProxyEventV2WithJWTAuthorizer['requestContext']> = event.requestContext;
  const parsed = claimsSchema.safeParse(context.authorizer?.jwt.claims);
  if (!parsed.success) throw new Problem('sign-in-required');
  // The strongest of several.
  const role = staffRoles.findLast((candidate) => parsed.data['cognito:groups'].includes(candidate));
  if (role === undefined) throw new Problem('not-permitted');
  const { username, departments, areas } = parsed.data;
  return { kind: 'staff', username, role, departments, areas };
}

/** Enough that nobody finds two alike: 132 bits. */
const commandHashLength = 22;

/** What a command is known by when it is asked again. @param key the asker's. @param request all that was asked. */
export function commandKeyOf(key: string, request: string): CommandKey {
  const short = (text: string): string => sha256(text).slice(0, commandHashLength);
  return { key: short(key), request: short(request) };
}

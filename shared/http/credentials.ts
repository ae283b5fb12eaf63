import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { APIGatewayProxyEventV2, APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import * as z from 'zod';
import { staffRoles } from '../config/city.ts';
import type { Actor } from '../domain/permissions.ts';
import { Problem } from './problems.ts';

/** The one secret, and what is derived from it. Each use has its own label, so no value serves another use. */
export class Keys {
  readonly #secret: string;

  constructor(secret: string) {
    if (secret.length < 32) throw new Error('the secret must have at least 32 characters');
    this.#secret = secret;
  }

  /** Opens one report; 256 bits, the same for the same report and idempotency key. */
  trackingToken(number: string, keyHash: string): string {
    return this.#derive('tracking', `${number} ${keyHash}`).toString('base64url');
  }

  /** Stands for a telephone number in the index, where the number itself must not. */
  contactHash(phone: string): string {
    return this.#derive('contact', normalPhone(phone)).toString('base64url');
  }

  /** Stands for an idempotency key; its first bits choose the report's number. */
  keyHash(idempotencyKey: string): string {
    return this.#derive('key', idempotencyKey).toString('base64url');
  }

  /** Stands for what was sent under an idempotency key. Keyed, or a telephone number in it could be tried out. */
  requestHash(request: string): string {
    return this.#derive('request', request).toString('base64url');
  }

  /** Signs what a department's webhook receives. */
  webhookSecret(department: string): string {
    return this.#derive('webhook', department).toString('base64url');
  }

  #derive(label: string, value: string): Buffer {
    return createHmac('sha256', this.#secret).update(`${label}\0${value}`).digest();
  }
}

/** One spelling for each number: digits alone, without China's country code. */
function normalPhone(phone: string): string {
  const digits = phone.normalize('NFKC').replaceAll(/\D/g, '');
  return digits.replace(/^(?:00)?86(?=\d{11}$)/, '');
}

/** Reads the secret at the first use and keeps it; a failed read is tried again. */
export function keysFrom(client: SecretsManagerClient, secretArn: string): () => Promise<Keys> {
  let keys: Promise<Keys> | undefined;
  const read = async (): Promise<Keys> => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
    return new Keys(SecretString ?? '');
  };
  return async () => {
    keys ??= read();
    try {
      return await keys;
    } catch (error) {
      keys = undefined;
      throw error;
    }
  };
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** Compares in a time that does not depend on where the two differ. Nothing opens what has no token: no hash is empty. */
export function opens(token: string, tokenHash: string): boolean {
  const [given, wanted] = [Buffer.from(sha256(token)), Buffer.from(tokenHash)];
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

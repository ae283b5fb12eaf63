import { randomUUID } from 'node:crypto';
import { createLocalJWKSet, importJWK, SignJWT, type JWK, type JWTVerifyGetKey } from 'jose';
import type { Outcome } from '../lambda/function-pool.ts';
import { place } from '../template/resource-types.ts';
import type { UserPoolPlan } from '../template/plan.ts';
import type { StaffKeys } from './keys.ts';
import type { Person } from './people.ts';

type Overrides = { claimsToAddOrOverride?: Record<string, unknown>; claimsToSuppress?: string[] };

/** Invokes the pre-token-generation function. @throws AccessDenied if the user pool may not invoke it. */
type Trigger = (event: object) => Promise<Outcome>;

/** Issues access tokens like the user pool, including the pre-token-generation trigger. */
export class AccessTokens {
  readonly issuer: string;
  readonly keys: JWTVerifyGetKey;
  readonly #plan: UserPoolPlan;
  readonly #signing: StaffKeys['signing'];
  readonly #trigger: Trigger | undefined;

  constructor(options: {
    plan: UserPoolPlan;
    issuer: string;
    keys: StaffKeys;
    trigger: Trigger | undefined;
  }) {
    this.issuer = options.issuer;
    this.#plan = options.plan;
    this.#signing = options.keys.signing;
    this.#trigger = options.trigger;
    const { kty, n, e, kid, alg } = options.keys.signing;
    this.keys = createLocalJWKSet({ keys: [{ kty, n, e, kid, alg, use: 'sig' } as JWK] });
  }

  /** The identity and permission claims of a person's access token for the client. */
  async claimsOf(person: Person, clientId: string, scopes: string[]): Promise<Record<string, unknown>> {
    const claims: Record<string, unknown> = {
      token_use: 'access',
      version: 2,
      username: person.username,
      'cognito:groups': [person.role],
      auth_time: Math.floor(Date.now() / 1000),
    };
    if (!this.#trigger) return claims;
    const outcome = await this.#trigger(triggerEvent(person, this.#plan.id, clientId, scopes));
    if (!outcome.ok)
      throw new Error(`the pre-token-generation function failed: ${outcome.error.errorMessage}`);
    const answer = JSON.parse(outcome.payload ?? 'null') as {
      response?: { claimsAndScopeOverrideDetails?: { accessTokenGeneration?: Overrides } };
    } | null;
    const overrides = answer?.response?.claimsAndScopeOverrideDetails?.accessTokenGeneration ?? {};
    Object.assign(claims, overrides.claimsToAddOrOverride);
    for (const name of overrides.claimsToSuppress ?? []) Reflect.deleteProperty(claims, name);
    return claims;
  }

  /** A token as if the person had signed in to the pages. */
  async mint(person: Person): Promise<{ token: string; expiresIn: number }> {
    const [client] = this.#plan.clients;
    if (!client) throw new Error('the user pool has no client');
    const claims = await this.claimsOf(person, client.id, client.scopes);
    const token = await new SignJWT({ ...claims, client_id: client.id, scope: client.scopes.join(' ') })
      .setProtectedHeader({ alg: 'RS256', kid: this.#signing.kid, typ: 'at+jwt' })
      .setIssuer(this.issuer)
      .setAudience(client.id)
      .setSubject(person.username)
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime(`${client.accessTokenSeconds}s`)
      .sign(await importJWK(this.#signing, 'RS256'));
    return { token, expiresIn: client.accessTokenSeconds };
  }
}

/** Cognito's event for a trigger of version V2_0 after a sign-in on its hosted page. */
function triggerEvent(person: Person, userPoolId: string, clientId: string, scopes: string[]): object {
  return {
    version: '2',
    triggerSource: 'TokenGeneration_HostedAuth',
    region: place.region,
    userPoolId,
    userName: person.username,
    callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId },
    request: {
      userAttributes: {
        sub: person.username,
        'cognito:user_status': 'CONFIRMED',
        name: person.name,
        'custom:departments': person.departments.join(' '),
        'custom:areas': person.areas.join(' '),
      },
      groupConfiguration: { groupsToOverride: [person.role], iamRolesToOverride: [], preferredRole: null },
      scopes,
    },
    response: { claimsAndScopeOverrideDetails: null },
  };
}

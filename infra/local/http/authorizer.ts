import { jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import type { RoutePlan } from '../template/plan.ts';

export type Authorization =
  | { ok: true; jwt: { claims: Record<string, string>; scopes: string[] | null } }
  | { ok: false; status: 401 | 403; message: string; challenge: string };

/** The keys of an issuer, by its `iss`. On one machine there is one issuer, whose keys are in memory. */
export type IssuerKeys = (issuer: string) => JWTVerifyGetKey | undefined;

/** An HTTP API's JWT authorizer: signature, issuer, times, audience (or client_id), and one of the route's scopes. */
export async function authorize(
  header: string | undefined,
  wanted: NonNullable<RoutePlan['authorizer']>,
  keysOf: IssuerKeys,
): Promise<Authorization> {
  const token = /^(?:Bearer\s+)?([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(header ?? '')?.[1];
  if (token === undefined) return { ok: false, status: 401, message: 'Unauthorized', challenge: 'Bearer' };
  const invalid = (why: string): Authorization => ({
    ok: false,
    status: 401,
    message: 'Unauthorized',
    challenge: `Bearer scope="${wanted.scopes.join(' ')}" error="invalid_token" error_description="${why}"`,
  });

  const keys = keysOf(wanted.issuer);
  if (!keys) return invalid('unknown issuer');
  let payload: JWTPayload;
  try {
    ({ payload } = await jwtVerify(token, keys, { issuer: wanted.issuer, algorithms: ['RS256'] }));
  } catch (error) {
    return invalid(error instanceof Error ? error.message.replaceAll('"', "'") : 'not valid');
  }
  const audiences = payload.aud === undefined ? [payload['client_id']] : [payload.aud].flat();
  if (!audiences.some((audience) => wanted.audience.some((one) => one === audience)))
    return invalid('the token does not have a valid audience');

  const scopes = typeof payload['scope'] === 'string' ? payload['scope'].split(' ') : [];
  if (wanted.scopes.length > 0 && !wanted.scopes.some((scope) => scopes.includes(scope)))
    return {
      ok: false,
      status: 403,
      message: 'Forbidden',
      challenge: `Bearer scope="${wanted.scopes.join(' ')}" error="insufficient_scope"`,
    };
  const claims = Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, claimText(value)]));
  return { ok: true, jwt: { claims, scopes: wanted.scopes.length > 0 ? wanted.scopes : null } };
}

/** API Gateway passes every claim as text; a list becomes `[a b]`. */
function claimText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(claimText).join(' ')}]`;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

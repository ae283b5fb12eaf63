import type { IncomingHttpHeaders } from 'node:http';
import type { CorsRule } from '../template/resource-types.ts';

export type CorsHeaders = Record<string, string>;

/** The CORS headers of the first rule that allows a cross-origin request; undefined if none does. */
export function corsOfRequest(
  rules: CorsRule[],
  headers: IncomingHttpHeaders,
  method: string,
): CorsHeaders | undefined {
  const { origin } = headers;
  if (origin === undefined) return undefined;
  const rule = rules.find(
    (one) =>
      matchesAny(one.AllowedOrigins, origin) && one.AllowedMethods.some((allowed) => allowed === method),
  );
  return rule && headersOf(rule, origin);
}

/** As `corsOfRequest`, for a preflight request; the rule must also allow the requested headers. */
export function corsOfPreflight(rules: CorsRule[], headers: IncomingHttpHeaders): CorsHeaders | undefined {
  const method = headers['access-control-request-method'] ?? '';
  const wanted = (headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const { origin } = headers;
  if (origin === undefined || method === '') return undefined;
  const rule = rules.find(
    (one) =>
      matchesAny(one.AllowedOrigins, origin) &&
      one.AllowedMethods.some((allowed) => allowed === method) &&
      wanted.every((name) =>
        matchesAny(
          (one.AllowedHeaders ?? []).map((allowed) => allowed.toLowerCase()),
          name,
        ),
      ),
  );
  if (!rule) return undefined;
  return {
    ...headersOf(rule, origin),
    ...(wanted.length > 0 ? { 'access-control-allow-headers': wanted.join(', ') } : {}),
    ...(rule.MaxAge === undefined ? {} : { 'access-control-max-age': String(rule.MaxAge) }),
  };
}

function headersOf(rule: CorsRule, origin: string): CorsHeaders {
  const everyone = rule.AllowedOrigins.includes('*');
  return {
    'access-control-allow-origin': everyone ? '*' : origin,
    'access-control-allow-methods': rule.AllowedMethods.join(', '),
    ...(rule.ExposedHeaders?.length
      ? { 'access-control-expose-headers': rule.ExposedHeaders.join(', ') }
      : {}),
    ...(everyone ? {} : { 'access-control-allow-credentials': 'true' }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
}

/** A pattern may contain one `*`. */
function matchesAny(patterns: string[], value: string): boolean {
  return patterns.some((pattern) => {
    const [start = '', end] = pattern.split('*');
    return end === undefined
      ? pattern === value
      : value.length >= start.length + end.length && value.startsWith(start) && value.endsWith(end);
  });
}

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { CredentialStore } from '../credentials.ts';

/** AWS Signature Version 4, on the checking side. */

export type SignatureRefusal = { ok: false; status: 400 | 403; code: string; message: string };
export type SignatureCheck = { ok: true; accessKeyId: string } | SignatureRefusal;

/** How far a signed request's time may be off, and how long an address may be good: AWS's own limits. */
const skewMilliseconds = 15 * 60_000;
const longestExpirySeconds = 7 * 86_400;

type Scope = { accessKeyId: string; date: string; region: string; service: string };

export function parseScope(credential: string): Scope | undefined {
  const parts = credential.split('/');
  const [accessKeyId, date, region, service, end] = parts;
  if (parts.length !== 5 || end !== 'aws4_request' || !accessKeyId || !date || !region || !service)
    return undefined;
  return { accessKeyId, date, region, service };
}

export function signatureOf(secret: string, scope: Scope, text: string): string {
  const hmac = (key: string | Buffer, data: string): Buffer =>
    createHmac('sha256', key).update(data).digest();
  const key = hmac(
    hmac(hmac(hmac(`AWS4${secret}`, scope.date), scope.region), scope.service),
    'aws4_request',
  );
  return createHmac('sha256', key).update(text).digest('hex');
}

export function sameSignature(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Milliseconds of a time such as 20261121T213400Z. */
export function timeOf(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const milliseconds = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

export function refuse(status: 400 | 403, code: string, message: string): SignatureRefusal {
  return { ok: false, status, code, message };
}

export const unknownKey = refuse(
  403,
  'InvalidAccessKeyId',
  'The AWS Access Key Id you provided does not exist in our records.',
);
export const wrongSignature = refuse(
  403,
  'SignatureDoesNotMatch',
  'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
);

type HeaderOptions = {
  service: string;
  /** For services whose requests do not say the hash of their body. */
  body?: Buffer;
  /** Another host that the request may be signed for: that of PUBLIC_URL, when a proxy changes the header. */
  publicHost?: string;
};

/** Checks a request that is signed in its Authorization header. Whether the body has the hash it says is not checked. */
export function checkSignedHeaders(
  request: IncomingMessage,
  credentials: CredentialStore,
  now: number,
  options: HeaderOptions,
): SignatureCheck {
  const authorization = request.headers.authorization ?? '';
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  const scope = match?.[1] === undefined ? undefined : parseScope(match[1]);
  if (!match || scope?.service !== options.service) return refuse(403, 'AccessDenied', 'Access Denied');
  const [, , signedHeaders = '', signature = ''] = match;
  const secret = credentials.secretOf(scope.accessKeyId);
  if (secret === undefined) return unknownKey;

  const amzDate = String(request.headers['x-amz-date'] ?? '');
  const time = timeOf(amzDate);
  if (time === undefined || !amzDate.startsWith(scope.date))
    return refuse(403, 'AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header');
  if (Math.abs(time - now) > skewMilliseconds)
    return refuse(
      403,
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
    );

  const payloadHash =
    options.body === undefined ? String(request.headers['x-amz-content-sha256'] ?? '') : sha256(options.body);
  const names = signedHeaders.split(';');
  if (!names.includes('host')) return wrongSignature;
  // Whatever says what to do must be signed.
  if (Object.keys(request.headers).some((name) => name.startsWith('x-amz-') && !names.includes(name)))
    return wrongSignature;
  return checkSignature(request, names, payloadHash, amzDate, scope, secret, signature, options.publicHost);
}

/** Checks a presigned address. */
export function checkSignedQuery(
  request: IncomingMessage,
  credentials: CredentialStore,
  now: number,
  publicHost: string,
): SignatureCheck {
  const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
  const [scope, amzDate, expires, signedHeaders, signature] = [
    parseScope(query.get('X-Amz-Credential') ?? ''),
    query.get('X-Amz-Date') ?? '',
    Number(query.get('X-Amz-Expires') ?? ''),
    query.get('X-Amz-SignedHeaders') ?? '',
    query.get('X-Amz-Signature') ?? '',
  ];
  const time = timeOf(amzDate);
  const malformed = (message: string): SignatureRefusal =>
    refuse(400, 'AuthorizationQueryParametersError', message);
  if (query.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256')
    return malformed('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"');
  if (scope?.service !== 's3' || time === undefined || !amzDate.startsWith(scope.date) || !signedHeaders)
    return malformed(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    );
  if (!Number.isInteger(expires) || expires < 1 || expires > longestExpirySeconds)
    return malformed(
      'X-Amz-Expires must be less than a week (in seconds) and at least one second; that is, the given X-Amz-Expires must be from 1 to 604800 seconds',
    );
  const secret = credentials.secretOf(scope.accessKeyId);
  if (secret === undefined) return unknownKey;
  const names = signedHeaders.split(';');
  if (!names.includes('host')) return wrongSignature;
  const checked = checkSignature(
    request,
    names,
    'UNSIGNED-PAYLOAD',
    amzDate,
    scope,
    secret,
    signature,
    publicHost,
  );
  if (!checked.ok) return checked;
  if (time > now + skewMilliseconds) return refuse(403, 'AccessDenied', 'Request is not yet valid');
  if (now > time + expires * 1000) return refuse(403, 'AccessDenied', 'Request has expired');
  return checked;
}

function checkSignature(
  request: IncomingMessage,
  names: string[],
  payloadHash: string,
  amzDate: string,
  scope: Scope,
  secret: string,
  signature: string,
  publicHost: string | undefined,
): SignatureCheck {
  const url = request.url ?? '/';
  const at = url.indexOf('?');
  const [path, query] = at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
  const scopeText = `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
  const hosts = new Set([request.headers.host ?? '', ...(publicHost === undefined ? [] : [publicHost])]);
  for (const host of hosts) {
    const headers = names
      .map(
        (name) =>
          `${name}:${(name === 'host' ? host : String(request.headers[name] ?? '')).trim().replace(/\s+/g, ' ')}\n`,
      )
      .join('');
    const canonical = [
      request.method,
      path,
      canonicalQuery(query),
      headers,
      names.join(';'),
      payloadHash,
    ].join('\n');
    const text = ['AWS4-HMAC-SHA256', amzDate, scopeText, sha256(canonical)].join('\n');
    if (sameSignature(signatureOf(secret, scope, text), signature))
      return { ok: true, accessKeyId: scope.accessKeyId };
  }
  return wrongSignature;
}

function canonicalQuery(query: string): string {
  return query
    .split('&')
    .filter((pair) => pair !== '' && !pair.startsWith('X-Amz-Signature='))
    .map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [normal(pair), ''] : [normal(pair.slice(0, at)), normal(pair.slice(at + 1))];
    })
    .sort(([a = '', b = ''], [c = '', d = '']) => (a < c ? -1 : a > c ? 1 : b < d ? -1 : b > d ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** As RFC 3986 has it: everything escaped but letters, digits and -._~ */
function normal(text: string): string {
  let plain = text;
  try {
    plain = decodeURIComponent(text);
  } catch {
    // Not escaped properly; its signature cannot be right either.
  }
  return encodeURIComponent(plain).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

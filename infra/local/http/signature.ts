import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { parse } from 'node:querystring';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import type { CredentialStore } from '../credentials.ts';

/** Verifies AWS Signature Version 4: signs the request again and compares the signatures. */

export type SignatureRefusal = { ok: false; status: 400 | 403; code: string; message: string };
export type SignatureCheck = { ok: true; accessKeyId: string } | SignatureRefusal;

/** AWS's limits for the clock skew of a request and the validity of a presigned URL. */
const skewMilliseconds = 15 * 60_000;
const maxExpirySeconds = 7 * 86_400;

type Scope = { accessKeyId: string; date: string; region: string; service: string };

export function parseScope(credential: string): Scope | undefined {
  const parts = credential.split('/');
  const [accessKeyId, date, region, service, end] = parts;
  if (parts.length !== 5 || end !== 'aws4_request' || !accessKeyId || !date || !region || !service)
    return undefined;
  return { accessKeyId, date, region, service };
}

/** A signer with the owner's secret. */
export function signerOf({ accessKeyId, region, service }: Scope, secretAccessKey: string): SignatureV4 {
  return new SignatureV4({
    credentials: { accessKeyId, secretAccessKey },
    region,
    service,
    sha256: Hash.bind(null, 'sha256'),
    // S3 requires the path as sent; the other services here have the path / only.
    uriEscapePath: false,
    applyChecksum: false,
  });
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
  /** For services whose requests do not contain a hash of their body. */
  body?: Buffer;
  /** A second host that the request may be signed for: that of PUBLIC_URL, if a proxy changes the Host header. */
  publicHost?: string;
};

/** Checks a request signed in its Authorization header. For S3 the caller must compare the body's hash. */
export async function checkSignedHeaders(
  request: IncomingMessage,
  credentials: CredentialStore,
  now: number,
  options: HeaderOptions,
): Promise<SignatureCheck> {
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

  const { body } = options;
  const payloadHash = request.headers['x-amz-content-sha256'];
  if (body ? payloadHash !== undefined && payloadHash !== hash('sha256', body) : payloadHash === undefined)
    return wrongSignature;
  const names = signedHeaders.split(';');
  if (!names.includes('host')) return wrongSignature;
  // All x-amz- headers must be signed.
  if (Object.keys(request.headers).some((name) => name.startsWith('x-amz-') && !names.includes(name)))
    return wrongSignature;
  const signer = signerOf(scope, secret);
  for (const candidate of requestsOf(request, names, options.publicHost)) {
    const signed = await signer.sign(
      { ...candidate, body },
      { signingDate: new Date(time), signableHeaders: new Set(names) },
    );
    const [, expected = ''] = signed.headers['authorization']?.split('Signature=') ?? [];
    if (sameSignature(expected, signature)) return { ok: true, accessKeyId: scope.accessKeyId };
  }
  return wrongSignature;
}

/** Checks a presigned URL. */
export async function checkSignedQuery(
  request: IncomingMessage,
  credentials: CredentialStore,
  now: number,
  publicHost: string,
): Promise<SignatureCheck> {
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
  if (!Number.isInteger(expires) || expires < 1 || expires > maxExpirySeconds)
    return malformed(
      'X-Amz-Expires must be less than a week (in seconds) and at least one second; that is, the given X-Amz-Expires must be from 1 to 604800 seconds',
    );
  const secret = credentials.secretOf(scope.accessKeyId);
  if (secret === undefined) return unknownKey;
  const names = signedHeaders.split(';');
  if (!names.includes('host')) return wrongSignature;
  const signer = signerOf(scope, secret);
  const signableHeaders = new Set(names);
  let matches = false;
  for (const candidate of requestsOf(request, names, publicHost)) {
    const signed = await signer.presign(
      // For the signer, a stream means an unsigned body.
      { ...candidate, body: request },
      {
        signingDate: new Date(time),
        expiresIn: expires,
        signableHeaders,
        unhoistableHeaders: signableHeaders,
      },
    );
    matches ||= sameSignature(String(signed.query?.['X-Amz-Signature']), signature);
  }
  if (!matches) return wrongSignature;
  if (time > now + skewMilliseconds) return refuse(403, 'AccessDenied', 'Request is not yet valid');
  if (now > time + expires * 1000) return refuse(403, 'AccessDenied', 'Request has expired');
  return { ok: true, accessKeyId: scope.accessKeyId };
}

type SignableRequest = Parameters<SignatureV4['presign']>[0];

/** The request with the signed headers, once for each host that it may be signed for. */
function requestsOf(
  request: IncomingMessage,
  names: readonly string[],
  publicHost: string | undefined,
): SignableRequest[] {
  const [path = '', query = ''] = (request.url ?? '/').split(/\?(.*)/s);
  const hosts = new Set([request.headers.host, publicHost].filter((host) => host !== undefined));
  return [...hosts].map((host) => ({
    method: request.method ?? '',
    protocol: 'http:',
    hostname: host,
    path,
    query: parse(query) as Record<string, string | string[]>,
    headers: Object.fromEntries(
      names.map((name) => [name, name === 'host' ? host : String(request.headers[name] ?? '').trim()]),
    ),
  }));
}

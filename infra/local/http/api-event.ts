import type { IncomingMessage, ServerResponse } from 'node:http';
import { place } from '../template/resource-types.ts';
import type { Authorization } from './authorizer.ts';
import { gzipped, isCompressed, acceptsGzip } from './compression.ts';

/** Converts requests and responses to and from an HTTP API's payload format 2.0. */

export type ApiRequest = {
  request: IncomingMessage;
  body: Buffer;
  apiId: string;
  routeKey: string;
  pathParameters: Record<string, string>;
  authorization: Extract<Authorization, { ok: true }> | undefined;
  requestId: string;
  /** By the virtual clock. */
  now: number;
};

export function eventOf({
  request,
  body,
  apiId,
  routeKey,
  pathParameters,
  authorization,
  requestId,
  now,
}: ApiRequest): object {
  const url = request.url ?? '/';
  const at = url.indexOf('?');
  const [rawPath, rawQueryString] = at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];

  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (name !== 'cookie' && value !== undefined)
      headers[name] = Array.isArray(value) ? value.join(',') : value;
  }
  const sourceIp = request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
  headers['x-forwarded-for'] = [headers['x-forwarded-for'], sourceIp].filter(Boolean).join(', ');
  headers['x-forwarded-proto'] ??= 'http';
  headers['x-forwarded-port'] ??= String(request.socket.localPort ?? '');
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(rawQueryString))
    query[name] = name in query ? `${query[name]},${value}` : value;
  const cookies = request.headers.cookie?.split(/;\s*/);
  const text = isText(request.headers['content-type']) ? textOf(body) : undefined;
  const host = request.headers.host ?? '';

  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString,
    ...(cookies ? { cookies } : {}),
    headers,
    ...(Object.keys(query).length > 0 ? { queryStringParameters: query } : {}),
    requestContext: {
      accountId: place.account,
      apiId,
      ...(authorization ? { authorizer: { jwt: authorization.jwt } } : {}),
      domainName: host,
      domainPrefix: host.split('.', 1)[0] ?? '',
      http: {
        method: request.method ?? 'GET',
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp,
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId,
      routeKey,
      stage: '$default',
      time: logTime(now),
      timeEpoch: now,
    },
    ...(Object.keys(pathParameters).length > 0 ? { pathParameters } : {}),
    ...(body.length > 0 ? { body: text ?? body.toString('base64') } : {}),
    isBase64Encoded: body.length > 0 && text === undefined,
  };
}

/** Bodies of other types are base64-encoded, also URL-encoded forms. */
function isText(contentType: string | undefined): boolean {
  return (
    contentType === undefined ||
    /^(text\/|application\/(json|xml|javascript|[\w.+-]+\+(json|xml))\b)/i.test(contentType)
  );
}

function textOf(body: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return undefined;
  }
}

/** 21/Nov/2026:21:34:00 +0000 */
function logTime(now: number): string {
  const [, day = '', month = '', year = '', time = ''] = new Date(now).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}

/** Writes a function's result as the response. Returns false if the result is not valid. */
export async function writeResponse(
  payload: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  compress: boolean,
): Promise<boolean> {
  const answer: unknown = payload === undefined ? null : JSON.parse(payload);
  if (typeof answer !== 'object' || answer === null || !('statusCode' in answer)) {
    // A result without a status code is the body.
    const body = typeof answer === 'string' ? answer : (payload ?? 'null');
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
      .end(body);
    return true;
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = answer as Record<string, unknown>;
  const status = Number(statusCode);
  if (
    !Number.isInteger(status) ||
    status < 200 ||
    status > 599 ||
    (body !== undefined && body !== null && typeof body !== 'string')
  )
    return false;
  let content: Buffer = Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8');
  try {
    for (const [name, value] of Object.entries((headers ?? {}) as Record<string, unknown>))
      response.setHeader(name, String(value));
    if (Array.isArray(cookies)) response.setHeader('set-cookie', cookies.map(String));
  } catch {
    return false;
  }
  if (content.length > 0 && !response.hasHeader('content-type'))
    response.setHeader('content-type', 'text/plain;charset=UTF-8');
  if (compress && isCompressed(String(response.getHeader('content-type')), content.length)) {
    response.appendHeader('vary', 'accept-encoding');
    if (acceptsGzip(request)) {
      response.setHeader('content-encoding', 'gzip');
      content = await gzipped(content);
    }
  }
  if (status !== 204 && status !== 304) response.setHeader('content-length', content.length);
  response.writeHead(status);
  response.end(content);
  return true;
}

import { createHash } from 'node:crypto';
import {
  request as httpRequest,
  Agent,
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { Writable } from 'node:stream';
import type { CredentialStore } from '../credentials.ts';
import { denialMessage, type AccessControl, type Caller, type Denial } from '../iam/access-control.ts';
import { administrators, type Callers } from '../iam/callers.ts';
import type { BucketPlan } from '../template/plan.ts';
import { corsOfPreflight, corsOfRequest } from './cors.ts';
import { MalformedForm, readForm } from './form-data.ts';
import { checkPostPolicy } from './post-policy.ts';
import { checkSignedHeaders, checkSignedQuery } from './signature.ts';

/** The engine's limit for one request. */
const maxBodyBytes = 11 * 1024 * 1024;
/** A refused client reads the response only after sending its whole body; this much of it is read and discarded. */
const maxDiscardedBytes = 100 * 1024 * 1024;

const forwardedHeaders =
  /^(content-type|content-length|content-encoding|content-disposition|content-language|cache-control|expires|range|if-.*|x-amz-(meta-.*|copy-source.*|metadata-directive|checksum-.*|sdk-checksum-algorithm|trailer|decoded-content-length))$/;
/** Form fields that become headers of the object. */
const objectFields =
  /^(content-type|content-disposition|content-encoding|content-language|cache-control|expires|x-amz-meta-.*)$/;

type Body = AsyncIterableIterator<Buffer>;

class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: Record<string, string | number>;

  constructor(status: number, code: string, message: string, details: Record<string, string | number> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/**
 * The S3 API for browsers and functions. Checks each request's signature (header, presigned URL or presigned form) and
 * permissions, then forwards it to the engine, which checks nothing.
 */
export class S3Endpoint {
  readonly #buckets: Map<string, BucketPlan>;
  readonly #engine: URL;
  readonly #credentials: CredentialStore;
  readonly #callers: Callers;
  readonly #access: AccessControl;
  readonly #publicHost: string;
  readonly #now: () => number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 20 });

  constructor(options: {
    buckets: BucketPlan[];
    engineUrl: string;
    credentials: CredentialStore;
    callers: Callers;
    access: AccessControl;
    publicUrl: string;
    now: () => number;
  }) {
    this.#buckets = new Map(options.buckets.map((bucket) => [bucket.name, bucket]));
    this.#engine = new URL(options.engineUrl);
    this.#credentials = options.credentials;
    this.#callers = options.callers;
    this.#access = options.access;
    this.#publicHost = new URL(options.publicUrl).host;
    this.#now = options.now;
  }

  /** The bucket and key of a request; the bucket is the first part of the path or of the host name. */
  find(request: IncomingMessage): { bucket: BucketPlan; key: string } | undefined {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const hostBucket = this.#buckets.get((request.headers.host ?? '').split('.', 1)[0] ?? '');
    if (hostBucket && request.headers.host !== this.#publicHost)
      return { bucket: hostBucket, key: path.slice(1) };
    const [, name = '', ...rest] = path.split('/');
    const bucket = this.#buckets.get(name);
    return bucket && { bucket, key: rest.join('/') };
  }

  async serve(
    request: IncomingMessage,
    response: ServerResponse,
    { bucket, key }: { bucket: BucketPlan; key: string },
  ): Promise<void> {
    response.setHeader('server', 'AmazonS3');
    // One shared iterator, which leaves the connection open for the response when reading stops.
    const body: Body = request.iterator({ destroyOnReturn: false });
    try {
      if (request.method === 'OPTIONS') {
        this.#preflight(request, response, bucket);
        return;
      }
      const cors = corsOfRequest(bucket.cors, request.headers, request.method ?? '');
      for (const [name, value] of Object.entries(cors ?? {})) response.setHeader(name, value);

      const isForm =
        request.method === 'POST' && /^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '');
      if (isForm && key === '') await this.#upload(request, body, response, bucket);
      else await this.#forwardSigned(request, body, response, bucket, plainKey(key));
    } catch (error) {
      await this.#answerError(request, body, response, error);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #preflight(request: IncomingMessage, response: ServerResponse, bucket: BucketPlan): void {
    const headers = corsOfPreflight(bucket.cors, request.headers);
    if (!headers)
      throw new Refusal(
        403,
        'AccessForbidden',
        "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
      );
    response.writeHead(200, { ...headers, 'content-length': 0 }).end();
  }

  async #forwardSigned(
    request: IncomingMessage,
    body: Body,
    response: ServerResponse,
    bucket: BucketPlan,
    key: string,
  ): Promise<void> {
    const inQuery = /[?&]X-Amz-Signature=/.test(request.url ?? '');
    const checked = inQuery
      ? await checkSignedQuery(request, this.#credentials, this.#now(), this.#publicHost)
      : await checkSignedHeaders(request, this.#credentials, this.#now(), {
          service: 's3',
          publicHost: this.#publicHost,
        });
    if (!checked.ok) throw new Refusal(checked.status, checked.code, checked.message);
    const caller = this.#callerOf(checked.accessKeyId);
    this.#require(caller, rightsOf(request, bucket, key));

    const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
    const overrides: Record<string, string> = {};
    for (const [name, value] of [...query]) {
      if (name.startsWith('X-Amz-')) query.delete(name);
      if (!name.startsWith('response-')) continue;
      overrides[name.slice('response-'.length)] = value;
      query.delete(name);
    }
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(request.headers)) {
      if (forwardedHeaders.test(name) && typeof value === 'string') headers[name] = value;
    }
    const content =
      request.method === 'GET' || request.method === 'HEAD'
        ? Buffer.alloc(0)
        : await this.#contentOf(request, body, inQuery);
    if (content.length > 0) headers['content-length'] = String(content.length);

    const queryText = query.size > 0 ? `?${query.toString()}` : '';
    const upstream = this.#requestEngine(
      request.method ?? 'GET',
      `/${bucket.name}/${encodeKey(key)}${queryText}`,
      headers,
    );
    upstream.end(content);
    const answer = await answerOf(upstream);
    const status = answer.statusCode ?? 500;
    // Only callers who may list the bucket learn whether a key exists.
    if (status === 404) {
      const hidden = this.#access.check(caller, 's3:ListBucket', arnOf(bucket));
      if (hidden) {
        answer.resume();
        throw denied(hidden);
      }
    }
    for (const [name, value] of Object.entries(answer.headers)) {
      if (value !== undefined && !/^(connection|keep-alive|transfer-encoding|date)$/.test(name))
        response.setHeader(name, value);
    }
    if (status < 300) for (const [name, value] of Object.entries(overrides)) response.setHeader(name, value);
    response.writeHead(status);
    await pipe(answer, response);
  }

  async #contentOf(request: IncomingMessage, body: Body, inQuery: boolean): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > maxBodyBytes)
        throw new Refusal(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
          MaxSizeAllowed: maxBodyBytes,
        });
      chunks.push(chunk);
    }
    const content = Buffer.concat(chunks);
    const hash = request.headers['x-amz-content-sha256'];
    if (
      !inQuery &&
      typeof hash === 'string' &&
      /^[0-9a-f]{64}$/.test(hash) &&
      createHash('sha256').update(content).digest('hex') !== hash
    )
      throw new Refusal(
        400,
        'XAmzContentSHA256Mismatch',
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      );
    return content;
  }

  /** A presigned form. Its file is streamed to the engine, which stores it only when it is complete. */
  async #upload(
    request: IncomingMessage,
    body: Body,
    response: ServerResponse,
    bucket: BucketPlan,
  ): Promise<void> {
    const form = await readForm(body, request.headers['content-type'] ?? '');
    const fields = new Map([...form.fields].map(([name, value]) => [name.toLowerCase(), value]));
    if (!form.file)
      throw new Refusal(400, 'InvalidArgument', 'POST requires exactly one file upload per request.');
    const key = fields.get('key');
    if (key !== undefined) fields.set('key', key.replaceAll('${filename}', form.file.name));
    const allowed = await checkPostPolicy(fields, bucket.name, this.#credentials, this.#now());
    if (!allowed.ok) throw new Refusal(allowed.status, allowed.code, allowed.message);
    this.#require(this.#callerOf(allowed.accessKeyId), [
      { action: 's3:PutObject', resource: arnOf(bucket, allowed.key) },
    ]);
    const path = `/${bucket.name}/${encodeKey(checkKey(allowed.key))}`;

    const headers: Record<string, string> = {
      'content-type': 'binary/octet-stream',
      'transfer-encoding': 'chunked',
    };
    for (const [name, value] of fields) if (objectFields.test(name)) headers[name] = value;
    const upstream = this.#requestEngine('PUT', path, headers);
    const answered = answerOf(upstream);
    // Awaited below; this prevents an unhandled rejection until then.
    answered.catch(() => undefined);
    const limit = Math.min(allowed.maxBytes, maxBodyBytes);
    let bytes = 0;
    try {
      for await (const chunk of form.file.content) {
        bytes += chunk.length;
        if (bytes > limit)
          throw new Refusal(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
            ProposedSize: Math.max(bytes, Number(request.headers['content-length'] ?? 0)),
            MaxSizeAllowed: allowed.maxBytes,
          });
        if (!upstream.write(chunk)) await waitForDrain(upstream);
      }
      if (bytes < allowed.minBytes)
        throw new Refusal(
          400,
          'EntityTooSmall',
          'Your proposed upload is smaller than the minimum allowed size',
          { ProposedSize: bytes, MinSizeAllowed: allowed.minBytes },
        );
    } catch (error) {
      upstream.destroy();
      throw error;
    }
    upstream.end();
    const answer = await answered;
    answer.resume();
    if (answer.statusCode !== 200)
      throw new Error(`the engine answered ${answer.statusCode ?? '?'} to an upload`);
    await discard(request, body);

    const etag = answer.headers.etag ?? '';
    const location = `http://${request.headers.host ?? this.#publicHost}${path}`;
    const redirect = fields.get('success_action_redirect');
    if (redirect !== undefined && URL.canParse(redirect)) {
      const target = new URL(redirect);
      for (const [name, value] of Object.entries({ bucket: bucket.name, key: allowed.key, etag }))
        target.searchParams.set(name, value);
      response.writeHead(303, { location: target.href, etag, 'content-length': 0 }).end();
      return;
    }
    const status = Number(fields.get('success_action_status'));
    if (status !== 201) {
      response
        .writeHead(status === 200 ? 200 : 204, {
          location,
          etag,
          ...(status === 200 ? { 'content-length': 0 } : {}),
        })
        .end();
      return;
    }
    const xmlBody = xml('PostResponse', {
      Location: location,
      Bucket: bucket.name,
      Key: allowed.key,
      ETag: etag,
    });
    response
      .writeHead(201, {
        'content-type': 'application/xml',
        location,
        etag,
        'content-length': Buffer.byteLength(xmlBody),
      })
      .end(xmlBody);
  }

  #callerOf(accessKeyId: string): Caller {
    const caller = this.#callers.of(accessKeyId);
    if (!caller) throw new Refusal(403, 'AccessDenied', 'Access Denied');
    return caller;
  }

  /** Undefined rights mean an unknown kind of request, which only the administrator may make. */
  #require(caller: Caller, rights: Right[] | undefined): void {
    if (caller.kind !== 'administrator' && !rights)
      throw new Refusal(
        501,
        'NotImplemented',
        'A header you provided implies functionality that is not implemented',
      );
    for (const { action, resource } of rights ?? []) {
      const denial = this.#access.check(caller, action, resource);
      if (denial) throw denied(denial);
    }
  }

  #requestEngine(method: string, path: string, headers: Record<string, string>): ClientRequest {
    const { accessKeyId } = this.#credentials.of(administrators.s3Endpoint);
    return httpRequest({
      agent: this.#agent,
      host: this.#engine.hostname,
      port: this.#engine.port,
      method,
      path,
      headers: { ...headers, authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/` },
    });
  }

  async #answerError(
    request: IncomingMessage,
    body: Body,
    response: ServerResponse,
    error: unknown,
  ): Promise<void> {
    const refusal =
      error instanceof Refusal
        ? error
        : error instanceof MalformedForm
          ? new Refusal(
              400,
              'MalformedPOSTRequest',
              'The body of your POST request is not well-formed multipart/form-data.',
            )
          : new Refusal(500, 'InternalError', 'We encountered an internal error. Please try again.');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    await discard(request, body);
    const requestId = createHash('sha256')
      .update(`${Date.now()} ${Math.random()}`)
      .digest('hex')
      .slice(0, 16)
      .toUpperCase();
    const xmlBody = xml('Error', {
      Code: refusal.code,
      Message: refusal.message,
      ...refusal.details,
      RequestId: requestId,
    });
    response.writeHead(refusal.status, {
      'content-type': 'application/xml',
      'x-amz-request-id': requestId,
      'content-length': Buffer.byteLength(xmlBody),
    });
    response.end(request.method === 'HEAD' ? undefined : xmlBody);
  }
}

type Right = { action: string; resource: string };

const actions: Record<string, string> = {
  GET: 's3:GetObject',
  HEAD: 's3:GetObject',
  PUT: 's3:PutObject',
  DELETE: 's3:DeleteObject',
};
/** Query parameters that do not make the request another operation. */
const plainQuery = /^(x-id|x-amz-.*|response-.*)$/i;
const listQuery = /^(list-type|prefix|delimiter|max-keys|start-after|continuation-token|encoding-type)$/;

/** The rights that a request to S3 needs; undefined for an unknown operation. */
function rightsOf(request: IncomingMessage, bucket: BucketPlan, key: string): Right[] | undefined {
  const method = request.method ?? '';
  const names = [...new URL(request.url ?? '/', 'http://localhost').searchParams.keys()].filter(
    (name) => !plainQuery.test(name),
  );
  if (key === '')
    return /^(GET|HEAD)$/.test(method) && names.every((name) => listQuery.test(name))
      ? [{ action: 's3:ListBucket', resource: arnOf(bucket) }]
      : undefined;
  const action = actions[method];
  if (action === undefined || names.length > 0) return undefined;
  const rights = [{ action, resource: arnOf(bucket, key) }];
  const source = request.headers['x-amz-copy-source'];
  if (method !== 'PUT' || source === undefined) return rights;
  const copied = plainKey(String(source).replace(/^\//, ''));
  return [{ action: 's3:GetObject', resource: `arn:aws:s3:::${copied}` }, ...rights];
}

function arnOf(bucket: BucketPlan, key?: string): string {
  return `arn:aws:s3:::${bucket.name}${key === undefined ? '' : `/${key}`}`;
}

function denied(denial: Denial): Refusal {
  // Only S3 writes the resource in quotation marks.
  return new Refusal(403, 'AccessDenied', denialMessage({ ...denial, resource: `"${denial.resource}"` }));
}

function plainKey(path: string): string {
  try {
    return checkKey(decodeURIComponent(path));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(400, 'InvalidURI', "Couldn't parse the specified URI.");
  }
}

/** The engine uses keys as file names, so a key must not lead out of its folder or to another key's file. */
function checkKey(key: string): string {
  const parts = key.split('/');
  if (
    key !== '' &&
    (key.includes('\0') ||
      Buffer.byteLength(key) > 1024 ||
      parts.some((part) => part === '' || part === '.' || part === '..' || Buffer.byteLength(part) > 200))
  )
    throw new Refusal(400, 'InvalidURI', "Couldn't parse the specified URI.");
  return key;
}

function encodeKey(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/');
}

async function answerOf(upstream: ClientRequest): Promise<IncomingMessage> {
  return new Promise((done, fail) => {
    upstream.once('response', done);
    upstream.once('error', fail);
  });
}

async function pipe(from: IncomingMessage, to: ServerResponse): Promise<void> {
  for await (const chunk of from as AsyncIterable<Buffer>) {
    if (!to.write(chunk) && !to.destroyed) await waitForDrain(to);
    if (to.destroyed) break;
  }
  to.end();
}

/** Waits until more can be written, or the stream is closed. */
async function waitForDrain(stream: Writable): Promise<void> {
  await new Promise<void>((next) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done);
      next();
    };
    stream.on('drain', done).on('close', done);
  });
}

/** Reads and discards the rest of the body; closes the connection when it is too long. */
async function discard(request: IncomingMessage, body: Body): Promise<void> {
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > maxDiscardedBytes) request.destroy();
    }
  } catch {
    // The client has disconnected.
  }
}

function xml(root: string, values: Record<string, string | number>): string {
  const escape = (value: string | number): string =>
    String(value).replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
  const inner = Object.entries(values).map(([name, value]) => `<${name}>${escape(value)}</${name}>`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${inner.join('')}</${root}>`;
}

import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join, resolve } from 'node:path';
import type { City } from '../../shared/config/city.ts';
import { startApi, type Api } from '../support/api.ts';

/** One request that a page made to the API. */
export type Asked = {
  request: string;
  idempotencyKey: string | undefined;
  body: Record<string, unknown> | undefined;
};

/** A simulated failure: the connection ends before the request arrives, or before its answer does. */
type Mishap = { request: RegExp; when: 'before' | 'after' };

export type Site = {
  url: string;
  api: Api;
  asked: Asked[];
  /** Objects that were read from the bucket, by path. */
  photosRead: string[];
  /** Makes the next matching request fail, here or at the bucket. */
  goWrong: (request: RegExp, when: Mishap['when']) => void;
  stop: () => Promise<void>;
};

/**
 * Serves the built pages and the real functions on real engines, with the deployed site's headers. Photos use
 * another origin, as on AWS, so that CORS rules apply here too.
 */
export async function startSite(rules?: City): Promise<Site> {
  const api = await startApi(rules);
  // The pages' clock is the machine's.
  api.clock.now = new Date().toISOString();
  const mishaps: Mishap[] = [];
  const asked: Asked[] = [];
  const photosRead: string[] = [];

  function mishapOf(request: string): Mishap['when'] | undefined {
    const at = mishaps.findIndex((mishap) => mishap.request.test(request));
    return at === -1 ? undefined : mishaps.splice(at, 1)[0]?.when;
  }

  const storage = await api.s3.config.endpoint?.();
  if (!storage) throw new Error('the bucket has no address');
  const storageUrl = `${storage.protocol}//${storage.hostname}:${storage.port}`;

  const bucket = await listen(async (request, response) => {
    const { method = '', url = '' } = request;
    const body = await bodyOf(request);
    if (mishapOf(`${method} bucket`)) return void request.socket.destroy();
    response.setHeader('access-control-allow-origin', '*');
    if (method === 'OPTIONS') {
      // The bucket's CORS rule: GET and POST from any origin, with content-type as the only header allowed.
      const headers = request.headers['access-control-request-headers'] ?? 'content-type';
      response.setHeader('access-control-allow-methods', 'GET, POST');
      response.setHeader('access-control-allow-headers', 'content-type');
      return void response.writeHead(headers === 'content-type' ? 200 : 403).end();
    }
    if (method === 'GET') photosRead.push(new URL(url, storageUrl).pathname);
    const answer = await fetch(storageUrl + url, {
      method,
      headers: { 'content-type': request.headers['content-type'] ?? '' },
      ...(method === 'POST' && { body: new Uint8Array(body) }),
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(new Uint8Array(await answer.arrayBuffer()));
  });

  const policy = [
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; base-uri 'none'",
    `img-src 'self' data: blob: ${bucket.url}; connect-src 'self' ${bucket.url}; frame-ancestors 'none'`,
  ].join('; ');

  const front = await listen(async (request, response) => {
    const { method = '', url = '' } = request;
    const { pathname: path, searchParams } = new URL(url, 'http://site');
    response.setHeader('content-security-policy', policy);
    response.setHeader('x-content-type-options', 'nosniff');
    if (!path.startsWith('/api/')) return servePage(response, path);
    const body = (await bodyOf(request)).toString('utf8');
    const mishap = mishapOf(`${method} ${path}`);
    if (mishap === 'before') return void request.socket.destroy();
    const headers = request.headers as Record<string, string | undefined>;
    asked.push({
      request: `${method} ${path}`,
      idempotencyKey: headers['idempotency-key'],
      body: body === '' ? undefined : (JSON.parse(body) as Record<string, unknown>),
    });
    const query = Object.fromEntries(searchParams);
    const reply = await api.call(`${method} ${path}`, { headers, query, ...(body !== '' && { body }) });
    if (mishap === 'after') return void request.socket.destroy();
    response.writeHead(reply.status, reply.headers as Record<string, string>);
    response.end(JSON.stringify(reply.body).replaceAll(storageUrl, bucket.url));
  });

  return {
    url: front.url,
    api,
    asked,
    photosRead,
    goWrong: (request, when) => mishaps.push({ request, when }),
    stop: async () => {
      await Promise.all([front.stop(), bucket.stop()]);
      await api.stop();
    },
  };
}

/** As the test run's global setup built them. */
const pages = resolve(import.meta.dirname, '../../dist/web');

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

async function servePage(response: ServerResponse, path: string): Promise<void> {
  const file = path === '/' ? '/index.html' : path;
  try {
    const bytes = await readFile(join(pages, file));
    response
      .writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' })
      .end(bytes);
  } catch {
    response.writeHead(404).end();
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

async function listen(
  serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const server: Server = createServer((request, response) => {
    // On a reused connection, browsers repeat a failed request automatically, which would hide the simulated failure.
    response.setHeader('connection', 'close');
    serve(request, response).catch((error: unknown) => {
      console.error(error);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { createContext, Script } from 'node:vm';
import type { BehaviourPlan, DeploymentPlan, SitePlan } from '../template/plan.ts';
import { gzipped, isCompressed, acceptsGzip } from './compression.ts';

const contentTypes: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.gif': 'image/gif',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.mp3': 'audio/mpeg',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.xml': 'application/xml',
};

type Page = {
  path: string;
  size: number;
  etag: string;
  contentType: string;
  cacheControl: string | undefined;
  content: Buffer | undefined;
  /** Set at the first request that accepts gzip. */
  gzipped?: Promise<Buffer>;
};

/** Serves the pages as CloudFront would, from the assets' folders. */
export class Pages {
  readonly #site: SitePlan;
  readonly #pages = new Map<string, Page>();
  readonly #viewerFunctions = new Map<string, ViewerFunction>();

  constructor(site: SitePlan) {
    this.#site = site;
    for (const deployment of site.deployments) this.#add(deployment);
  }

  /** The cache behaviour for a path; the last one has no pattern and matches every path. */
  behaviourOf(path: string): BehaviourPlan | undefined {
    return this.#site.behaviours.find(
      ({ pathPattern }) =>
        pathPattern === undefined || matches(pathPattern.replace(/^\//, ''), path.slice(1)),
    );
  }

  async serve(request: IncomingMessage, response: ServerResponse, behaviour: BehaviourPlan): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(403, { 'content-type': 'text/plain', 'content-length': 0 }).end();
      return;
    }
    let path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (path === '/' && this.#site.defaultRootObject !== undefined) path = `/${this.#site.defaultRootObject}`;
    if (behaviour.viewerFunction !== undefined) {
      const outcome = this.#viewerFunction(behaviour.viewerFunction)(path);
      if ('location' in outcome) {
        response.writeHead(outcome.status, { location: outcome.location, 'content-length': 0 }).end();
        return;
      }
      path = outcome.path;
    }
    const page = this.#pages.get(keyOf(path));
    if (page) return send(request, response, page, 200, behaviour);
    const errorPage = this.#site.errorPages.find((one) => one.status === 404 || one.status === 403);
    const instead = errorPage && this.#pages.get(keyOf(errorPage.path));
    if (errorPage && instead) return send(request, response, instead, errorPage.responseStatus, behaviour);
    const body = 'Not Found';
    response
      .writeHead(404, { 'content-type': 'text/plain', 'content-length': body.length })
      .end(request.method === 'HEAD' ? undefined : body);
  }

  #add({ folder, include, exclude, markers, cacheControl }: DeploymentPlan): void {
    for (const relative of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const path = join(folder, relative);
      const stats = statSync(path);
      if (!stats.isFile()) continue;
      const key = relative.split(sep).join('/');
      // Like `aws s3 sync`: includes override excludes.
      const excluded =
        exclude.some((pattern) => matches(pattern, key)) && !include.some((pattern) => matches(pattern, key));
      if (excluded) continue;
      const content = Object.keys(markers).length > 0 ? withMarkers(readFileSync(path), markers) : undefined;
      this.#pages.set(key, {
        path,
        size: content?.length ?? stats.size,
        etag: `"${createHash('md5')
          .update(content ?? readFileSync(path))
          .digest('hex')}"`,
        contentType: contentTypes[extname(key).toLowerCase()] ?? 'application/octet-stream',
        cacheControl,
        content,
      });
    }
  }

  /** CloudFront functions have no I/O, so a plain VM context can run them. */
  #viewerFunction(code: string): ViewerFunction {
    const known = this.#viewerFunctions.get(code);
    if (known) return known;
    const context = createContext(Object.create(null) as object, {
      codeGeneration: { strings: false, wasm: false },
    });
    new Script(code).runInContext(context);
    const call = new Script('JSON.stringify(handler(JSON.parse(event)))');
    const run: ViewerFunction = (uri) => {
      context['event'] = JSON.stringify({
        version: '1.0',
        context: { eventType: 'viewer-request' },
        request: { method: 'GET', uri, querystring: {}, headers: {}, cookies: {} },
      });
      // The timeout only catches an endless loop in our own code, so it is generous.
      const result = viewerResult.parse(JSON.parse(String(call.runInContext(context, { timeout: 5_000 }))));
      return 'uri' in result
        ? { path: result.uri }
        : { status: result.statusCode, location: result.headers.location.value };
    };
    this.#viewerFunctions.set(code, run);
    return run;
  }
}

type ViewerFunction = (uri: string) => { path: string } | { status: number; location: string };

/** The request, changed or not, or a redirect. */
const viewerResult = z.union([
  z.object({ uri: z.string() }),
  z.object({
    statusCode: z.number(),
    headers: z.object({ location: z.object({ value: z.string() }) }),
  }),
]);

function keyOf(path: string): string {
  try {
    return decodeURIComponent(path.slice(1));
  } catch {
    return path.slice(1);
  }
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  page: Page,
  status: number,
  { compress }: BehaviourPlan,
): Promise<void> {
  const mayBeCompressed = compress && isCompressed(page.contentType, page.size);
  const isGzipped = mayBeCompressed && acceptsGzip(request);
  if (mayBeCompressed) response.setHeader('vary', 'accept-encoding');
  // Weak: the compressed bytes differ.
  response.setHeader('etag', isGzipped ? `W/${page.etag}` : page.etag);
  if (page.cacheControl !== undefined) response.setHeader('cache-control', page.cacheControl);
  if (
    status === 200 &&
    request.headers['if-none-match']?.split(/,\s*/).some((one) => one.replace(/^W\//, '') === page.etag) ===
      true
  ) {
    response.writeHead(304).end();
    return;
  }
  response.setHeader('content-type', page.contentType);
  if (isGzipped) {
    page.gzipped ??= Promise.resolve(page.content ?? readFile(page.path)).then(gzipped);
    const content = await page.gzipped;
    response.writeHead(status, { 'content-encoding': 'gzip', 'content-length': content.length });
    response.end(request.method === 'HEAD' ? undefined : content);
    return;
  }
  response.writeHead(status, { 'content-length': page.size });
  if (request.method === 'HEAD') response.end();
  else if (page.content) response.end(page.content);
  else
    createReadStream(page.path)
      .on('error', () => response.destroy())
      .pipe(response);
}

/** `*` matches any characters, also slashes. */
function matches(pattern: string, text: string): boolean {
  const expression = pattern
    .split('*')
    .map((part) => part.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('?', '.'));
  return new RegExp(`^${expression.join('.*')}$`, 's').test(text);
}

function withMarkers(content: Buffer, markers: Record<string, string>): Buffer {
  let text = content.toString('utf8');
  for (const [marker, value] of Object.entries(markers)) text = text.replaceAll(marker, value);
  return Buffer.from(text);
}

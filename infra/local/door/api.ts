import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FunctionPool, Lease, Outcome } from '../lambda/function-pool.ts';
import type { ApiPlan, RoutePlan } from '../template/plan.ts';
import { eventOf, writeAnswer } from './api-event.ts';
import { authorize, type IssuerKeys } from './authorizer.ts';
import { TokenBucket } from './token-bucket.ts';

const largestBodyBytes = 10 * 1024 * 1024;
const longestIntegrationMilliseconds = 30_000;

type Route = RoutePlan & { parts: string[]; bucket: TokenBucket | undefined };

/** The HTTP API of the template: its routes, authorizer, throttle and limits, with API Gateway's own answers. */
export class Api {
  readonly #plan: ApiPlan;
  readonly #routes: Route[];
  readonly #pools: Map<string, FunctionPool>;
  readonly #keysOf: IssuerKeys;
  readonly #now: () => number;
  readonly #mayInvoke: (route: RoutePlan) => boolean;
  readonly #bucket: TokenBucket | undefined;

  constructor(options: {
    plan: ApiPlan;
    pools: Map<string, FunctionPool>;
    keysOf: IssuerKeys;
    now: () => number;
    /** Whether the route's function lets the API in. */
    mayInvoke: (route: RoutePlan) => boolean;
  }) {
    this.#plan = options.plan;
    this.#mayInvoke = options.mayInvoke;
    this.#pools = options.pools;
    this.#keysOf = options.keysOf;
    this.#now = options.now;
    this.#bucket = options.plan.throttle && new TokenBucket(options.plan.throttle);
    this.#routes = options.plan.routes
      .map((route) => ({
        ...route,
        parts: route.path.split('/').slice(1),
        bucket: route.throttle && new TokenBucket(route.throttle),
      }))
      .sort((a, b) => rank(a) - rank(b));
  }

  async serve(request: IncomingMessage, response: ServerResponse, compress: boolean): Promise<void> {
    const requestId = randomUUID();
    response.setHeader('apigw-requestid', requestId);
    if (this.#answerCors(request, response)) return;

    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const found = this.#find(request.method ?? 'GET', path);
    if (!found) {
      answer(response, 404, 'Not Found');
      return;
    }
    const { route, pathParameters } = found;
    const throttle = route.bucket ?? this.#bucket;
    if (throttle?.take() === false) {
      answer(response, 429, 'Too Many Requests');
      return;
    }

    const authorization =
      route.authorizer && (await authorize(request.headers.authorization, route.authorizer, this.#keysOf));
    if (authorization?.ok === false) {
      answer(response, authorization.status, authorization.message, {
        'www-authenticate': authorization.challenge,
      });
      return;
    }

    const body = await readBody(request);
    if (body === undefined) {
      answer(response, 413, 'Request Entity Too Large', { connection: 'close' });
      return;
    }

    const pool = this.#pools.get(route.functionArn);
    if (!pool || !this.#mayInvoke(route)) {
      answer(response, 500, 'Internal Server Error');
      return;
    }
    const event = eventOf({
      request,
      body,
      apiId: this.#plan.id,
      routeKey: route.routeKey,
      pathParameters,
      authorization,
      requestId,
      now: this.#now(),
    });
    const outcome = await within(
      pool,
      event,
      Math.min(route.timeoutMilliseconds, longestIntegrationMilliseconds),
    );
    if (outcome === undefined) {
      answer(response, 503, 'Service Unavailable');
      return;
    }
    if (!outcome.ok && outcome.error.errorType === 'RequestTooLargeException') {
      answer(response, 413, 'Request Entity Too Large');
      return;
    }
    if (!outcome.ok || !(await writeAnswer(outcome.payload, request, response, compress)))
      answer(response, 500, 'Internal Server Error');
  }

  #find(method: string, path: string): { route: Route; pathParameters: Record<string, string> } | undefined {
    const parts = path.split('/').slice(1);
    for (const route of this.#routes) {
      if (route.method !== method && route.method !== 'ANY') continue;
      const pathParameters = match(route.parts, parts);
      if (pathParameters) return { route, pathParameters };
    }
    return undefined;
  }

  /** Where the template sets CORS for the API, API Gateway answers preflight requests and adds the headers itself. */
  #answerCors(request: IncomingMessage, response: ServerResponse): boolean {
    const { cors } = this.#plan;
    const { origin } = request.headers;
    if (!cors || origin === undefined) return false;
    const allowed = cors.AllowOrigins?.find((one) => one === '*' || one === origin);
    if (allowed !== undefined) {
      response.setHeader('access-control-allow-origin', allowed === '*' ? '*' : origin);
      if (cors.AllowCredentials === true) response.setHeader('access-control-allow-credentials', 'true');
      if (cors.ExposeHeaders)
        response.setHeader('access-control-expose-headers', cors.ExposeHeaders.join(','));
    }
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined)
      return false;
    if (allowed !== undefined) {
      response.setHeader('access-control-allow-methods', (cors.AllowMethods ?? []).join(','));
      response.setHeader('access-control-allow-headers', (cors.AllowHeaders ?? []).join(','));
      if (cors.MaxAge !== undefined) response.setHeader('access-control-max-age', cors.MaxAge);
    }
    response.writeHead(204).end();
    return true;
  }
}

/** A path with fewer parameters comes first, and one method before all. */
function rank({ parts, method }: Route): number {
  const greedy = parts.some((part) => part.endsWith('+}'));
  const parameters = parts.filter((part) => part.startsWith('{')).length;
  return (greedy ? 1000 : 0) + parameters * 10 - parts.length * 0.01 + (method === 'ANY' ? 1 : 0);
}

function match(pattern: string[], parts: string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const name = /^\{(.+?)(\+?)\}$/.exec(part);
    const value = name?.[2] === '+' ? parts.slice(index).join('/') : parts[index];
    if (value === undefined || value === '') return undefined;
    if (!name?.[1]) {
      if (part !== value) return undefined;
      continue;
    }
    try {
      parameters[name[1]] = decodeURIComponent(value);
    } catch {
      return undefined;
    }
    if (name[2] === '+') return parameters;
  }
  return pattern.length === parts.length ? parameters : undefined;
}

/** Undefined if it is larger than the API takes; what is left of it is then not read. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > largestBodyBytes) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > largestBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The outcome, or undefined if it took longer than the integration may; the function itself goes on. */
async function within(pool: FunctionPool, event: object, milliseconds: number): Promise<Outcome | undefined> {
  let timer: NodeJS.Timeout | undefined;
  let late = false;
  const timeout = new Promise<undefined>((done) => {
    timer = setTimeout(() => {
      late = true;
      done(undefined);
    }, milliseconds);
  });
  const work = pool.acquire().then(async (lease: Lease) => {
    try {
      // Whoever asked has been told already that it failed.
      return late ? undefined : await lease.invoke(event);
    } finally {
      lease.release();
    }
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function answer(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Record<string, string> = {},
): void {
  const body = JSON.stringify({ message });
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...headers,
    })
    .end(body);
}

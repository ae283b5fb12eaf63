import { randomUUID } from 'node:crypto';
import { maxHeaderSize, METHODS, type IncomingMessage, type ServerResponse } from 'node:http';
import findMyWay, { type HTTPMethod } from 'find-my-way';
import type { FunctionPool, Lease, Outcome } from '../lambda/function-pool.ts';
import type { ApiPlan, RoutePlan } from '../template/plan.ts';
import { eventOf, writeResponse } from './api-event.ts';
import { authorize, type IssuerKeys } from './authorizer.ts';
import { TokenBucket } from './token-bucket.ts';

const maxBodyBytes = 10 * 1024 * 1024;
const maxIntegrationMilliseconds = 30_000;

type Route = RoutePlan & { bucket: TokenBucket | undefined };

/** The template's HTTP API: routes, authorizer, throttling and limits, with API Gateway's responses. */
export class Api {
  readonly #plan: ApiPlan;
  readonly #router: Router;
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
    /** Whether the function's policy lets the API invoke it. */
    mayInvoke: (route: RoutePlan) => boolean;
  }) {
    this.#plan = options.plan;
    this.#mayInvoke = options.mayInvoke;
    this.#pools = options.pools;
    this.#keysOf = options.keysOf;
    this.#now = options.now;
    this.#bucket = options.plan.throttle && new TokenBucket(options.plan.throttle);
    this.#router = routerOf(
      options.plan.routes.map((route) => ({
        ...route,
        bucket: route.throttle && new TokenBucket(route.throttle),
      })),
    );
  }

  async serve(request: IncomingMessage, response: ServerResponse, compress: boolean): Promise<void> {
    const requestId = randomUUID();
    response.setHeader('apigw-requestid', requestId);
    if (this.#answerCors(request, response)) return;

    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const found = this.#router(request.method ?? 'GET', path);
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
    const outcome = await invokeWithTimeout(
      pool,
      event,
      Math.min(route.timeoutMilliseconds, maxIntegrationMilliseconds),
    );
    if (outcome === undefined) {
      answer(response, 503, 'Service Unavailable');
      return;
    }
    if (!outcome.ok && outcome.error.errorType === 'RequestTooLargeException') {
      answer(response, 413, 'Request Entity Too Large');
      return;
    }
    if (!outcome.ok || !(await writeResponse(outcome.payload, request, response, compress)))
      answer(response, 500, 'Internal Server Error');
  }

  /** If the template configures CORS, API Gateway answers preflight requests and adds the headers. */
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

type Router = (
  method: string,
  path: string,
) => { route: Route; pathParameters: Record<string, string> } | undefined;

/** Finds a request's route: a literal path segment has priority over a parameter, and a method over `ANY`. */
function routerOf(routes: readonly Route[]): Router {
  // Parameters are limited only by Node's header size.
  const router = findMyWay({ maxParamLength: maxHeaderSize });
  const nothing = (): void => undefined;
  for (const route of routes.toSorted((a, b) => Number(a.method === 'ANY') - Number(b.method === 'ANY'))) {
    const path = route.path.replace(/\{\w+\+\}$/, '*').replaceAll(/\{(\w+)\}/g, ':$1');
    const methods = (route.method === 'ANY' ? METHODS : [route.method]) as HTTPMethod[];
    router.on(
      methods.filter((method) => !router.hasRoute(method, path)),
      path,
      nothing,
      route,
    );
  }
  return (method, path) => {
    const found = router.find(method as HTTPMethod, path);
    if (!found) return undefined;
    const route = found.store as Route;
    const greedy = /\{(\w+)\+\}$/.exec(route.path)?.[1] ?? '*';
    const pathParameters = Object.fromEntries(
      Object.entries(found.params).map(([name, value = '']) => [name === '*' ? greedy : name, value]),
    );
    // In API Gateway an empty parameter does not match.
    return Object.values(pathParameters).includes('') ? undefined : { route, pathParameters };
  };
}

/** Undefined if the body is too large; the rest of it is then not read. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The outcome, or undefined after the integration timeout; the function keeps running. */
async function invokeWithTimeout(
  pool: FunctionPool,
  event: object,
  milliseconds: number,
): Promise<Outcome | undefined> {
  let timer: NodeJS.Timeout | undefined;
  let timedOut = false;
  const timeout = new Promise<undefined>((done) => {
    timer = setTimeout(() => {
      timedOut = true;
      done(undefined);
    }, milliseconds);
  });
  const work = pool.acquire().then(async (lease: Lease) => {
    try {
      // After the timeout the client already has an error response.
      return timedOut ? undefined : await lease.invoke(event);
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

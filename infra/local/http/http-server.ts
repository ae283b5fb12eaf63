import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { portRefused } from '../free-port.ts';
import type { SignIn } from '../staff/sign-in.ts';
import type { Api } from './api.ts';
import type { S3Endpoint } from './s3-endpoint.ts';
import { serveLocalCalls, type LocalCalls } from './local-calls.ts';
import { isLoopbackName } from './loopback.ts';
import type { Pages } from './pages.ts';

/** The services behind the server. They are created after it listens, since their URLs contain its port. */
export type Services = {
  publicUrl: string;
  local: LocalCalls;
  /** Loaded at the first sign-in. */
  signIn: (() => Promise<SignIn>) | undefined;
  buckets: S3Endpoint;
  api: Api | undefined;
  pages: Pages | undefined;
  now: () => number;
  report: (line: string) => void;
};

/** The one HTTP server for browsers: routes requests to sign-in, buckets, pages and the API. */
export class HttpServer {
  readonly port: number;
  readonly #server: Server;
  #services: Services | undefined;

  static async listen(port: number, host: string): Promise<HttpServer> {
    const server = createServer({ keepAliveTimeout: 30_000 });
    await new Promise<void>((done, fail) => {
      server.once('error', (cause) => {
        fail(portRefused(port, cause));
      });
      server.listen(port, host, done);
    });
    return new HttpServer(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on(
      'request',
      (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response),
    );
  }

  open(services: Services): void {
    this.#services = services;
  }

  /** Stops accepting requests and waits up to five seconds for those in progress. */
  async close(): Promise<void> {
    const closed = new Promise<void>((done) =>
      this.#server.close(() => {
        done();
      }),
    );
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => {
      this.#server.closeAllConnections();
    }, 5_000);
    await closed;
    clearTimeout(timer);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const services = this.#services;
    if (!services) {
      response.writeHead(503, { 'retry-after': '1', 'content-length': 0 }).end();
      return;
    }
    // SDK clients in functions correct their clock by this header, so it must be the virtual time.
    response.setHeader('date', new Date(services.now()).toUTCString());
    try {
      await this.#route(services, request, response);
    } catch (error) {
      if (!response.headersSent && !response.destroyed)
        response
          .writeHead(500, { 'content-type': 'application/json' })
          .end('{"message":"Internal Server Error"}');
      else response.destroy();
      if (!request.destroyed)
        services.report(
          `${request.method ?? ''} ${(request.url ?? '').split('?', 1)[0] ?? ''}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
    }
  }

  async #route(services: Services, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (path.startsWith('/local/')) return serveLocalCalls(services.local, request, response);

    const bucket = services.buckets.find(request);
    if (bucket) return services.buckets.serve(request, response, bucket);

    // To a browser localhost and 127.0.0.1 are different sites, and sign-in works on one of them only.
    const known = new URL(services.publicUrl);
    const host = request.headers.host ?? known.host;
    const otherName =
      // Not an absolute or malformed target, such as `@example.org/`, which would name another site.
      path.startsWith('/') &&
      host !== known.host &&
      isLoopbackName(known.hostname) &&
      isLoopbackName(host.replace(/:\d+$/, ''));
    if (otherName && request.method === 'GET' && request.headers.accept?.includes('text/html') === true) {
      response
        .writeHead(307, { location: services.publicUrl + (request.url ?? '/'), 'content-length': 0 })
        .end();
      return;
    }
    if (services.signIn && (path === '/oidc' || path.startsWith('/oidc/'))) {
      // Tokens and sessions use the real clock, and browsers compute a cookie's expiry from this header.
      response.setHeader('date', new Date().toUTCString());
      return (await services.signIn()).serve(request, response);
    }

    const behaviour = services.pages?.behaviourOf(path);
    for (const [name, value] of Object.entries(behaviour?.headers ?? {})) {
      // Browsers ignore this header over plain HTTP.
      if (name !== 'strict-transport-security' || services.publicUrl.startsWith('https:'))
        response.setHeader(name, value);
    }
    if (services.pages && behaviour?.target.kind === 'pages') {
      return services.pages.serve(request, response, behaviour);
    }
    if (services.api) return services.api.serve(request, response, behaviour?.compress ?? false);
    response.writeHead(404, { 'content-length': 0 }).end();
  }
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { portRefused } from '../free-port.ts';
import type { SignIn } from '../staff/sign-in.ts';
import type { Api } from './api.ts';
import type { S3Endpoint } from './s3-endpoint.ts';
import { serveLocalCalls, type LocalCalls } from './local-calls.ts';
import { isLoopbackName } from './own-machine.ts';
import type { Pages } from './pages.ts';

/** What the door leads to. It is put together after the door has its port, which is part of many names. */
export type Rooms = {
  publicUrl: string;
  local: LocalCalls;
  /** Loaded when the first person comes to sign in. */
  signIn: (() => Promise<SignIn>) | undefined;
  buckets: S3Endpoint;
  api: Api | undefined;
  pages: Pages | undefined;
  now: () => number;
  report: (line: string) => void;
};

/** The one HTTP server that people and their browsers meet. */
export class FrontDoor {
  readonly port: number;
  readonly #server: Server;
  #rooms: Rooms | undefined;

  static async listen(port: number, host: string): Promise<FrontDoor> {
    const server = createServer({ keepAliveTimeout: 30_000 });
    await new Promise<void>((done, fail) => {
      server.once('error', (cause) => {
        fail(portRefused(port, cause));
      });
      server.listen(port, host, done);
    });
    return new FrontDoor(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on(
      'request',
      (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response),
    );
  }

  open(rooms: Rooms): void {
    this.#rooms = rooms;
  }

  /** Takes no more requests and waits for those that are being answered, but not for long. */
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
    const rooms = this.#rooms;
    if (!rooms) {
      response.writeHead(503, { 'retry-after': '1', 'content-length': 0 }).end();
      return;
    }
    // The functions' clients set their clocks by this, and theirs is the virtual one.
    response.setHeader('date', new Date(rooms.now()).toUTCString());
    try {
      await this.#lead(rooms, request, response);
    } catch (error) {
      if (!response.headersSent && !response.destroyed)
        response
          .writeHead(500, { 'content-type': 'application/json' })
          .end('{"message":"Internal Server Error"}');
      else response.destroy();
      if (!request.destroyed)
        rooms.report(
          `${request.method ?? ''} ${(request.url ?? '').split('?', 1)[0] ?? ''}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
    }
  }

  async #lead(rooms: Rooms, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (path.startsWith('/local/')) return serveLocalCalls(rooms.local, request, response);

    const bucket = rooms.buckets.find(request);
    if (bucket) return rooms.buckets.serve(request, response, bucket);

    // localhost and 127.0.0.1 are different sites to a browser, and signing in works on one of them.
    const known = new URL(rooms.publicUrl);
    const host = request.headers.host ?? known.host;
    const otherName =
      host !== known.host && isLoopbackName(known.hostname) && isLoopbackName(host.replace(/:\d+$/, ''));
    if (otherName && request.method === 'GET' && request.headers.accept?.includes('text/html') === true) {
      response
        .writeHead(307, { location: rooms.publicUrl + (request.url ?? '/'), 'content-length': 0 })
        .end();
      return;
    }
    if (rooms.signIn && (path === '/oidc' || path.startsWith('/oidc/'))) {
      // Tokens and sessions live by the real clock, and a browser calculates a cookie's expiry from this header.
      response.setHeader('date', new Date().toUTCString());
      return (await rooms.signIn()).serve(request, response);
    }

    const behaviour = rooms.pages?.behaviourOf(path);
    for (const [name, value] of Object.entries(behaviour?.headers ?? {})) {
      // To a browser that came by http, this header means nothing.
      if (name !== 'strict-transport-security' || rooms.publicUrl.startsWith('https:'))
        response.setHeader(name, value);
    }
    if (rooms.pages && behaviour?.target.kind === 'pages') {
      return rooms.pages.serve(request, response, behaviour);
    }
    if (rooms.api) return rooms.api.serve(request, response, behaviour?.compress ?? false);
    response.writeHead(404, { 'content-length': 0 }).end();
  }
}

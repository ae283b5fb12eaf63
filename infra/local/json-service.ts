import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CredentialStore } from './credentials.ts';
import { checkSignedHeaders } from './door/signature.ts';

/** An operation's refusal, as the service's own error. */
export class ServiceError extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

export type Operation = (input: Record<string, unknown>) => object;

export type JsonService = {
  /** As signatures name it, such as `kms`. */
  service: string;
  /** By the whole target of a request, such as `TrentService.Decrypt`. */
  operations: Record<string, Operation>;
  credentials: CredentialStore;
  now: () => number;
};

const mostBytes = 65_536;

/** A service of AWS's JSON 1.1 protocol on a loopback port, for requests that this cloud's functions have signed. */
export async function serveJson({
  service,
  operations,
  credentials,
  now,
}: JsonService): Promise<{ url: string; stop: () => Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= mostBytes) chunks.push(chunk);
    });
    request.on('end', () => {
      const answer = (status: number, body: object): void => {
        response.writeHead(status, {
          'content-type': 'application/x-amz-json-1.1',
          date: new Date(now()).toUTCString(),
        });
        response.end(JSON.stringify(body));
      };
      const fail = (type: string, message: string): void => {
        answer(400, { __type: type, message });
      };
      const target = String(request.headers['x-amz-target'] ?? '');
      const operation = Object.hasOwn(operations, target) ? operations[target] : undefined;
      if (!operation) {
        fail(
          'UnknownOperationException',
          `the embedded cloud has no ${target || `${request.method ?? ''} ${request.url ?? ''}`}`,
        );
        return;
      }
      const body = Buffer.concat(chunks);
      const checked = checkSignedHeaders(request, credentials, now(), { service, body });
      if (!checked.ok) {
        fail('AccessDeniedException', checked.message);
        return;
      }
      try {
        answer(200, operation(JSON.parse(body.toString('utf8')) as Record<string, unknown>));
      } catch (error) {
        if (error instanceof ServiceError) fail(error.type, error.message);
        else fail('ValidationException', error instanceof Error ? error.message : String(error));
      }
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((done) =>
        server.close(() => {
          done();
        }),
      );
    },
  };
}

import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CredentialStore } from './credentials.ts';
import { checkSignedHeaders } from './door/signature.ts';
import { sentence, type AccessControl } from './iam/access-control.ts';
import type { Callers } from './iam/callers.ts';

/** An operation's refusal, as the service's own error. */
export class ServiceError extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

type Input = Record<string, unknown>;
export type Operation = {
  /** The ARN of what it is done to, as policies name it; `*` for what there is not. */
  resource: (input: Input) => string;
  /** @throws ServiceError, or what a schema throws of an input that is none. */
  run: (input: Input) => object;
};

export type JsonService = {
  /** As signatures and policies name it, such as `kms`. */
  service: string;
  /** What stands before an operation's name in a request's target, such as `TrentService`. */
  target: string;
  /** By name, such as `Decrypt`. */
  operations: Record<string, Operation>;
  /** Whose requests are let in, and what they may do. */
  guard: Guard;
};

export type Guard = {
  credentials: CredentialStore;
  callers: Callers;
  access: AccessControl;
  now: () => number;
};

const mostBytes = 65_536;

/** A service of AWS's JSON 1.1 protocol on a loopback port, for requests that are signed and may be made. */
export async function serveJson({
  service,
  target,
  operations,
  guard: { credentials, callers, access, now },
}: JsonService): Promise<{ url: string; stop: () => Promise<void> }> {
  const answer = async (
    request: IncomingMessage,
    body: Buffer,
  ): Promise<{ status: number; body: object }> => {
    const fail = (type: string, message: string): { status: number; body: object } => ({
      status: 400,
      body: { __type: type, message },
    });
    const wanted = String(request.headers['x-amz-target'] ?? '');
    const [, name = ''] = wanted.split(`${target}.`);
    const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (!operation)
      return fail(
        'UnknownOperationException',
        `the embedded cloud has no ${wanted || `${request.method ?? ''} ${request.url ?? ''}`}`,
      );
    try {
      const checked = await checkSignedHeaders(request, credentials, now(), { service, body });
      if (!checked.ok) return fail('AccessDeniedException', checked.message);
      const input = JSON.parse(body.toString('utf8')) as Input;
      const caller = callers.of(checked.accessKeyId);
      const denial = caller && access.check(caller, `${service}:${name}`, operation.resource(input));
      if (caller && !denial) return { status: 200, body: operation.run(input) };
      return fail(
        'AccessDeniedException',
        denial ? sentence(denial) : 'The security token included in the request is invalid.',
      );
    } catch (error) {
      return error instanceof ServiceError
        ? fail(error.type, error.message)
        : fail('ValidationException', error instanceof Error ? error.message : String(error));
    }
  };
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= mostBytes) chunks.push(chunk);
    });
    request.on('end', () => {
      void answer(request, Buffer.concat(chunks)).then(({ status, body }) => {
        response.writeHead(status, {
          'content-type': 'application/x-amz-json-1.1',
          date: new Date(now()).toUTCString(),
        });
        response.end(JSON.stringify(body));
      });
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

import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CredentialStore } from './credentials.ts';
import { checkSignedHeaders } from './http/signature.ts';
import { denialMessage, type AccessControl } from './iam/access-control.ts';
import type { Callers } from './iam/callers.ts';

/** An error that an operation answers, with the AWS service's error type. */
export class ServiceError extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

type Input = Record<string, unknown>;
export type Operation = {
  /** The resource's ARN for the policy check; `*` if there is no such resource. */
  resource: (input: Input) => string;
  /** @throws ServiceError, or a schema's error for an invalid input. */
  run: (input: Input) => object;
};

export type JsonService = {
  /** The name in signatures and policies, such as `kms`. */
  service: string;
  /** The prefix of an operation in the `x-amz-target` header, such as `TrentService`. */
  target: string;
  /** By name, such as `Decrypt`. */
  operations: Record<string, Operation>;
  /** Authentication and authorization of requests. */
  guard: Guard;
};

export type Guard = {
  credentials: CredentialStore;
  callers: Callers;
  access: AccessControl;
  now: () => number;
};

const maxBytes = 65_536;

/** Serves an AWS JSON 1.1 service on a loopback port; checks each request's signature and permission. */
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
        denial ? denialMessage(denial) : 'The security token included in the request is invalid.',
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
      if (bytes <= maxBytes) chunks.push(chunk);
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

import type { IncomingMessage, ServerResponse } from 'node:http';
import { isAbsolute } from 'node:path';
import * as z from 'zod';
import type { Manifest } from '../backup.ts';
import { millisecondsOfDuration } from '../clock.ts';
import type { Grants } from '../iam/access-control.ts';
import { isCrossOrigin, isFromThisMachine } from './loopback.ts';

/** The embedded cloud's own API, under /local, for callers on this machine only. */
export type LocalCalls = {
  publicUrl: string;
  health: () => Record<string, unknown>;
  clock: () => { now: string; offset: string };
  /** Resolves when the schedules that fell due have run. */
  advance: (milliseconds: number) => Promise<{ ran: string[] }>;
  outbox: (limit: number, number: string | undefined) => unknown[];
  /** Undefined if there is no such person. */
  token: (user: string) => Promise<{ token: string; expiresIn: number } | undefined>;
  users: () => { username: string; name: string; role: string }[];
  /** What is still busy at the timeout; empty if nothing is. */
  idle: (milliseconds: number) => Promise<string[]>;
  outputs: () => Record<string, string>;
  grants: () => Grants;
  backup: {
    /** Whether the proof is the operator file's secret: who may read the data may copy it. */
    isOperator: (proof: string) => boolean;
    /** @throws StartRefused when the folder is not empty. */
    take: (directory: string) => Promise<Manifest>;
  };
};

const problems = {
  'not-found': [404, '没有这个地址。', 'There is nothing at this path.'],
  'this-machine-only': [403, '只能从本机调用。', 'Only callers on this machine may use this.'],
  'invalid-fields': [400, '有些内容不符合要求。', 'Some fields are not valid.'],
  'malformed-json': [400, '请求内容不是有效的 JSON。', 'The request body is not valid JSON.'],
  'invalid-duration': [
    400,
    'advance 应为向前的 ISO 8601 时长，例如 PT2H，至多 366 天。',
    'advance must be an ISO 8601 duration that goes forward, such as PT2H, of at most 366 days.',
  ],
  'not-the-operator': [403, '请用 npm run ops -- backup。', 'Use npm run ops -- backup.'],
  'no-backup': [409, '没有备份成功。', 'The backup was not made.'],
  'unknown-user': [404, '没有这个人员。', 'There is no such member of staff.'],
  'still-busy': [504, '到时仍有工作未完成。', 'Some work was not finished within the timeout.'],
} as const;

class Refusal extends Error {
  readonly code: keyof typeof problems;
  readonly extra: Record<string, unknown>;

  constructor(code: keyof typeof problems, extra: Record<string, unknown> = {}) {
    super(code);
    this.code = code;
    this.extra = extra;
  }
}

const advanceBody = z.strictObject({ advance: z.string() });
const backupBody = z.strictObject({ directory: z.string().refine(isAbsolute) });
const tokenBody = z.strictObject({ user: z.string() });
const idleQuery = z.strictObject({ timeout: z.coerce.number().positive().max(300).default(60) });
const outboxQuery = z.strictObject({
  number: z.string().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

export async function serveLocalCalls(
  calls: LocalCalls,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    if (!isFromThisMachine(request) || isCrossOrigin(request, calls.publicUrl))
      throw new Refusal('this-machine-only');
    send(response, 200, 'application/json; charset=utf-8', await answer(calls, request));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const [status, zh, en] = problems[error.code];
    const body = {
      type: `urn:suishoubao:problem:${error.code}`,
      code: error.code,
      status,
      title: en,
      detail: zh,
      text: { zh, en },
      ...error.extra,
    };
    send(response, status, 'application/problem+json; charset=utf-8', body);
  }
}

async function answer(calls: LocalCalls, request: IncomingMessage): Promise<object> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const route = `${request.method ?? ''} ${url.pathname}`;
  const query = Object.fromEntries(url.searchParams);
  switch (route) {
    case 'GET /local/health':
      return calls.health();
    case 'GET /local/outputs':
      return calls.outputs();
    case 'GET /local/grants':
      return calls.grants();
    case 'GET /local/clock':
      return calls.clock();
    case 'POST /local/clock': {
      const { advance } = parse(advanceBody, await jsonOf(request));
      const milliseconds = millisecondsOfDuration(advance);
      if (milliseconds === undefined) throw new Refusal('invalid-duration');
      const { ran } = await calls.advance(milliseconds);
      return { ...calls.clock(), ran };
    }
    case 'POST /local/backup': {
      const proof = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
      if (proof === undefined || !calls.backup.isOperator(proof)) throw new Refusal('not-the-operator');
      const { directory } = parse(backupBody, await jsonOf(request));
      try {
        const { takenAt, files } = await calls.backup.take(directory);
        return { takenAt, files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        throw new Refusal('no-backup', { reason: error.message });
      }
    }
    case 'GET /local/outbox': {
      const { number, limit } = parse(outboxQuery, query);
      return { messages: calls.outbox(limit, number) };
    }
    case 'GET /local/token':
      return { users: calls.users() };
    case 'POST /local/token': {
      const { user } = parse(tokenBody, await jsonOf(request));
      const token = await calls.token(user);
      if (!token) throw new Refusal('unknown-user', { users: calls.users() });
      return token;
    }
    case 'GET /local/idle':
    case 'POST /local/idle': {
      const { timeout } = parse(idleQuery, query);
      const busy = await calls.idle(timeout * 1000);
      if (busy.length > 0) throw new Refusal('still-busy', { busy });
      return { idle: true };
    }
    default:
      throw new Refusal('not-found');
  }
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Refusal('invalid-fields', {
    errors: result.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
  });
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8');
    if (text.length > 10_000) throw new Refusal('malformed-json');
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal('malformed-json');
  }
}

function send(response: ServerResponse, status: number, type: string, body: object): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, {
      'content-type': type,
      'cache-control': 'no-store',
      'content-length': Buffer.byteLength(text),
    })
    .end(text);
}

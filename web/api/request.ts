import type { FieldProblem } from '../../shared/http/problems.ts';
import type { LocalizedText } from '../../shared/language/wording.ts';

/** The API's `application/problem+json`. */
export type Problem = {
  code: string;
  status: number;
  text: LocalizedText;
  errors?: FieldProblem[];
  /** `support-open`: numbers of the subtasks without an answer. */
  parts?: string[];
  /** `part-of-another`: the report that the subtask belongs to. */
  parent?: string;
  /** `extension-too-long`: the longest extension still possible, in the unit of the target. */
  left?: number;
  /** `too-many-requests`: when requests are accepted again. */
  retryAfterSeconds?: number;
  /** Whether a solved captcha lifts the limit. */
  captcha?: boolean;
};

/** Why the outcome of a request is unknown: no connection, too many requests, or a server error. */
export type UnansweredReason = 'offline' | 'busy' | 'fault';

export type Outcome<T> =
  | { kind: 'answer'; body: T }
  /** The request was refused: nothing was changed. */
  | { kind: 'problem'; problem: Problem }
  /** No usable answer: the request may or may not have been carried out. */
  | { kind: 'unanswered'; why: UnansweredReason; status?: number };

const timeoutMilliseconds = 20_000;

export async function request<T>(
  path: string,
  options: {
    body?: unknown;
    idempotencyKey?: string;
    token?: string;
    headers?: Record<string, string>;
    /** Called with every response, whatever its status. */
    onResponse?: (response: Response) => void;
  } = {},
): Promise<Outcome<T>> {
  const { body, idempotencyKey, token, onResponse } = options;
  const headers: Record<string, string> = {
    ...options.headers,
    accept: 'application/json, application/problem+json',
  };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;

  // AbortSignal.timeout is missing from older phones' browsers.
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMilliseconds);
  try {
    const response = await fetch(path, {
      method: body === undefined ? 'GET' : 'POST',
      headers,
      signal: controller.signal,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    onResponse?.(response);
    const type = response.headers.get('content-type') ?? '';
    if (response.ok && type.startsWith('application/json'))
      return { kind: 'answer', body: (await response.json()) as T };
    // 503: a dependency is unavailable, and the problem says which.
    if ((response.status < 500 || response.status === 503) && type.startsWith('application/problem+json'))
      return { kind: 'problem', problem: (await response.json()) as Problem };
    const { status } = response;
    return { kind: 'unanswered', why: status === 429 ? 'busy' : 'fault', status };
  } catch {
    return { kind: 'unanswered', why: 'offline' };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A new idempotency key.
 * `crypto.randomUUID` is missing on pages served over plain HTTP, as on a local network.
 */
export function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

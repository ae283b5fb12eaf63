import type { FieldProblem } from '../../shared/http/problems.ts';
import type { LocalizedText } from '../../shared/language/wording.ts';

/** The API's `application/problem+json`. */
export type Problem = {
  code: string;
  status: number;
  text: LocalizedText;
  errors?: FieldProblem[];
  /** `support-open`: numbers of the parts that are not answered. */
  parts?: string[];
  /** `part-of-another`: the report that the part answers to. */
  parent?: string;
  /** `extension-too-long`: how much may be asked for, in the unit of the promise. */
  left?: number;
  /** `too-many-requests`: when it works again. */
  retryAfterSeconds?: number;
  /** Whether a captcha helps. */
  captcha?: boolean;
};

/** Why nobody knows what became of a request: no connection, too many at once, or a fault over there. */
export type Silence = 'offline' | 'busy' | 'fault';

export type Outcome<T> =
  | { kind: 'answer'; body: T }
  /** The request was understood and refused: nothing was done. */
  | { kind: 'problem'; problem: Problem }
  /** No answer, or none that tells: the request may have been carried out or not. */
  | { kind: 'unanswered'; why: Silence; status?: number };

const patienceMilliseconds = 20_000;

export async function request<T>(
  path: string,
  options: {
    body?: unknown;
    idempotencyKey?: string;
    token?: string;
    headers?: Record<string, string>;
    /** Hears of every response, whatever it says. */
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

  // AbortSignal.timeout is younger than many phones.
  const impatience = new AbortController();
  const timer = setTimeout(() => impatience.abort(), patienceMilliseconds);
  try {
    const response = await fetch(path, {
      method: body === undefined ? 'GET' : 'POST',
      headers,
      signal: impatience.signal,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    onResponse?.(response);
    const type = response.headers.get('content-type') ?? '';
    if (response.ok && type.startsWith('application/json'))
      return { kind: 'answer', body: (await response.json()) as T };
    // 503: something that this needs is out of order, and the answer says what.
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
 * Names one intention, so that repeating the request does not repeat what it does.
 * `crypto.randomUUID` is missing on pages served over plain HTTP, as on a village's own network.
 */
export function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

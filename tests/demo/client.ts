import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import {
  cityAnswer,
  clockAnswer,
  digest,
  inboxAnswer,
  notice,
  problemAnswer,
  residentAnswer,
  staffAnswer,
  statsAnswer,
  submitAnswer,
  tokenAnswer,
  uploadsAnswer,
  type CityView,
  type Digest,
  type Notice,
  type ResidentView,
  type StaffView,
} from './answers.ts';
import type { Dimension, Rows } from './ledger.ts';

/** A request that the API refused. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(where: string, status: number, code: string, words: string) {
    super(`${where}: ${status} ${code}${words && ` (${words})`}`);
    this.status = status;
    this.code = code;
  }
}

/** Nothing answers at the address, or it is not a local instance, whose clock can be moved. */
export class Unreachable extends Error {
  readonly isNotLocal: boolean;

  constructor(address: string, isNotLocal: boolean, options?: ErrorOptions) {
    super(address, options);
    this.isNotLocal = isNotLocal;
  }
}

type Call<T> = {
  method?: 'GET' | 'POST';
  token?: string;
  key?: string;
  body?: unknown;
  answer: z.ZodType<T>;
  timeoutSeconds?: number;
};

export type Photo = { bytes: Uint8Array; contentType: string };

const tries = 4;

/**
 * A client of a local instance: the public API and the extras under /local. Calls without an answer, or with 429 or
 * 503, are repeated with the same idempotency key; other errors are thrown.
 */
export class Client {
  readonly #base: string;
  readonly #tokens = new Map<string, Promise<string>>();

  constructor(base: string) {
    this.#base = base.replace(/\/+$/, '');
  }

  /** Throws `Unreachable` unless a local instance answers. */
  async checkReachable(): Promise<void> {
    for (const path of ['/api/city', '/local/clock']) {
      const response = await this.#fetch(path, { signal: AbortSignal.timeout(5000) }).catch(
        (cause: unknown) => {
          throw new Unreachable(this.#base, false, { cause });
        },
      );
      await response.arrayBuffer();
      if (!response.ok) throw new Unreachable(this.#base, path === '/local/clock');
    }
  }

  city(): Promise<CityView> {
    return this.#call('/api/city', { answer: cityAnswer });
  }

  /** The instance's time. */
  async clock(): Promise<string> {
    return (await this.#call('/local/clock', { answer: clockAnswer })).now;
  }

  /** Moves the instance's time. Clocks due by then have been processed when this returns. */
  async advance(milliseconds: number): Promise<string> {
    const body = { advance: `PT${Math.round(milliseconds / 1000)}S` };
    return (
      await this.#call('/local/clock', { method: 'POST', body, answer: clockAnswer, timeoutSeconds: 120 })
    ).now;
  }

  /** Waits until all queues are empty. */
  async idle(): Promise<void> {
    await this.#call('/local/idle?timeout=110', { answer: z.unknown(), timeoutSeconds: 120 });
  }

  /** The notices about one report, without digests. */
  async notices(number: string): Promise<Notice[]> {
    return (await this.#outbox(`number=${number}&limit=1000`)).filter((message) => 'number' in message);
  }

  /** The digests among the newest messages. */
  async digests(): Promise<Digest[]> {
    return (await this.#outbox('limit=1000')).filter((message) => 'numbers' in message);
  }

  async #outbox(query: string): Promise<(Notice | Digest)[]> {
    const answer = z.object({ messages: z.array(z.union([notice, digest])) });
    return (await this.#call(`/local/outbox?${query}`, { answer })).messages;
  }

  /** Uploads photos to the bucket, for the request with this idempotency key. */
  async upload(photos: readonly Photo[], key: string): Promise<string[]> {
    if (photos.length === 0) return [];
    const body = { photos: photos.map(({ bytes, contentType }) => ({ contentType, size: bytes.length })) };
    const { uploads } = await this.#call('/api/uploads', {
      method: 'POST',
      key,
      body,
      answer: uploadsAnswer,
    });
    await Promise.all(
      uploads.map(async ({ url, fields }, at) => {
        const photo = photos[at];
        if (!photo) throw new Error('more upload forms than photos');
        const form = new FormData();
        for (const [name, value] of Object.entries(fields)) form.set(name, value);
        form.set('file', new Blob([Uint8Array.from(photo.bytes)], { type: photo.contentType }), 'photo.jpg');
        const response = await this.#withRetries(() => fetch(url, { method: 'POST', body: form }));
        const text = await response.text();
        if (!response.ok) throw new ApiError('upload', response.status, 'upload-refused', text.slice(0, 300));
      }),
    );
    return uploads.map(({ key: uploaded }) => uploaded);
  }

  submit(body: unknown, key: string): Promise<z.infer<typeof submitAnswer>> {
    return this.#call('/api/reports', { method: 'POST', key, body, answer: submitAnswer });
  }

  submitAs(user: string, body: unknown, key: string): Promise<z.infer<typeof submitAnswer>> {
    return this.#asStaff(user, '/api/desk/reports', { method: 'POST', key, body, answer: submitAnswer });
  }

  read(number: string, token: string): Promise<ResidentView> {
    return this.#call(`/api/reports/${number}`, { token, answer: residentAnswer });
  }

  residentCommand(number: string, token: string, body: unknown, key: string): Promise<ResidentView> {
    const path = `/api/reports/${number}/commands`;
    return this.#call(path, { method: 'POST', token, key, body, answer: residentAnswer });
  }

  readAs(user: string, number: string): Promise<StaffView> {
    return this.#asStaff(user, `/api/desk/reports/${number}`, { answer: staffAnswer });
  }

  staffCommand(user: string, number: string, body: unknown, key: string): Promise<StaffView> {
    const path = `/api/desk/reports/${number}/commands`;
    return this.#asStaff(user, path, { method: 'POST', key, body, answer: staffAnswer });
  }

  /** The numbers in a department's inbox, from all pages or until the number `until` is found. */
  async inbox(user: string, department: string, view: string, until?: string): Promise<string[]> {
    const numbers: string[] = [];
    let cursor: string | undefined;
    do {
      const query = new URLSearchParams({ department, view, ...(cursor !== undefined && { cursor }) });
      const page = await this.#asStaff(user, `/api/desk/reports?${query.toString()}`, {
        answer: inboxAnswer,
      });
      numbers.push(...page.items.map(({ number }) => number));
      cursor = page.cursor;
    } while (cursor !== undefined && (until === undefined || !numbers.includes(until)));
    return numbers;
  }

  async stats(user: string, from: string, to: string, by: Dimension): Promise<Rows> {
    const query = new URLSearchParams({ from, to, by });
    const { rows } = await this.#asStaff(user, `/api/desk/stats?${query.toString()}`, {
      answer: statsAnswer,
    });
    return new Map(rows.map(({ key, figures }) => [key, figures]));
  }

  async download(url: string): Promise<Uint8Array> {
    const response = await this.#withRetries(() => fetch(url));
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (!response.ok) throw new ApiError('download', response.status, 'download-refused', '');
    return bytes;
  }

  /** Uses the person's token, and renews it if it has expired. */
  async #asStaff<T>(user: string, path: string, call: Call<T>): Promise<T> {
    const token = await this.#tokenOf(user);
    try {
      return await this.#call(path, { ...call, token });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      this.#tokens.delete(user);
      return this.#call(path, { ...call, token: await this.#tokenOf(user) });
    }
  }

  #tokenOf(user: string): Promise<string> {
    let token = this.#tokens.get(user);
    if (!token) {
      token = this.#call('/local/token', { method: 'POST', body: { user }, answer: tokenAnswer }).then(
        (a) => a.token,
      );
      this.#tokens.set(user, token);
    }
    return token;
  }

  async #call<T>(
    path: string,
    { method = 'GET', token, key, body, answer, timeoutSeconds = 30 }: Call<T>,
  ): Promise<T> {
    const headers = {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    const response = await this.#withRetries(() =>
      this.#fetch(path, {
        method,
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeoutSeconds * 1000),
      }),
    );
    const text = await response.text();
    const where = `${method} ${path.replace(/\?.*/, '')}`;
    const value = parse(text);
    if (!response.ok) {
      const problem = problemAnswer.safeParse(value);
      if (!problem.success) throw new ApiError(where, response.status, 'no-problem-json', text.slice(0, 300));
      throw new ApiError(where, response.status, problem.data.code, problem.data.text?.en ?? '');
    }
    const parsed = answer.safeParse(value);
    if (!parsed.success)
      throw new Error(`${where}: the answer does not match its schema: ${z.prettifyError(parsed.error)}`);
    return parsed.data;
  }

  #fetch(path: string, init: RequestInit): Promise<Response> {
    return fetch(this.#base + path, init);
  }

  async #withRetries(request: () => Promise<Response>): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const response = await request();
        const isBusy = response.status === 429 || response.status === 503;
        if (!isBusy || attempt === tries) return response;
        await response.arrayBuffer();
      } catch (error) {
        if (attempt === tries) throw error;
      }
      await sleep(100 * 2 ** attempt);
    }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

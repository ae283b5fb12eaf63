import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

type Json = Record<string, unknown>;

export type Filed = { number: string; trackingToken: string };

/** A client of a running instance's API, for residents and staff. */
export class RunningInstance {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** Files a report and waits until it is dispatched. */
  async file(report: Json, photos: Uint8Array[] = []): Promise<Filed> {
    const key = randomUUID();
    const keys = await this.#upload(photos, key);
    const filed = await this.#call('POST', '/api/reports', { key, body: { ...report, photos: keys } });
    const { number, trackingToken } = filed as Filed;
    await this.#until(number, (view) => view['department'] !== undefined);
    return { number, trackingToken };
  }

  /** Sends a command as a member of staff, with result photos, and waits until these are ready. */
  async command(user: string, number: string, command: Json, photos: Uint8Array[] = []): Promise<void> {
    const key = randomUUID();
    const { version } = await this.#report(number, user);
    const keys = await this.#upload(photos, key);
    const body = { ...command, version, ...(keys.length > 0 && { photos: keys }) };
    await this.#call('POST', `/api/desk/reports/${number}/commands`, { key, user, body });
    await this.photosReady(number);
  }

  async photosReady(number: string): Promise<void> {
    await this.#until(number, ({ photos = [] }) =>
      (photos as { status: string }[]).every(({ status }) => status !== 'processing'),
    );
  }

  async #until(number: string, isThere: (report: Json) => boolean): Promise<void> {
    for (let tries = 0; tries < 100; tries += 1) {
      if (isThere(await this.#report(number, 'admin'))) return;
      await setTimeout(200);
    }
    throw new Error(`${number} did not reach the expected state in time`);
  }

  #report(number: string, user: string): Promise<Json> {
    return this.#call('GET', `/api/desk/reports/${number}`, { user });
  }

  async #upload(photos: Uint8Array[], key: string): Promise<string[]> {
    if (photos.length === 0) return [];
    const body = { photos: photos.map(({ length }) => ({ contentType: 'image/jpeg', size: length })) };
    const { uploads } = await this.#call('POST', '/api/uploads', { key, body });
    const forms = uploads as { key: string; url: string; fields: Record<string, string> }[];
    for (const [at, { url, fields }] of forms.entries()) {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      form.append('file', new Blob([new Uint8Array(photos[at] ?? [])], { type: 'image/jpeg' }), 'photo.jpg');
      const { ok, status } = await fetch(url, { method: 'POST', body: form });
      if (!ok) throw new Error(`a photo was refused: ${status}`);
    }
    return forms.map((form) => form.key);
  }

  async #call(
    method: 'GET' | 'POST',
    path: string,
    { key, user, body }: { key?: string; user?: string; body?: Json } = {},
  ): Promise<Json> {
    const token = user === undefined ? undefined : await this.#token(user);
    const response = await fetch(this.url + path, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(key !== undefined && { 'idempotency-key': key }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Json;
  }

  readonly #tokens = new Map<string, Promise<string>>();

  #token(user: string): Promise<string> {
    const known = this.#tokens.get(user);
    if (known) return known;
    const asked = this.#call('POST', '/local/token', { body: { user } }).then(({ token }) => String(token));
    this.#tokens.set(user, asked);
    return asked;
  }
}

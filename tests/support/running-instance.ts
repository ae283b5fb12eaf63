import { randomUUID } from 'node:crypto';
import { eventually } from './eventually.ts';

type Json = Record<string, unknown>;
type UploadForm = { key: string; url: string; fields: Record<string, string> };

export type Filed = { number: string; trackingToken: string; trackUrl: string };

/** A running product, called over HTTP as by the pages of residents and staff. */
export class RunningInstance {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** Calls the API; `json` is the parsed body. */
  async call(
    method: 'GET' | 'POST',
    path: string,
    { token, key, body }: { token?: string; key?: string; body?: unknown } = {},
  ): Promise<{ status: number; json: Json }> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, json: text === '' ? {} : (JSON.parse(text) as Json) };
  }

  /** Waits until no message is waiting or in flight. */
  async idle(): Promise<void> {
    const { status, json } = await this.call('GET', '/local/idle?timeout=300');
    if (status !== 200) throw new Error(`does not come to rest: ${JSON.stringify(json)}`);
  }

  async tokenOf(user: string): Promise<string> {
    const { status, json } = await this.call('POST', '/local/token', { body: { user } });
    if (status !== 200) throw new Error(`no token for ${user}: ${JSON.stringify(json)}`);
    return String(json['token']);
  }

  /** A report as shown to staff; the problem that the API returns if there is none, or none yet. */
  async report<View = Json>(number: string, user = 'admin'): Promise<View> {
    const token = await this.tokenOf(user);
    return (await this.call('GET', `/api/desk/reports/${number}`, { token })).json as View;
  }

  /** Submits a report, and waits until a department has it and its photos are ready. */
  async file(report: Json, photos: Uint8Array[] = []): Promise<Filed> {
    const key = randomUUID();
    const body = { ...report, photos: await this.upload(key, photos) };
    const filed = (await this.#require('POST', '/api/reports', { key, body })) as Filed;
    await this.processed(filed.number);
    return filed;
  }

  /** Gives a command on the current version, with photos of the result, and waits until they are ready. */
  async command(number: string, command: Json, user = 'admin', photos: Uint8Array[] = []): Promise<void> {
    const key = randomUUID();
    const { version } = await this.report(number, user);
    const keys = await this.upload(key, photos);
    const body = { ...command, version, ...(keys.length > 0 && { photos: keys }) };
    const token = await this.tokenOf(user);
    await this.#require('POST', `/api/desk/reports/${number}/commands`, { key, token, body });
    await this.processed(number);
  }

  /**
   * Waits until a department has the report and its photos are ready. Not until the product is idle: a message that
   * failed on a busy machine is received again only after minutes.
   */
  async processed(number: string): Promise<void> {
    const token = await this.tokenOf('admin');
    await eventually(async () => {
      const report = await this.#require('GET', `/api/desk/reports/${number}`, { token });
      const { department, photos = [] } = report as { department?: object; photos?: { status: string }[] };
      return department && photos.every(({ status }) => status !== 'processing') ? true : undefined;
    });
  }

  /** Uploads JPEG photos as a page does, each with a form directly to the bucket. Returns their keys. */
  async upload(key: string, photos: Uint8Array[]): Promise<string[]> {
    if (photos.length === 0) return [];
    const body = { photos: photos.map(({ length }) => ({ contentType: 'image/jpeg', size: length })) };
    const forms = (await this.#require('POST', '/api/uploads', { key, body }))['uploads'] as UploadForm[];
    for (const [index, { url, fields }] of forms.entries()) {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      form.append(
        'file',
        new Blob([new Uint8Array(photos[index] ?? [])], { type: 'image/jpeg' }),
        'photo.jpg',
      );
      const { ok, status } = await fetch(url, { method: 'POST', body: form });
      if (!ok) throw new Error(`a photo was refused: ${status}`);
    }
    return forms.map((form) => form.key);
  }

  async #require(...[method, path, options]: Parameters<RunningInstance['call']>): Promise<Json> {
    const { status, json } = await this.call(method, path, options);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(json)}`);
    return json;
  }
}

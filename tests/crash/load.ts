import { setTimeout as wait } from 'node:timers/promises';
import sharp from 'sharp';
import type { Chance } from '../simulation/chance.ts';

/** What residents and staff sent, and the responses. */
export type Journal = { submissions: Submission[]; commands: SentCommand[] };

export type Submission = {
  /** A text unique to this report's description. */
  mark: string;
  photos: number;
  /** Set after the 201 response. */
  filed?: { number: string; token: string };
};

export type SentCommand = {
  type: string;
  number: string;
  /** A text unique to this command; empty if it has no text field. */
  mark: string;
  /** Undefined until there is a response. */
  answer?: 'done' | 'refused';
};

type Answer = { status: number; json: Record<string, unknown> };
type Request = { token?: string; key?: string; body?: unknown };

const sentences = [
  '楼道水管爆了，一直在漏水',
  '路口路灯整排不亮',
  '垃圾桶满了没有人清运',
  '电梯困人，门打不开',
  '你好，麻烦看一下',
];
/** Staff commands, each with its text field, if any. */
const staffCommands: Record<string, { field?: string; more?: object }> = {
  acknowledge: {},
  start: {},
  note: { field: 'text' },
  resolve: { field: 'text', more: { override: '支援部门稍后再来' } },
  return: { field: 'reason' },
  transfer: { field: 'reason', more: { department: 'water' } },
  suspend: { field: 'text', more: { waitingFor: 'other' } },
  resume: {},
  support: { field: 'request', more: { departments: ['police'] } },
  classify: { more: { category: 'building.leak' } },
};
const residentCommands: Record<string, { field?: string; more?: object }> = {
  note: { field: 'text' },
  rate: { field: 'comment', more: { score: 4 } },
  reopen: { field: 'reason' },
  withdraw: { field: 'reason' },
};
const cutMilliseconds = 100;
/** Milliseconds until a request is sent again, as the pages do. */
const timeoutMilliseconds = 8_000;

/**
 * Simulates residents and staff, whether the instance runs or not. A request without a response is repeated with the
 * same idempotency key, as the pages do.
 */
export class Load {
  readonly journal: Journal = { submissions: [], commands: [] };
  /** Requests without a response or with a temporary error, by status. */
  readonly unanswered = new Map<number | 'cut', number>();
  answered = 0;
  readonly #url: string;
  readonly #chance: Chance;
  #pictures: Buffer[] = [];
  #token = '';
  #stopping = false;
  #workers: Promise<void>[] = [];

  constructor(url: string, chance: Chance) {
    this.#url = url;
    this.#chance = chance;
  }

  async start(): Promise<void> {
    this.#pictures = await Promise.all(['#27a', '#a72', '#2a7'].map(picture));
    this.#workers = [
      ...[0, 1, 2].map((who) => this.#work(`resident ${who}`, (about) => this.#submit(about))),
      ...[0, 1].map((who) => this.#work(`staff ${who}`, (about) => this.#commandOfStaff(about))),
      this.#work('reporter', (about) => this.#commandOfResident(about)),
    ];
  }

  /** Starts nothing new and resolves when every request has a response. */
  async finish(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#workers);
  }

  get filed(): number {
    return this.journal.submissions.filter(({ filed }) => filed).length;
  }

  async #work(who: string, act: (about: string) => Promise<void>): Promise<void> {
    for (let turn = 0; !this.#stopping; turn += 1) {
      const about = `${who} ${turn}`;
      await act(about);
      await wait(this.#chance.integer(`pause ${about}`, 0, 120));
    }
  }

  async #submit(about: string): Promise<void> {
    const chance = this.#chance;
    const index = this.journal.submissions.length;
    const mark = `编号${index}号`;
    const key = `crash-${chance.seed}-report-${index}`;
    const photos = chance.yes(`with photos ${about}`, 0.25) ? chance.integer(`photos ${about}`, 1, 2) : 0;
    const submission: Submission = { mark, photos };
    this.journal.submissions.push(submission);
    const keys = photos === 0 ? [] : await this.#upload(key, this.#pictures.slice(0, photos));
    const { status, json } = await this.#request('POST', '/api/reports', {
      key,
      body: {
        description: `${chance.pick(`words ${about}`, sentences)}（${mark}）`,
        location: { area: 'tinglan-court' },
        contact: { name: '王女士', phone: `138${String(index).padStart(8, '0')}` },
        photos: keys,
      },
    });
    if (status !== 201) throw new Error(`${mark} was answered ${status}: ${JSON.stringify(json)}`);
    submission.filed = { number: String(json['number']), token: String(json['trackingToken']) };
  }

  async #upload(key: string, files: Buffer[]): Promise<string[]> {
    for (;;) {
      const photos = files.map(({ length }) => ({ contentType: 'image/jpeg', size: length }));
      const { json } = await this.#request('POST', '/api/uploads', { key, body: { photos } });
      const forms = json['uploads'] as { key: string; url: string; fields: Record<string, string> }[];
      const sent = await Promise.all(
        forms.map(async ({ url, fields }, index) => {
          const form = new FormData();
          for (const [name, value] of Object.entries(fields)) form.append(name, value);
          form.append('file', new Blob([Uint8Array.from(files[index] ?? [])], { type: 'image/jpeg' }));
          return fetch(url, {
            method: 'POST',
            body: form,
            signal: AbortSignal.timeout(timeoutMilliseconds),
          }).then(({ ok }) => ok, orCut);
        }),
      );
      if (sent.every(Boolean)) return forms.map((form) => form.key);
      await wait(cutMilliseconds);
    }
  }

  async #commandOfStaff(about: string): Promise<void> {
    const filed = this.#pickReport(about);
    if (!filed) return;
    if (this.#token === '') this.#token = await this.#signIn();
    const path = `/api/desk/reports/${filed.number}`;
    const { status, json } = await this.#request('GET', path, { token: this.#token });
    if (status === 401) this.#token = '';
    const allowed = (json['commands'] as string[] | undefined) ?? [];
    await this.#sendCommand(about, path, filed.number, staffCommands, allowed, this.#token, {
      version: json['version'],
    });
  }

  async #commandOfResident(about: string): Promise<void> {
    const filed = this.#pickReport(about);
    if (!filed) return;
    const path = `/api/reports/${filed.number}`;
    const { json } = await this.#request('GET', path, { token: filed.token });
    const allowed = ((json['commands'] as string[] | undefined) ?? []).filter(
      (type) => type !== 'withdraw' || this.#chance.yes(`withdraw ${about}`, 0.1),
    );
    await this.#sendCommand(about, path, filed.number, residentCommands, allowed, filed.token, {});
  }

  async #sendCommand(
    about: string,
    path: string,
    number: string,
    known: typeof staffCommands,
    allowed: string[],
    token: string,
    body: object,
  ): Promise<void> {
    const types = allowed.filter((type) => Object.hasOwn(known, type));
    if (types.length === 0) return;
    const type = this.#chance.pick(`command ${about}`, types);
    const { field, more } = known[type] ?? {};
    const index = this.journal.commands.length;
    const mark = `经办${index}号`;
    const sentCommand: SentCommand = { type, number, mark: field === undefined ? '' : mark };
    this.journal.commands.push(sentCommand);
    const { status } = await this.#request('POST', `${path}/commands`, {
      token,
      key: `crash-${this.#chance.seed}-command-${index}`,
      body: { type, ...body, ...more, ...(field === undefined ? {} : { [field]: `说明 ${mark}` }) },
    });
    sentCommand.answer = status === 200 ? 'done' : 'refused';
  }

  #pickReport(about: string): Submission['filed'] {
    const filed = this.journal.submissions.flatMap((one) => one.filed ?? []);
    // One of the latest, which still change.
    const latest = filed.slice(-60);
    return latest.length === 0 ? undefined : this.#chance.pick(`report ${about}`, latest);
  }

  async #signIn(): Promise<string> {
    const { json } = await this.#request('POST', '/local/token', { body: { user: 'admin' } });
    return String(json['token']);
  }

  /** Repeats a request until the response is final, neither 5xx nor 429. */
  async #request(method: 'GET' | 'POST', path: string, { token, key, body }: Request): Promise<Answer> {
    for (;;) {
      const answer = await fetch(this.#url + path, {
        method,
        signal: AbortSignal.timeout(timeoutMilliseconds),
        headers: {
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(key !== undefined && { 'idempotency-key': key }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
        .then(async (response): Promise<Answer> => ({
          status: response.status,
          json: (await response.json()) as Answer['json'],
        }))
        .catch(orCut);
      if (answer && answer.status < 500 && answer.status !== 429) {
        this.answered += 1;
        return answer;
      }
      const how = answer?.status ?? 'cut';
      this.unanswered.set(how, (this.unanswered.get(how) ?? 0) + 1);
      await wait(cutMilliseconds);
    }
  }
}

/** Undefined for a connection that was cut, refused or timed out; rethrows any other error. */
function orCut(error: unknown): undefined {
  const { name, message } = error as Error;
  if (name === 'TimeoutError' || message === 'fetch failed' || message === 'terminated') return undefined;
  // A truncated body is not valid JSON.
  if (error instanceof SyntaxError) return undefined;
  throw error;
}

async function picture(background: string): Promise<Buffer> {
  return sharp({ create: { width: 640, height: 480, channels: 3, background } })
    .withExif({ IFD0: { Model: 'Phone 9' } })
    .jpeg()
    .toBuffer();
}

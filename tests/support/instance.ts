import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const main = resolve(import.meta.dirname, '..', '..', 'infra', 'local', 'main.ts');

/** The product as a user starts it: its own process, on a free port. */
export class Instance {
  readonly url: string;
  readonly process: ChildProcess;
  /** Milliseconds from the start to ready. */
  readonly readyAfter: number;
  #output: string[];

  private constructor(url: string, process: ChildProcess, readyAfter: number, output: string[]) {
    this.url = url;
    this.process = process;
    this.readyAfter = readyAfter;
    this.#output = output;
  }

  /** @throws with what it printed when it is not ready in time. */
  static async start(dataDir: string, port?: number): Promise<Instance> {
    const chosen = port ?? (await freePort());
    const began = performance.now();
    const child = spawn(process.execPath, [main], {
      env: { ...process.env, PORT: String(chosen), DATA_DIR: dataDir },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    const keep = (chunk: Buffer): void => void output.push(chunk.toString());
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const url = `http://127.0.0.1:${chosen}`;
    while (performance.now() - began < 90_000 && child.exitCode === null) {
      const health = await fetch(`${url}/local/health`).catch(() => undefined);
      if (health?.ok) return new Instance(url, child, performance.now() - began, output);
      await setTimeout(50);
    }
    child.kill('SIGKILL');
    throw new Error(`not ready:\n${output.join('')}`);
  }

  get output(): string {
    return this.#output.join('');
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  async kill(signal: 'SIGKILL' | 'SIGINT' | 'SIGTERM'): Promise<number | null> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return this.process.exitCode;
    const ended = new Promise<number | null>((done) => this.process.once('exit', done));
    this.process.kill(signal);
    return ended;
  }

  /** Calls the API; `json` is the parsed body. */
  async call(
    method: 'GET' | 'POST',
    path: string,
    { token, key, body }: { token?: string; key?: string; body?: unknown } = {},
  ): Promise<{ status: number; json: Record<string, unknown> }> {
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
    return {
      status: response.status,
      json: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
  }

  async tokenOf(user: string): Promise<string> {
    const { status, json } = await this.call('POST', '/local/token', { body: { user } });
    if (status !== 200) throw new Error(`no token for ${user}: ${JSON.stringify(json)}`);
    return String(json['token']);
  }
}

/** Asks until `find` answers something. */
export async function eventually<T>(find: () => Promise<T | undefined>, milliseconds = 15_000): Promise<T> {
  const until = performance.now() + milliseconds;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    if (performance.now() > until) throw new Error(`not within ${milliseconds} ms: ${find.toString()}`);
    await setTimeout(25);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (typeof address !== 'object' || !address) throw new Error('no free port');
  return address.port;
}

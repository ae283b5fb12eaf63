import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { RunningInstance } from './running-instance.ts';

const main = resolve(import.meta.dirname, '..', '..', 'infra', 'local', 'main.ts');

/** The product as started by a user: a separate process on a free port. */
export class Instance extends RunningInstance {
  readonly process: ChildProcess;
  /** Milliseconds from the start to ready. */
  readyAfter = 0;
  readonly #began = performance.now();
  readonly #output: string[] = [];

  private constructor(dataDir: string, port: number, ownGroup: boolean) {
    super(`http://127.0.0.1:${port}`);
    const child = spawn(process.execPath, [main], {
      env: { ...process.env, PORT: String(port), DATA_DIR: dataDir },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: ownGroup,
    });
    this.process = child;
    const keep = (chunk: Buffer): void => void this.#output.push(chunk.toString());
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
  }

  /** @throws with what it printed when it is not ready in time. */
  static async start(dataDir: string, port?: number, milliseconds?: number): Promise<Instance> {
    const instance = new Instance(dataDir, port ?? (await freePort()), false);
    await instance.ready(milliseconds);
    return instance;
  }

  /** Does not wait until it is ready. It has its own process group, so that `killGroup` ends all of it. */
  static launch(dataDir: string, port: number): Instance {
    return new Instance(dataDir, port, true);
  }

  /** @throws with what it printed when it is not ready in time. */
  async ready(milliseconds = 280_000): Promise<void> {
    while (performance.now() - this.#began < milliseconds && this.#isAlive) {
      const health = await fetch(`${this.url}/local/health`).catch(() => undefined);
      if (health?.ok) {
        this.readyAfter = performance.now() - this.#began;
        return;
      }
      await setTimeout(50);
    }
    this.process.kill('SIGKILL');
    throw new Error(`not ready:\n${this.output}`);
  }

  get #isAlive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  get output(): string {
    return this.#output.join('');
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  async kill(signal: 'SIGKILL' | 'SIGINT' | 'SIGTERM'): Promise<number | null> {
    if (!this.#isAlive) return this.process.exitCode;
    const ended = new Promise<number | null>((done) => this.process.once('exit', done));
    this.process.kill(signal);
    return ended;
  }

  /** Kills it with all its processes except the engine, which has its own group. */
  async killGroup(): Promise<void> {
    const { pid } = this.process;
    if (!this.#isAlive || pid === undefined) return;
    const ended = new Promise((done) => this.process.once('exit', done));
    process.kill(-pid, 'SIGKILL');
    await ended;
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

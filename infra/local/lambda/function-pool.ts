import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { FunctionPlan } from '../template/plan.ts';
import type { FunctionLog } from './function-log.ts';
import type { Invocation, InvocationError, WorkerMessage, WorkerStart } from './protocol.ts';
import { loadNativeModules } from './native-modules.ts';
import { workerCode } from './worker-code.ts';

export type Outcome = { ok: true; payload: string | undefined } | { ok: false; error: InvocationError };

/** A reserved sandbox for one invocation. The caller must release it, used or not. */
export type Lease = { invoke: (event: unknown) => Promise<Outcome>; release: () => void };

/** Lambda's limits. */
const initMilliseconds = 10_000;
const maxPayloadBytes = 6 * 1024 * 1024;

const maxSandboxes = 2;
/** How long to wait for the first sandbox before starting another, which takes longer than most invocations. */
const extraAfterMilliseconds = 100;
/** A second sandbox is ended after being idle for this long, to free its memory. */
const idleMilliseconds = 10_000;

/** Limits the second sandboxes of all functions together; each takes about 30 MB. */
export class SandboxBudget {
  #left: number;

  constructor(sandboxes: number) {
    this.#left = sandboxes;
  }

  take(): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    return true;
  }

  giveBack(): void {
    this.#left++;
  }
}

let code: URL | undefined;

type Sandbox = {
  worker: Worker;
  /** Resolves to undefined when the function is loaded, otherwise to the error. */
  ready: Promise<InvocationError | undefined>;
  busy: boolean;
  ended: boolean;
  finish: ((outcome: Outcome) => void) | undefined;
  idleTimer: NodeJS.Timeout | undefined;
  /** A second sandbox, which counts in the budget. */
  extra: boolean;
};

export type PoolOptions = {
  fn: FunctionPlan;
  environment: Record<string, string>;
  clock: SharedArrayBuffer;
  background: boolean;
  log: FunctionLog;
  budget: SandboxBudget;
};

/**
 * One function with its sandboxes: worker threads that each run one invocation at a time. A timeout or a crash ends the
 * sandbox, as in Lambda; the next invocation starts a new one.
 */
export class FunctionPool {
  readonly fn: FunctionPlan;
  readonly #options: PoolOptions;
  readonly #sandboxes: Sandbox[] = [];
  readonly #waiting: ((sandbox: Sandbox) => void)[] = [];
  #extraTimer: NodeJS.Timeout | undefined;
  /** Called after each invocation, which may have written stream records. */
  afterInvocation: () => void = () => undefined;
  #stopped = false;

  constructor(options: PoolOptions) {
    this.fn = options.fn;
    this.#options = options;
  }

  /** Loads the function before its first invocation. Resolves to the error if it cannot be loaded. */
  async warm(): Promise<InvocationError | undefined> {
    const [first] = this.#sandboxes;
    return (first ?? this.#start(false)).ready;
  }

  async invoke(event: unknown): Promise<Outcome> {
    const lease = await this.acquire();
    try {
      return await lease.invoke(event);
    } finally {
      lease.release();
    }
  }

  /** Waits until a sandbox is free. */
  async acquire(): Promise<Lease> {
    const free = this.#free();
    if (free) return this.#lease(free);
    this.#extraTimer ??= setTimeout(() => {
      this.#startExtra();
    }, extraAfterMilliseconds);
    return this.#lease(await new Promise<Sandbox>((take) => this.#waiting.push(take)));
  }

  get busy(): boolean {
    return this.#sandboxes.some((sandbox) => sandbox.busy);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#extraTimer);
    await Promise.all(this.#sandboxes.map((sandbox) => this.#end(sandbox)));
  }

  #free(): Sandbox | undefined {
    const sandbox =
      this.#sandboxes.find((one) => !one.busy) ??
      (this.#sandboxes.length === 0 && !this.#stopped ? this.#start(false) : undefined);
    if (sandbox) {
      sandbox.busy = true;
      clearTimeout(sandbox.idleTimer);
    }
    return sandbox;
  }

  /** Starts a second sandbox if callers still wait. */
  #startExtra(): void {
    this.#extraTimer = undefined;
    if (this.#waiting.length === 0 || this.#stopped || this.#sandboxes.length >= maxSandboxes) return;
    if (this.#sandboxes.length > 0 && !this.#options.budget.take()) {
      this.#extraTimer = setTimeout(() => {
        this.#startExtra();
      }, extraAfterMilliseconds);
      return;
    }
    const sandbox = this.#start(this.#sandboxes.length > 0);
    // Not handed out before it is loaded: another sandbox may be free sooner.
    sandbox.busy = true;
    void sandbox.ready.then(() => {
      this.#release(sandbox);
    });
  }

  #lease(sandbox: Sandbox): Lease {
    let released = false;
    return {
      invoke: (event) => this.#run(sandbox, event),
      release: () => {
        if (released) return;
        released = true;
        this.#release(sandbox);
      },
    };
  }

  #release(sandbox: Sandbox): void {
    sandbox.busy = false;
    const next = this.#waiting.shift();
    if (next) {
      const free = this.#free();
      if (free) next(free);
      else this.#waiting.unshift(next);
      return;
    }
    if (sandbox.ended || !sandbox.extra) return;
    sandbox.idleTimer = setTimeout(() => {
      if (!sandbox.busy) void this.#end(sandbox);
    }, idleMilliseconds);
    sandbox.idleTimer.unref();
  }

  async #run(sandbox: Sandbox, event: unknown): Promise<Outcome> {
    const failed = await sandbox.ready;
    if (failed) return this.#logFailure({ ok: false, error: failed });
    if (sandbox.ended)
      return this.#logFailure({
        ok: false,
        error: invocationError('Runtime.ExitError', 'RequestId: the sandbox ended before it was used'),
      });
    const payload = JSON.stringify(event);
    if (Buffer.byteLength(payload) > maxPayloadBytes)
      return this.#logFailure({
        ok: false,
        error: invocationError(
          'RequestTooLargeException',
          `the event is larger than ${maxPayloadBytes} bytes`,
        ),
      });

    const milliseconds = this.fn.timeoutSeconds * 1000;
    const invocation: Invocation = {
      requestId: randomUUID(),
      payload,
      deadline: Date.now() + milliseconds,
      functionArn: this.fn.arn,
    };
    let timer: NodeJS.Timeout | undefined;
    const outcome = await new Promise<Outcome>((done) => {
      sandbox.finish = done;
      timer = setTimeout(() => {
        done({
          ok: false,
          error: invocationError(
            'Sandbox.Timedout',
            `RequestId: ${invocation.requestId} Error: Task timed out after ${this.fn.timeoutSeconds.toFixed(2)} seconds`,
          ),
        });
        void this.#end(sandbox);
      }, milliseconds);
      sandbox.worker.postMessage(invocation);
    });
    clearTimeout(timer);
    sandbox.finish = undefined;
    this.#logReport(invocation, outcome.ok);
    this.afterInvocation();
    if (outcome.ok && outcome.payload !== undefined && Buffer.byteLength(outcome.payload) > maxPayloadBytes)
      return this.#logFailure({
        ok: false,
        error: invocationError(
          'Function.ResponseSizeTooLarge',
          `Response payload size exceeded maximum allowed payload size (${maxPayloadBytes} bytes).`,
        ),
      });
    return this.#logFailure(outcome);
  }

  /** Writes Lambda's report line at the end of each invocation. */
  #logReport({ requestId, deadline }: Invocation, ok: boolean): void {
    const durationMs = Date.now() - (deadline - this.fn.timeoutSeconds * 1000);
    const line = this.fn.jsonLogs
      ? JSON.stringify({
          time: new Date().toISOString(),
          type: 'platform.report',
          record: { requestId, metrics: { durationMs }, status: ok ? 'success' : 'error' },
        })
      : `REPORT RequestId: ${requestId}\tDuration: ${durationMs} ms`;
    this.#options.log.write(`${line}\n`);
  }

  /** Logs a failed outcome; returns the outcome. */
  #logFailure(outcome: Outcome): Outcome {
    if (!outcome.ok) {
      const { errorType, errorMessage, trace } = outcome.error;
      const message = trace.length > 0 ? trace.join('\n') : `${errorType}: ${errorMessage}`;
      this.#options.log.write(
        `${JSON.stringify({ timestamp: new Date().toISOString(), level: 'ERROR', message })}\n`,
      );
    }
    return outcome;
  }

  #start(extra: boolean): Sandbox {
    code ??= workerCode();
    loadNativeModules(this.fn.folder);
    const { fn, environment, clock, background, log } = this.#options;
    const workerData: WorkerStart = {
      clock,
      folder: fn.folder,
      handler: fn.handler,
      jsonLogs: fn.jsonLogs,
      background,
    };
    const worker = new Worker(code, {
      workerData,
      name: fn.logicalId,
      env: environment,
      stdout: true,
      stderr: true,
      // V8's heap is most of a function's memory in Lambda. A smaller young generation saves some megabytes in each
      // worker, at no measurable cost in time.
      resourceLimits: {
        maxOldGenerationSizeMb: Math.max(64, fn.memoryMegabytes * 0.75),
        maxYoungGenerationSizeMb: 4,
      },
    });
    for (const output of [worker.stdout, worker.stderr])
      output.setEncoding('utf8').on('data', (text: string) => {
        log.write(text);
      });

    let resolveReady: (error: InvocationError | undefined) => void = () => undefined;
    const ready = new Promise<InvocationError | undefined>((done) => (resolveReady = done));
    const sandbox: Sandbox = {
      worker,
      ready,
      busy: false,
      ended: false,
      finish: undefined,
      idleTimer: undefined,
      extra,
    };
    const initTimer = setTimeout(() => {
      resolveReady(
        invocationError(
          'Sandbox.Timedout',
          `${fn.name} was not loaded within ${initMilliseconds / 1000} seconds`,
        ),
      );
      void this.#end(sandbox);
    }, initMilliseconds);

    let lastError: Error | undefined;
    worker.on('message', (message: WorkerMessage) => {
      switch (message.kind) {
        case 'ready':
          clearTimeout(initTimer);
          resolveReady(undefined);
          break;
        case 'broken':
          clearTimeout(initTimer);
          resolveReady(message.error);
          void this.#end(sandbox);
          break;
        case 'result':
          sandbox.finish?.({ ok: true, payload: message.payload });
          break;
        case 'error':
          sandbox.finish?.({ ok: false, error: message.error });
          break;
      }
    });
    worker.on('error', (error) => (lastError = error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', (code) => {
      clearTimeout(initTimer);
      this.#remove(sandbox);
      const error = lastError
        ? {
            errorType: lastError.name,
            errorMessage: lastError.message,
            trace: (lastError.stack ?? '').split('\n'),
          }
        : invocationError('Runtime.ExitError', `Runtime exited with exit status ${code}`);
      resolveReady(error);
      sandbox.finish?.({ ok: false, error });
    });
    this.#sandboxes.push(sandbox);
    return sandbox;
  }

  async #end(sandbox: Sandbox): Promise<void> {
    this.#remove(sandbox);
    await sandbox.worker.terminate();
  }

  #remove(sandbox: Sandbox): void {
    if (sandbox.ended) return;
    sandbox.ended = true;
    if (sandbox.extra) this.#options.budget.giveBack();
    clearTimeout(sandbox.idleTimer);
    const at = this.#sandboxes.indexOf(sandbox);
    if (at >= 0) this.#sandboxes.splice(at, 1);
  }
}

function invocationError(errorType: string, errorMessage: string): InvocationError {
  return { errorType, errorMessage, trace: [] };
}

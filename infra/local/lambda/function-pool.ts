import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { FunctionPlan } from '../template/plan.ts';
import type { FunctionLog } from './function-log.ts';
import type { Invocation, InvocationError, WorkerMessage, WorkerStart } from './protocol.ts';
import { loadNativeModules } from './native-modules.ts';
import { workerCode } from './worker-code.ts';

export type Outcome = { ok: true; payload: string | undefined } | { ok: false; error: InvocationError };

/** A place in which one invocation may run now; it must be released, whether it was used or not. */
export type Lease = { invoke: (event: unknown) => Promise<Outcome>; release: () => void };

/** Lambda's own limits. */
const initMilliseconds = 10_000;
const largestPayloadBytes = 6 * 1024 * 1024;

const mostSandboxes = 2;
/** Starting a sandbox takes longer than most invocations: whoever waits does so this long for the first one. */
const patienceMilliseconds = 100;
/** A second sandbox that has had nothing to do for this long gives its memory back. */
const idleMilliseconds = 10_000;

/** Second sandboxes that all functions together may have: each takes about 30 MB. */
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
  /** Undefined once it works; else why it cannot. */
  ready: Promise<InvocationError | undefined>;
  busy: boolean;
  ended: boolean;
  finish: ((outcome: Outcome) => void) | undefined;
  idleTimer: NodeJS.Timeout | undefined;
  /** It is beside another one, and counts in the budget. */
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
 * One function with its sandboxes: worker threads of which each runs one invocation at a time. A timeout or a crash
 * ends the sandbox, as in Lambda; the next invocation starts a new one.
 */
export class FunctionPool {
  readonly fn: FunctionPlan;
  readonly #options: PoolOptions;
  readonly #sandboxes: Sandbox[] = [];
  readonly #waiting: ((sandbox: Sandbox) => void)[] = [];
  #patience: NodeJS.Timeout | undefined;
  /** Called after each invocation: it may have written something that others wait for. */
  afterInvocation: () => void = () => undefined;
  #stopped = false;

  constructor(options: PoolOptions) {
    this.fn = options.fn;
    this.#options = options;
  }

  /** Loads the function before it is asked for. Answers why it cannot be loaded, if so. */
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
    this.#patience ??= setTimeout(() => {
      this.#startExtra();
    }, patienceMilliseconds);
    return this.#lease(await new Promise<Sandbox>((take) => this.#waiting.push(take)));
  }

  get busy(): boolean {
    return this.#sandboxes.some((sandbox) => sandbox.busy);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#patience);
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

  /** For those who still wait. */
  #startExtra(): void {
    this.#patience = undefined;
    if (this.#waiting.length === 0 || this.#stopped || this.#sandboxes.length >= mostSandboxes) return;
    if (this.#sandboxes.length > 0 && !this.#options.budget.take()) {
      this.#patience = setTimeout(() => {
        this.#startExtra();
      }, patienceMilliseconds);
      return;
    }
    const sandbox = this.#start(this.#sandboxes.length > 0);
    // It could be handed on at once, but someone else may end sooner than it is loaded.
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
    if (failed) return this.#told({ ok: false, error: failed });
    if (sandbox.ended)
      return this.#told({
        ok: false,
        error: fault('Runtime.ExitError', 'RequestId: the sandbox ended before it was used'),
      });
    const payload = JSON.stringify(event);
    if (Buffer.byteLength(payload) > largestPayloadBytes)
      return this.#told({
        ok: false,
        error: fault('RequestTooLargeException', `the event is larger than ${largestPayloadBytes} bytes`),
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
          error: fault(
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
    if (
      outcome.ok &&
      outcome.payload !== undefined &&
      Buffer.byteLength(outcome.payload) > largestPayloadBytes
    )
      return this.#told({
        ok: false,
        error: fault(
          'Function.ResponseSizeTooLarge',
          `Response payload size exceeded maximum allowed payload size (${largestPayloadBytes} bytes).`,
        ),
      });
    return this.#told(outcome);
  }

  /** Lambda's own line at the end of each invocation. */
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

  /** An invocation that failed leaves a line in the log, as the platform's own report does. */
  #told(outcome: Outcome): Outcome {
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
      // Lambda's memory is for all of a function; V8's part of it is most of that. Less for what is young costs no
      // time that can be measured here, and saves some megabytes in each worker.
      resourceLimits: {
        maxOldGenerationSizeMb: Math.max(64, fn.memoryMegabytes * 0.75),
        maxYoungGenerationSizeMb: 4,
      },
    });
    for (const output of [worker.stdout, worker.stderr])
      output.setEncoding('utf8').on('data', (text: string) => {
        log.write(text);
      });

    let settle: (error: InvocationError | undefined) => void = () => undefined;
    const ready = new Promise<InvocationError | undefined>((done) => (settle = done));
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
      settle(
        fault('Sandbox.Timedout', `${fn.name} was not loaded within ${initMilliseconds / 1000} seconds`),
      );
      void this.#end(sandbox);
    }, initMilliseconds);

    let lastError: Error | undefined;
    worker.on('message', (message: WorkerMessage) => {
      switch (message.kind) {
        case 'ready':
          clearTimeout(initTimer);
          settle(undefined);
          break;
        case 'broken':
          clearTimeout(initTimer);
          settle(message.error);
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
      this.#forget(sandbox);
      const error = lastError
        ? {
            errorType: lastError.name,
            errorMessage: lastError.message,
            trace: (lastError.stack ?? '').split('\n'),
          }
        : fault('Runtime.ExitError', `Runtime exited with exit status ${code}`);
      settle(error);
      sandbox.finish?.({ ok: false, error });
    });
    this.#sandboxes.push(sandbox);
    return sandbox;
  }

  async #end(sandbox: Sandbox): Promise<void> {
    this.#forget(sandbox);
    await sandbox.worker.terminate();
  }

  #forget(sandbox: Sandbox): void {
    if (sandbox.ended) return;
    sandbox.ended = true;
    if (sandbox.extra) this.#options.budget.giveBack();
    clearTimeout(sandbox.idleTimer);
    const at = this.#sandboxes.indexOf(sandbox);
    if (at >= 0) this.#sandboxes.splice(at, 1);
  }
}

function fault(errorType: string, errorMessage: string): InvocationError {
  return { errorType, errorMessage, trace: [] };
}

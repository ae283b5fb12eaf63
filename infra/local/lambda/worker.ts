import { existsSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { captureConsole } from './console.ts';
import type { Invocation, InvocationError, WorkerMessage, WorkerStart } from './protocol.ts';
import { installVirtualDate } from './virtual-date.ts';

/** Runs one function like Lambda's Node runtime: loads it once, then runs one invocation after another. */

type Handler = (event: unknown, context: object) => unknown;

const start = workerData as WorkerStart;
const port = parentPort;
if (!port) throw new Error('worker.ts must run in a worker thread');
const post = (message: WorkerMessage): void => {
  port.postMessage(message);
};

// Saved before Date is replaced: deadlines use this machine's clock.
const realNow = Date.now;
installVirtualDate(start.clock);

let requestId = '';
if (start.jsonLogs) captureConsole(() => requestId);

try {
  const handler = await load(start.folder, start.handler);
  if (start.background) lowerPriority();
  port.on('message', (invocation: Invocation) => void run(handler, invocation));
  post({ kind: 'ready' });
} catch (error) {
  post({ kind: 'broken', error: describe(error) });
}

async function run(handler: Handler, invocation: Invocation): Promise<void> {
  requestId = invocation.requestId;
  try {
    const result: unknown = await handler(JSON.parse(invocation.payload), contextOf(invocation));
    post({ kind: 'result', requestId: invocation.requestId, payload: JSON.stringify(result) });
  } catch (error) {
    post({ kind: 'error', requestId: invocation.requestId, error: describe(error) });
  }
}

/**
 * Only on Linux, where each thread has its own priority; elsewhere this would slow down the whole process. At nice 10 a
 * thread on a busy machine gets a tenth of another one's time, so submitting does not wait for it (at 5, p50 is half as
 * long again). At 15 it gets a thirtieth, and when other programs keep the machine busy, its functions time out. Only
 * after loading, which has a limit of ten seconds.
 */
function lowerPriority(): void {
  if (process.platform === 'linux') setPriority(10);
}

async function load(folder: string, handler: string): Promise<Handler> {
  const dot = handler.lastIndexOf('.');
  const [module, name] = [handler.slice(0, dot), handler.slice(dot + 1)];
  const file = ['.mjs', '.js', '.cjs']
    .map((extension) => join(folder, module + extension))
    .find((path) => existsSync(path));
  if (file === undefined) throw new Error(`Cannot find module '${module}' in ${folder}`);
  const exported = ((await import(pathToFileURL(file).href)) as Record<string, unknown>)[name];
  if (typeof exported !== 'function') throw new Error(`${handler} is undefined or not exported`);
  return exported as Handler;
}

function contextOf(invocation: Invocation): object {
  const name = process.env['AWS_LAMBDA_FUNCTION_NAME'];
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: name,
    functionVersion: process.env['AWS_LAMBDA_FUNCTION_VERSION'],
    invokedFunctionArn: invocation.functionArn,
    memoryLimitInMB: process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
    awsRequestId: invocation.requestId,
    logGroupName: process.env['AWS_LAMBDA_LOG_GROUP_NAME'],
    logStreamName: process.env['AWS_LAMBDA_LOG_STREAM_NAME'],
    getRemainingTimeInMillis: () => Math.max(0, invocation.deadline - realNow()),
  };
}

function describe(error: unknown): InvocationError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

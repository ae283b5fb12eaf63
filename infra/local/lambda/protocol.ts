/** What a function's worker is started with. */
export type WorkerStart = {
  clock: SharedArrayBuffer;
  folder: string;
  handler: string;
  jsonLogs: boolean;
  /** Nobody waits for its answers: those for whom someone does go first. */
  background: boolean;
};

export type Invocation = {
  requestId: string;
  /** JSON of the event. */
  payload: string;
  /** By this machine's clock, in milliseconds. */
  deadline: number;
  functionArn: string;
};

export type InvocationError = { errorType: string; errorMessage: string; trace: string[] };

export type WorkerMessage =
  | { kind: 'ready' }
  | { kind: 'broken'; error: InvocationError }
  | { kind: 'result'; requestId: string; payload: string | undefined }
  | { kind: 'error'; requestId: string; error: InvocationError };

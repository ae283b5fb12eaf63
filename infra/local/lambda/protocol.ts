/** The start data of a function's worker. */
export type WorkerStart = {
  clock: SharedArrayBuffer;
  folder: string;
  handler: string;
  jsonLogs: boolean;
  /** No caller waits for the result, so it runs with lower priority than API functions. */
  background: boolean;
};

export type Invocation = {
  requestId: string;
  /** JSON of the event. */
  payload: string;
  /** In milliseconds of this machine's clock. */
  deadline: number;
  functionArn: string;
};

export type InvocationError = { errorType: string; errorMessage: string; trace: string[] };

export type WorkerMessage =
  | { kind: 'ready' }
  | { kind: 'broken'; error: InvocationError }
  | { kind: 'result'; requestId: string; payload: string | undefined }
  | { kind: 'error'; requestId: string; error: InvocationError };

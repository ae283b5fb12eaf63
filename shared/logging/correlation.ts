import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * The id that all work shares which follows from one request or one run of a timer. It is API Gateway's id of the
 * request. The record carries it with the write, the published event in its envelope, and each consumer goes on with
 * it.
 */
const storage = new AsyncLocalStorage<string | undefined>();

/** Runs `work`; everything that it logs or writes has this id. */
export function withCorrelationId<Result>(correlationId: string | undefined, work: () => Result): Result {
  return storage.run(correlationId, work);
}

/** Undefined outside `withCorrelationId`: in an operator's command, for instance. */
export function currentCorrelationId(): string | undefined {
  return storage.getStore();
}

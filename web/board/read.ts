import { staffRequest, type StaffOutcome } from '../session/session.ts';

const pausesMilliseconds = [400, 1_500];

/** Reads from the API; repeats an unanswered request twice. */
export async function read<T>(path: string, query: Record<string, string> = {}): Promise<StaffOutcome<T>> {
  const search = new URLSearchParams(query).toString();
  const address = search === '' ? path : `${path}?${search}`;
  let outcome = await staffRequest<T>(address);
  for (const pause of pausesMilliseconds) {
    if (outcome.kind !== 'unanswered') break;
    await new Promise((resume) => setTimeout(resume, pause));
    outcome = await staffRequest<T>(address);
  }
  return outcome;
}

/** Runs `work` for each item, `atOnce` at a time. The first failure stops it. */
export async function forEachOf<T>(
  all: readonly T[],
  atOnce: number,
  work: (one: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let hasFailed = false;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < all.length && !hasFailed; index = next++) {
      try {
        await work(all[index] as T, index);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, worker));
}

/** Yields the results in the order of the items; up to `atOnce` are requested ahead. */
export async function* inOrder<T, R>(
  all: readonly T[],
  atOnce: number,
  work: (one: T) => Promise<R>,
): AsyncGenerator<R> {
  const started: Promise<R>[] = [];
  let next = 0;
  for (const index of all.keys()) {
    for (; next < Math.min(all.length, index + atOnce); next += 1) {
      const result = work(all[next] as T);
      // The consumer may stop before awaiting it.
      result.catch(() => undefined);
      started.push(result);
    }
    yield started.shift() as Promise<R>;
  }
}

export type RequestFailure = Exclude<StaffOutcome<unknown>, { kind: 'answer' }>;
/** A failed request, thrown where many requests make one result. */
export class RequestError extends Error {
  readonly outcome: RequestFailure;

  constructor(outcome: RequestFailure) {
    super(outcome.kind);
    this.outcome = outcome;
  }
}

/** As `read`, with the body alone. @throws RequestError */
export async function mustRead<T>(path: string, query: Record<string, string> = {}): Promise<T> {
  const outcome = await read<T>(path, query);
  if (outcome.kind !== 'answer') throw new RequestError(outcome);
  return outcome.body;
}

/** The failure of a request in `work`, if any; other errors are bugs and are thrown on. */
export async function failureOf(work: () => Promise<void>): Promise<RequestFailure | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof RequestError) return error.outcome;
    throw error;
  }
}

import { staffRequest, type StaffOutcome } from '../session/session.ts';

const pausesMilliseconds = [400, 1_500];

/** Reads from the API. What got no answer that tells is asked again, twice. */
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

/** Does the work for each, a few at a time. The first failure ends it. */
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

/** The results in the order of what they are of; those of the next few are begun before they are asked for. */
export async function* inOrder<T, R>(
  all: readonly T[],
  atOnce: number,
  work: (one: T) => Promise<R>,
): AsyncGenerator<R> {
  const begun: Promise<R>[] = [];
  let next = 0;
  for (const index of all.keys()) {
    for (; next < Math.min(all.length, index + atOnce); next += 1) {
      const result = work(all[next] as T);
      // Nobody may come to ask for it any more.
      result.catch(() => undefined);
      begun.push(result);
    }
    yield begun.shift() as Promise<R>;
  }
}

/** An outcome that is no answer, thrown where many requests make one result. */
export class NoAnswer extends Error {
  readonly outcome: Exclude<StaffOutcome<unknown>, { kind: 'answer' }>;

  constructor(outcome: Exclude<StaffOutcome<unknown>, { kind: 'answer' }>) {
    super(outcome.kind);
    this.outcome = outcome;
  }
}

/** As `read`, with the body alone. @throws NoAnswer */
export async function mustRead<T>(path: string, query: Record<string, string> = {}): Promise<T> {
  const outcome = await read<T>(path, query);
  if (outcome.kind !== 'answer') throw new NoAnswer(outcome);
  return outcome.body;
}

/** What `work` could not have; anything but a missing answer is a bug and goes on. */
export async function failureOf(work: () => Promise<void>): Promise<NoAnswer['outcome'] | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof NoAnswer) return error.outcome;
    throw error;
  }
}

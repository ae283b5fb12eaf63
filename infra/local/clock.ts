import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from './data-folder.ts';

/**
 * The functions' clock: the machine's time plus an offset, which only grows. A restart keeps the offset, since stored
 * records may have times based on it.
 */
export class VirtualClock {
  /** The offset in milliseconds, in memory shared with the functions' workers. */
  readonly shared: SharedArrayBuffer;
  readonly #offset: BigInt64Array;
  readonly #file: string;

  constructor(dataDir: string) {
    this.shared = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
    this.#offset = new BigInt64Array(this.shared);
    this.#file = join(dataDir, 'clock.json');
    Atomics.store(this.#offset, 0, BigInt(readOffset(this.#file)));
  }

  get offsetMilliseconds(): number {
    return Number(Atomics.load(this.#offset, 0));
  }

  now(): number {
    return Date.now() + this.offsetMilliseconds;
  }

  advance(milliseconds: number): void {
    const offsetMilliseconds = this.offsetMilliseconds + milliseconds;
    writeDurably(this.#file, JSON.stringify({ offsetMilliseconds }));
    Atomics.store(this.#offset, 0, BigInt(offsetMilliseconds));
  }
}

function readOffset(file: string): number {
  try {
    const { offsetMilliseconds } = JSON.parse(readFileSync(file, 'utf8')) as { offsetMilliseconds?: unknown };
    return typeof offsetMilliseconds === 'number' && Number.isSafeInteger(offsetMilliseconds)
      ? offsetMilliseconds
      : 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw new Error(`${file} is broken: ${String(error)}`, { cause: error });
  }
}

const unitMilliseconds = { W: 604_800_000, D: 86_400_000, H: 3_600_000, M: 60_000, S: 1_000 };

/** The longest single advance: a typing error could not be undone. */
const maxAdvanceMilliseconds = 366 * unitMilliseconds.D;

/** Milliseconds of an ISO 8601 duration such as PT2H or P1DT30M; undefined if invalid, zero or over a year. */
export function millisecondsOfDuration(text: string): number | undefined {
  const match =
    /^P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9}(?:\.\d{1,3})?)S)?)?$/.exec(
      text,
    );
  if (!match) return undefined;
  const [, weeks, days, hours, minutes, seconds] = match;
  const total =
    Number(weeks ?? 0) * unitMilliseconds.W +
    Number(days ?? 0) * unitMilliseconds.D +
    Number(hours ?? 0) * unitMilliseconds.H +
    Number(minutes ?? 0) * unitMilliseconds.M +
    Math.round(Number(seconds ?? 0) * unitMilliseconds.S);
  return total > 0 && total <= maxAdvanceMilliseconds ? total : undefined;
}

import { cut } from './table.ts';

/** A progress bar on one line of a terminal; in a log, a line every few seconds. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #begun = performance.now();
  #shownAt = -Infinity;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** @param done from 0 to 1. */
  show(done: number, words: string): void {
    const seconds = (performance.now() - this.#begun) / 1000;
    const pause = this.#stream.isTTY ? 0.1 : 5;
    if (seconds - this.#shownAt < pause && done < 1) return;
    this.#shownAt = seconds;
    const cells = 20;
    const full = Math.round(done * cells);
    const bar = `[${'#'.repeat(full)}${'.'.repeat(cells - full)}]`;
    const line = `${bar} ${words}  ${seconds.toFixed(0)} s`;
    if (this.#stream.isTTY) this.#stream.write(`\r\u001B[K${cut(line, this.#stream.columns - 1)}`);
    else this.#stream.write(`${line}\n`);
  }

  end(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\u001B[K');
  }
}

import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import type { LogFields } from '../../../shared/logging/log.ts';

const maxBytes = 5_000_000;

/**
 * A function's log file. When it is too large it is renamed to `….1.log`, which replaces the previous one. Written with
 * the function's permissions, as in Lambda: without them the output is lost.
 */
export class FunctionLog {
  readonly #path: string;
  #file: WriteStream | undefined;
  #bytes = 0;
  #rest = '';
  readonly #may: (operation: 'CreateLogStream' | 'PutLogEvents') => boolean;
  readonly #onError: (line: string) => void;

  /** @param options.onError receives one short line per error that the function logs. */
  constructor(options: {
    path: string;
    may: (operation: 'CreateLogStream' | 'PutLogEvents') => boolean;
    onError: (line: string) => void;
  }) {
    this.#path = options.path;
    this.#may = options.may;
    this.#onError = options.onError;
  }

  write(text: string): void {
    const file = this.#may('PutLogEvents') ? this.#open() : undefined;
    if (file) {
      file.write(text);
      this.#bytes += Buffer.byteLength(text);
    }
    const lines = (this.#rest + text).split('\n');
    this.#rest = (lines.pop() ?? '').slice(-100_000);
    for (const line of lines) {
      const error = errorIn(line);
      if (error !== undefined) this.#onError(error);
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (file)
      await new Promise<void>((done) =>
        file.end(() => {
          done();
        }),
      );
  }

  /** Undefined if the function may not create a log stream. */
  #open(): WriteStream | undefined {
    if (this.#file && this.#bytes > maxBytes) {
      this.#file.end();
      this.#file = undefined;
      renameSync(this.#path, this.#path.replace(/\.log$/, '.1.log'));
    }
    if (!this.#file && this.#may('CreateLogStream')) {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      this.#bytes = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
      this.#file = createWriteStream(this.#path, { flags: 'a', mode: 0o600 });
      // A full disk must not end the process; that output is lost.
      this.#file.on('error', () => (this.#file = undefined));
    }
    return this.#file;
  }
}

/** What a function logged in one line, by `shared/logging/log.ts`. */
export type LoggedLine = LogFields & {
  timestamp: string;
  code: string;
  correlationId?: string;
  error?: string;
};

/** The fields of a line that a function logged; undefined for any other line. */
export function logFields(line: string): LoggedLine | undefined {
  if (!line.includes('"code"')) return undefined;
  try {
    const { timestamp, message } = JSON.parse(line) as { timestamp: string; message: LoggedLine };
    return typeof message.code === 'string' ? { ...message, timestamp } : undefined;
  } catch {
    return undefined;
  }
}

function errorIn(line: string): string | undefined {
  if (!/"level":\s*"(ERROR|FATAL)"/i.test(line)) return undefined;
  try {
    const { message } = JSON.parse(line) as { message?: unknown };
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    return text.split('\n')[0]?.slice(0, 200);
  } catch {
    return line.slice(0, 200);
  }
}

import { format } from 'node:util';

const levels = {
  trace: 'TRACE',
  debug: 'DEBUG',
  log: 'INFO',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
} as const;

/** Makes `console` write Lambda's JSON log format: one line per call, a single object unformatted. */
export function captureConsole(requestId: () => string): void {
  for (const [method, level] of Object.entries(levels)) {
    console[method as keyof typeof levels] = (...values: unknown[]) => {
      const [first] = values;
      const line = { timestamp: new Date().toISOString(), level, requestId: requestId() };
      process.stdout.write(
        `${withMessage(line, values.length === 1 && isPlain(first) ? first : format(...values))}\n`,
      );
    };
  }
}

function withMessage(line: object, message: unknown): string {
  try {
    return JSON.stringify({ ...line, message });
  } catch {
    // JSON cannot represent cycles and bigints; text can.
    return JSON.stringify({ ...line, message: format(message) });
  }
}

function isPlain(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof Error);
}

/**
 * One line a failure: a stable code to search and alarm by, and the whole error for whoever reads the log.
 * Lambda writes what `console` is given as JSON.
 */
export function logFailure(code: string, error: unknown, about: Record<string, unknown> = {}): void {
  console.error({
    code,
    ...about,
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
}

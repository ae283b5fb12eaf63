/** The result of a batch: which items failed, or that the whole batch failed. */
export type BatchResult = { kind: 'failed' } | { kind: 'done'; failures: Set<string> };

/**
 * Reads a function's JSON response as Lambda does. No response or no failures means success. An invalid response (not an
 * object, or an identifier that is missing, empty or not in the batch) fails the whole batch.
 */
export function readBatchResponse(
  payload: string | undefined,
  reportsFailures: boolean,
  identifiers: Set<string>,
): BatchResult {
  const done: BatchResult = { kind: 'done', failures: new Set() };
  if (!reportsFailures || payload === undefined) return done;
  const response: unknown = JSON.parse(payload);
  if (response === null) return done;
  if (typeof response !== 'object') return { kind: 'failed' };
  const listed = (response as { batchItemFailures?: unknown }).batchItemFailures;
  if (listed === undefined || listed === null) return done;
  if (!Array.isArray(listed)) return { kind: 'failed' };
  for (const item of listed as unknown[]) {
    const identifier =
      typeof item === 'object' && item !== null
        ? (item as { itemIdentifier?: unknown }).itemIdentifier
        : undefined;
    if (typeof identifier !== 'string' || !identifiers.has(identifier)) return { kind: 'failed' };
    done.failures.add(identifier);
  }
  return done;
}

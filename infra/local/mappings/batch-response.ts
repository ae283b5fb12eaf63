/** What Lambda makes of the answer to a batch: which items failed, or that the whole batch counts as failed. */
export type BatchResult = { kind: 'failed' } | { kind: 'done'; failures: Set<string> };

/**
 * Reads the JSON that a function answered with. Nothing, or no failures, is success; what cannot be understood —
 * no object, an identifier that is missing, empty or of no item of the batch — fails the batch.
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

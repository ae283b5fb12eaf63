import { TransactionCanceledException, TransactionConflictException } from '@aws-sdk/client-dynamodb';

/** Whether a write failed because of concurrent writes and may succeed when retried. */
export function isContended(error: unknown): boolean {
  if (error instanceof TransactionConflictException) return true;
  if (!(error instanceof TransactionCanceledException)) return false;
  const { CancellationReasons = [] } = error;
  return CancellationReasons.some(({ Code }) => Code === 'TransactionConflict' || Code === 'ThrottlingError');
}

/** Whether a condition of the transaction failed: of the item at this position, or of any. */
export function isRefused({ CancellationReasons = [] }: TransactionCanceledException, at?: number): boolean {
  return CancellationReasons.some(
    ({ Code }, position) => Code === 'ConditionalCheckFailed' && (at ?? position) === position,
  );
}

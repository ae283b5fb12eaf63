import { TransactionCanceledException, TransactionConflictException } from '@aws-sdk/client-dynamodb';

/** Whether a write was turned away because others wrote at the same time, and may succeed the next time. */
export function isContended(error: unknown): boolean {
  if (error instanceof TransactionConflictException) return true;
  if (!(error instanceof TransactionCanceledException)) return false;
  const { CancellationReasons = [] } = error;
  return CancellationReasons.some(({ Code }) => Code === 'TransactionConflict' || Code === 'ThrottlingError');
}

/** Whether a condition of the transaction does not hold: of the part at this position, or of any. */
export function isRefused({ CancellationReasons = [] }: TransactionCanceledException, at?: number): boolean {
  return CancellationReasons.some(
    ({ Code }, position) => Code === 'ConditionalCheckFailed' && (at ?? position) === position,
  );
}

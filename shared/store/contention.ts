import type { TransactionCanceledException } from '@aws-sdk/client-dynamodb';

/** Whether a transaction was cancelled because others wrote at the same time, and may succeed the next time. */
export function isContended({ CancellationReasons = [] }: TransactionCanceledException): boolean {
  return CancellationReasons.some(({ Code }) => Code === 'TransactionConflict' || Code === 'ThrottlingError');
}

/** Whether a condition of the transaction does not hold: of the part at this position, or of any. */
export function isRefused({ CancellationReasons = [] }: TransactionCanceledException, at?: number): boolean {
  return CancellationReasons.some(
    ({ Code }, position) => Code === 'ConditionalCheckFailed' && (at ?? position) === position,
  );
}

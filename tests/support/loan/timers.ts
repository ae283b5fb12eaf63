import { retentionDates, type RetentionDates, type PersonalPart } from '../../../shared/kernel/erasure.ts';
import type { Timer } from '../../../shared/kernel/kind.ts';
import { partsDue } from '../../../shared/kernel/timers.ts';
import type { Loan, LoanHistory } from './model.ts';

const dayMilliseconds = 86_400_000;
/** Requests without an answer by then are cancelled. */
export const lapseDays = 14;

export function daysAfter(instant: string, days: number): string {
  return new Date(Date.parse(instant) + days * dayMilliseconds).toISOString();
}

export const rowKeys = ({ department, area }: Loan): { department: string; area: string } => ({
  department,
  area,
});

export function retention({ state, context: { now, city } }: LoanHistory): RetentionDates {
  return state.erasureAsked ? { contact: now, text: now, photos: now } : retentionDates(now, city);
}

export function erased(
  history: LoanHistory,
  parts: PersonalPart[],
  cause: 'retention' | 'request',
): LoanHistory {
  const photos = parts.includes('photos') ? history.state.photos.map(({ id }) => id) : [];
  return history.add('personal-data-erased.v1', { parts, cause, photos });
}

/** The timers of a loan. */
export function timers({ state, submittedAt, dueAt }: Loan): Timer[] {
  if (state === 'asked') return [{ at: daysAfter(submittedAt, lapseDays), does: { kind: 'lapse' } }];
  return state === 'lent' && dueAt !== undefined ? [{ at: dueAt, does: { kind: 'due-back' } }] : [];
}

export function fire(history: LoanHistory, { does }: Timer): void {
  const { state: loan, context } = history;
  switch (does.kind) {
    case 'lapse':
      history.add('loan-cancelled.v1', { ...rowKeys(loan), eraseAt: retention(history) });
      break;
    case 'due-back':
      history.add('loan-overdue.v1', { ...rowKeys(loan), dueAt: loan.dueAt ?? context.now });
      break;
    case 'erase':
      erased(history, partsDue(loan, context.now), loan.erasureAsked ? 'request' : 'retention');
      break;
    default:
      throw new Error(`${loan.number} has no timer ${does.kind}`);
  }
}

import type { AnyEvent } from '../../../events/envelope.ts';
import { rowsOf, type Counted, type Counts } from '../../../shared/kernel/figures.ts';

/** The figures of loans. They share rows with those of reports, so their names differ. */
export function countsOf(event: AnyEvent): Counted[] {
  const additions: Record<string, Counts> = {
    'loan-asked.v2': { loansAsked: 1 },
    'loan-lent.v1': { loansLent: 1 },
    'loan-returned.v1': { loansReturned: 1, loansLate: event.data['late'] === true ? 1 : 0 },
  };
  const add = additions[event.type];
  return add ? rowsOf(event, ['department', 'area'], add) : [];
}

import type { AnyEvent } from '../../../events/envelope.ts';
import { rowsOf, type Counted, type Counts } from '../../../shared/kernel/figures.ts';

/** What a loan counts. The rows are those of reports, so the names are its own. */
export function countsOf(event: AnyEvent): Counted[] {
  const additions: Record<string, Counts> = {
    'loan-asked.v2': { loansAsked: 1 },
    'loan-lent.v1': { loansLent: 1 },
    'loan-returned.v1': { loansReturned: 1, loansLate: event.data['late'] === true ? 1 : 0 },
  };
  const add = additions[event.type];
  return add ? rowsOf(event, ['department', 'area'], add) : [];
}

import type { Priority } from '../../../shared/config/city.ts';
import type { Report } from '../../../shared/records/report/model.ts';
import type { State } from '../../../shared/records/report/state.ts';

/** A report in a list. */
export type ListedReport = {
  number: string;
  state: State;
  submittedAt: string;
  excerpt: string;
  area: string;
  priority?: Priority;
  category?: string;
  department?: string;
  /** When the next running clock is due; undefined if none runs. */
  dueAt?: string;
  acknowledged: boolean;
  breached: boolean;
  score?: number;
  resolvedAt?: string;
  /** `dueAt` of the alert's clock, if the list includes it. */
  alert?: NonNullable<Report['alert']> & { dueAt?: string };
  supervised?: boolean;
  extension?: { amount: number; reason: string };
  suspended?: { waitingFor: 'resident' | 'other'; resumeAt: string };
};

export type ListPage = { items: ListedReport[]; cursor?: string };

import type { Priority } from '../../../shared/config/city.ts';
import type { ClockName } from '../../../shared/domain/sla.ts';
import type { State } from '../../../shared/domain/transitions.ts';

/** What lists tell of a report. */
export type ListedReport = {
  number: string;
  state: State;
  submittedAt: string;
  excerpt: string;
  area: string;
  priority?: Priority;
  category?: string;
  department?: string;
  /** When the next running clock is due; missing when none runs. */
  dueAt?: string;
  acknowledged: boolean;
  breached: boolean;
  score?: number;
  resolvedAt?: string;
  /** `dueAt` of the clock that it is about, where the list tells it. */
  alert?: { kind: 'warning' | 'breach'; clock: ClockName; at: string; dueAt?: string };
  supervised?: boolean;
};

export type ListPage = { items: ListedReport[]; cursor?: string };

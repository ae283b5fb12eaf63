import type { History, RecordBase, SummaryBase } from '../../../shared/kernel/kind.ts';
import type { LoanContracts, LoanEvent } from './contracts.ts';

export const loanStates = {
  asked: { zh: '已申请', en: 'Asked for' },
  lent: { zh: '已借出', en: 'Lent' },
  'over-due': { zh: '已逾期', en: 'Overdue' },
  returned: { zh: '已归还', en: 'Returned' },
  declined: { zh: '未同意', en: 'Declined' },
  cancelled: { zh: '已取消', en: 'Cancelled' },
} as const;
export type LoanState = keyof typeof loanStates;

export type Loan = RecordBase & {
  state: LoanState;
  locale: 'zh' | 'en';
  tool: string;
  days: number;
  reason: string;
  area: string;
  path: readonly string[];
  department: string;
  /** When the tool is to be returned. */
  dueAt?: string;
  behind?: string;
  /** Numbers of the loans that wait for this one. */
  waiters: readonly string[];
  /** The names of its messages, which are related items. */
  messages: readonly string[];
  damage?: { text: string; report: string; isReported: boolean };
};

export type LoanRefusal =
  { kind: 'unknown-department'; department: string } | { kind: 'extension-too-long'; left: number };

export type LoanSummary = SummaryBase & { state: LoanState; tool: string; dueAt?: string };

export type LoanModel = {
  record: Loan;
  contracts: LoanContracts;
  event: LoanEvent;
  refusal: LoanRefusal;
  summary: LoanSummary;
};
export type LoanHistory = History<LoanModel>;

import type { AnyEvent } from '../../../events/envelope.ts';
import type { FollowUp, FollowUpRules, Indexed, RecordKind } from '../../../shared/kernel/kind.ts';
import type { ReportCommand } from '../../../shared/records/report/commands/index.ts';
import { loanCommands, type LoanCommand } from './commands.ts';
import { loanEvents } from './contracts.ts';
import { loanEventRules } from './events.ts';
import { countsOf } from './figures.ts';
import { loanStates, type Loan, type LoanModel, type LoanSummary } from './model.ts';
import { fire, timers } from './timers.ts';

/** Kinds of the product do not import each other: they take commands for others from the contracts. */
type Asked = FollowUp & { command: LoanCommand | ReportCommand };

const followUps: FollowUpRules<LoanModel> = {
  /** From a loan to another loan. */
  'loan-asked.v2': {
    when: ({ data: { behind } }) => behind !== undefined,
    commands: ({ number, data: { behind = '' } }): Asked[] => [
      { number: behind, command: { type: 'wait', number }, ifThere: true },
    ],
  },
  /** From a loan to a report, and then to itself. */
  'loan-returned.v1': {
    when: ({ data: { report } }) => report !== undefined,
    commands: ({ data: { report = '' } }, record): Asked[] => [
      { number: report, command: reportOf(report, record) },
    ],
    afterwards: ({ number, data: { report = '' } }): Asked[] => [
      { number, command: { type: 'record-damage', report } },
    ],
  },
};

function reportOf(number: string, { tool, damage, area, path, locale }: Loan): ReportCommand {
  return {
    type: 'submit',
    number,
    description: `借出的${tool}损坏：${damage?.text ?? ''}`,
    location: { area, path: [...path] },
    photos: [],
    locale,
    source: 'staff',
  };
}

function indexes(loan: Loan): Indexed<LoanModel> {
  const { department, area, submittedAt, dueAt = submittedAt, endedAt = submittedAt } = loan;
  const inbox = {
    asked: { department, area, view: 'triage', order: submittedAt },
    lent: { department, area, view: 'open', order: dueAt },
    'over-due': { department, area, view: 'open', order: dueAt },
    returned: { department, area, view: 'done', order: endedAt },
    declined: { department, area, view: 'done', order: endedAt },
    cancelled: undefined,
  } as const satisfies Record<Loan['state'], Indexed['inbox']>;
  const place = inbox[loan.state];
  const isLate = loan.state === 'over-due';
  return {
    summary: summaryOf(loan),
    ...(place && { inbox: place }),
    ...(isLate && { alert: { area: loan.path[1] ?? loan.area, at: dueAt } }),
  };
}

function summaryOf({ number, state, submittedAt, area, department, tool, dueAt, photos }: Loan): LoanSummary {
  return {
    number,
    state,
    submittedAt,
    area,
    department,
    tool,
    photos: photos.length,
    ...(dueAt !== undefined && { dueAt }),
    ...(state === 'over-due' && dueAt !== undefined && { alert: { kind: 'breach', at: dueAt, dueAt } }),
  };
}

/** Version 1 counted weeks. */
function askedV1({ data, ...event }: AnyEvent): AnyEvent {
  const { weeks, ...rest } = data;
  return { ...event, type: 'loan-asked.v2', data: { ...rest, days: Number(weeks) * 7 } };
}

export type LoanKind = RecordKind<LoanModel, typeof loanCommands>;

/** A second kind for tests: the loan of a tool to a resident, 借用. */
export const loan: LoanKind = {
  name: 'loan',
  letter: 'T',
  states: loanStates,
  lastStates: ['returned', 'declined', 'cancelled'],
  contracts: loanEvents,
  upcasts: { 'loan-asked.v1': askedV1 },
  events: loanEventRules,
  commands: loanCommands,
  followUps,
  countsOf,
  refusals: {
    'unknown-department': ({ department }) => ({ field: 'department', value: department }),
    'extension-too-long': ({ left }) => ({ field: 'days', extra: { left } }),
  },
  accessScope: ({ department, path }) => ({ department, path }),
  timers,
  fire,
  indexes,
};

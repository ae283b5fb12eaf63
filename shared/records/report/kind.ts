import type { RecordKind } from '../../kernel/kind.ts';
import type { ResidentCommandOf, StaffCommandOf } from '../../kernel/offers.ts';
import { emitOverdueBreaches, dueSince } from './clocks.ts';
import { reportCommands } from './commands/index.ts';
import { indexes } from './indexes.ts';
import type { ReportModel } from './model.ts';
import { published } from './published.ts';
import { refusals } from './refusals.ts';
import { states } from './state.ts';
import { fire, timers } from './timers.ts';

export type ReportKind = RecordKind<ReportModel, typeof reportCommands>;
export type StaffCommandType = StaffCommandOf<ReportKind>;
export type ResidentCommandType = ResidentCommandOf<ReportKind>;

/** A resident's report 上报, a ticket 工单 for its department. */
export const report: ReportKind = {
  ...published,
  states,
  lastStates: ['closed', 'rejected', 'merged', 'withdrawn'],
  commands: reportCommands,
  refusals,
  accessScope: ({ department, support, location }) => ({
    department,
    supporters: support.map((part) => part.department),
    path: location.path,
  }),
  timers,
  dueSince,
  fire,
  emitOverdueBreaches,
  indexes,
};

import type { CommandIn } from '../../../kernel/kind.ts';
import { clockCommands } from './clocks.ts';
import { endingCommands } from './ending.ts';
import { intakeCommands } from './intake.ts';
import { privacyCommands } from './privacy.ts';
import { supportCommands } from './support.ts';
import { workCommands } from './work.ts';

/** All commands of a report. Only these change a report. */
export const reportCommands = {
  ...intakeCommands,
  ...workCommands,
  ...endingCommands,
  ...clockCommands,
  ...supportCommands,
  ...privacyCommands,
} as const;

export type ReportCommand = CommandIn<typeof reportCommands>;

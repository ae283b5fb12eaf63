import type { EventRules } from '../../../kernel/kind.ts';
import type { ReportModel } from '../model.ts';
import { clockEvents } from './clocks.ts';
import { endingEvents } from './ending.ts';
import { intakeEvents } from './intake.ts';
import { privacyEvents } from './privacy.ts';
import { supportEvents } from './support.ts';
import { workEvents } from './work.ts';

/** What is true of each event of a report. Does not compile when one is missing. */
export const reportEventRules: EventRules<ReportModel> = {
  ...intakeEvents,
  ...workEvents,
  ...clockEvents,
  ...endingEvents,
  ...supportEvents,
  ...privacyEvents,
};

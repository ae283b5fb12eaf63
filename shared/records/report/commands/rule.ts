import { commandRule, openingRule } from '../../../kernel/kind.ts';
import type { ReportModel } from '../model.ts';

/** Define a rule of a report's command. */
export const command = commandRule<ReportModel>();
export const opening = openingRule<ReportModel>();

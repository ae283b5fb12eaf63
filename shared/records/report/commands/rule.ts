import { commandRule, openingRule } from '../../../kernel/kind.ts';
import type { ReportModel } from '../model.ts';

/** A rule of a report's command. */
export const command = commandRule<ReportModel>();
export const opening = openingRule<ReportModel>();

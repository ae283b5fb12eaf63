import { reportEvents } from '../../../events/report.ts';
import type { PublishedKind } from '../../kernel/kind.ts';
import { reportEventRules } from './events/index.ts';
import { countsOf } from './figures.ts';
import { followUps } from './follow-ups.ts';
import type { ReportModel } from './model.ts';

export const published: PublishedKind<ReportModel> = {
  name: 'report',
  letter: '',
  contracts: reportEvents,
  events: reportEventRules,
  followUps,
  countsOf,
};

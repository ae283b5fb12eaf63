import type { Report } from './report-domain.ts';
import type { InboxView } from '../../shared/store/schema.ts';

const views: Partial<Record<Report['state'], InboxView>> = {
  triage: 'triage',
  assigned: 'open',
  'in-progress': 'open',
  suspended: 'suspended',
  resolved: 'done',
  closed: 'done',
  rejected: 'done',
};

/** The one inbox that a report should stand in, as `department#view`; undefined for none. */
export function inboxPlace({ state, department }: Report): string | undefined {
  const view = views[state];
  return view === undefined || department === undefined ? undefined : `${department}#${view}`;
}

/** Every kind of inbox that a report can stand in; what is overdue is a part of what is open. */
export const placedViews: readonly InboxView[] = [...new Set(Object.values(views))];

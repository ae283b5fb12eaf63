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

/** The one inbox that should contain a report, as `department#view`; undefined for none. */
export function inboxPlace({ state, department }: Report): string | undefined {
  const view = views[state];
  return view === undefined || department === undefined ? undefined : `${department}#${view}`;
}

/** Every inbox view that can contain a report; the overdue view is part of the open one. */
export const placedViews: readonly InboxView[] = [...new Set(Object.values(views))];

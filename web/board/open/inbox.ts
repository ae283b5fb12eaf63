import { mustRead } from '../read.ts';
import type { ListPage } from './listed-report.ts';

export type View = 'triage' | 'open' | 'overdue' | 'suspended' | 'done';
export type Inbox = { department: string; view: View };

/** One page of an inbox, the first one without a cursor. @throws RequestError */
export function pageOf(inbox: Inbox, cursor: string | undefined = undefined): Promise<ListPage> {
  return mustRead<ListPage>('/api/desk/reports', { ...inbox, ...(cursor !== undefined && { cursor }) });
}

/** The next page, if there is one. @throws RequestError */
export async function pageAfter(inbox: Inbox, { cursor }: ListPage): Promise<ListPage | undefined> {
  return cursor === undefined ? undefined : pageOf(inbox, cursor);
}

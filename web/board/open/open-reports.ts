import { ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import { failureOf, forEachOf, type RequestFailure } from '../read.ts';
import { pageAfter, pageOf } from './inbox.ts';
import type { ListedReport, ListPage } from './listed-report.ts';

/** All open reports in the inboxes a person may read. The API does not count them by area, so all are read. */
export type OpenReports = { items: ListedReport[]; inboxes: number };

export const openReports: ShallowRef<OpenReports | undefined> = shallowRef();
export const openFailure: ShallowRef<RequestFailure | undefined> = shallowRef();
/** The number of lists read so far, and of all lists. */
export const openProgress: Ref<{ done: number; all: number } | undefined> = ref();

const readsAtOnce = 4;
const openViews = ['triage', 'open', 'suspended'] as const;

/** Reloads all lists, unless a reload is under way. */
export async function loadOpenReports(inboxes: readonly string[]): Promise<void> {
  if (openProgress.value) return;
  const lists = inboxes.flatMap((department) => openViews.map((view) => ({ department, view })));
  openProgress.value = { done: 0, all: lists.length };
  let done = 0;
  // By number, because a report transferred during the reload may be listed twice.
  const found = new Map<string, ListedReport>();
  openFailure.value = await failureOf(async () => {
    await forEachOf(lists, readsAtOnce, async (list) => {
      for (let page: ListPage | undefined = await pageOf(list); page; page = await pageAfter(list, page))
        for (const item of page.items) found.set(item.number, item);
      openProgress.value = { done: ++done, all: lists.length };
    });
    openReports.value = { items: [...found.values()], inboxes: inboxes.length };
  });
  openProgress.value = undefined;
}

export function isOverdue({ dueAt }: ListedReport, now: number): boolean {
  return dueAt !== undefined && Date.parse(dueAt) < now;
}

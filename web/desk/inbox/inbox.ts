import { computed, reactive, ref, shallowRef, watch, type Ref } from 'vue';
import type { Problem, UnansweredReason } from '../../api/request.ts';
import { i18n } from '../../language/i18n.ts';
import { me, sessionState, staffRequest, type StaffOutcome } from '../../session/session.ts';
import { newIdempotencyKey } from '../../api/request.ts';
import { announce } from '../announce.ts';
import { tick } from '../now.ts';
import { liesIn } from '../labels.ts';
import { problemSentence } from '../../language/problem-sentence.ts';
import { openParts, type InboxItem, type StaffReport } from '../staff-report.ts';

export const views = ['triage', 'open', 'overdue', 'suspended', 'done'] as const;
export type View = (typeof views)[number];
type Page = { items: InboxItem[]; cursor?: string };

/** The list shown: a view of a department or an area; or the reports of one phone number. */
export const view: Ref<View> = ref('open');
export const department: Ref<string> = ref('');
/** Takes precedence over the department, unless it is empty. */
export const area: Ref<string> = ref('');
export const phone: Ref<string | undefined> = ref();

/** The lines as shown. They are reordered only when nobody is using the page. */
export const items = shallowRef<InboxItem[]>([]);
export const cursor = ref<string>();
export const isLoading = ref(false);
export const isLoadingMore = ref(false);
export const failure = shallowRef<{ unansweredReason: UnansweredReason } | { problem: Problem }>();
/** Whether the last poll got no answer, so that the list shown is that of `loadedAt`. */
export const isStale = ref(false);
export const loadedAt = ref(0);
/** The latest page, with arrivals that are not shown yet. */
const pendingPage = shallowRef<Page>();
/** Lines that are no longer in this list; they stay, dimmed, until it is reordered. */
export const gone = reactive(new Set<string>());
/** Reports that arrived while the page was open and have not been opened yet. */
export const unread = reactive(new Set<string>());
/** Taps are blocked for a moment after lines have moved, so that none hits the wrong line. */
export const isTapBlocked = ref(false);
/** Lines with a command under way, and the error of each line's last command. */
export const busy = reactive(new Set<string>());
export const lineErrors = reactive(new Map<string, string>());

export const arrivalCount = computed(() => {
  const known = new Set(items.value.map(({ number }) => number));
  return pendingPage.value?.items.filter(({ number }) => !known.has(number)).length ?? 0;
});

const pauseMilliseconds = 10_000;
const idleMilliseconds = 3_000;
const tapBlockMilliseconds = 500;

/** Answers for a list that is no longer shown are dropped. */
let lastRequested = 0;
let lastInputAt = -Infinity;

/** The next non-empty page: an area's pages may be empty and yet be followed by others. */
async function fetchPage(from?: string): Promise<StaffOutcome<Page>> {
  const order = lastRequested;
  let outcome = await fetchOnce(from);
  while (order === lastRequested && outcome.kind === 'answer') {
    const { items: lines, cursor: more } = outcome.body;
    if (lines.length > 0 || more === undefined) break;
    outcome = await fetchOnce(more);
  }
  return outcome;
}

/** One page of the list. A phone number is sent in the body, because addresses are logged. */
async function fetchOnce(from?: string): Promise<StaffOutcome<Page>> {
  const cursorPart = from === undefined ? {} : { cursor: from };
  if (phone.value !== undefined)
    return staffRequest<Page>('/api/desk/search', { body: { phone: phone.value, ...cursorPart } });
  const query = new URLSearchParams({
    view: view.value,
    ...(area.value !== '' ? { area: area.value } : department.value && { department: department.value }),
    ...cursorPart,
  });
  return staffRequest<Page>(`/api/desk/reports?${query.toString()}`);
}

/** Reloads the list from its beginning. */
export async function loadInbox(): Promise<void> {
  const order = ++lastRequested;
  [items.value, cursor.value, pendingPage.value, failure.value] = [[], undefined, undefined, undefined];
  gone.clear();
  unread.clear();
  lineErrors.clear();
  isLoading.value = true;
  const outcome = await fetchPage();
  if (order !== lastRequested) return;
  isLoading.value = false;
  if (outcome.kind === 'answer') {
    [items.value, cursor.value] = [outcome.body.items, outcome.body.cursor];
    markLoaded();
  } else if (outcome.kind === 'problem') failure.value = { problem: outcome.problem };
  else if (outcome.kind === 'unanswered') failure.value = { unansweredReason: outcome.why };
}

export async function loadMore(): Promise<void> {
  if (cursor.value === undefined || isLoadingMore.value) return;
  const order = lastRequested;
  isLoadingMore.value = true;
  const outcome = await fetchPage(cursor.value);
  isLoadingMore.value = false;
  if (order !== lastRequested) return;
  if (outcome.kind === 'answer') {
    const known = new Set(items.value.map(({ number }) => number));
    items.value = [...items.value, ...outcome.body.items.filter(({ number }) => !known.has(number))];
    cursor.value = outcome.body.cursor;
    markLoaded();
  } else if (outcome.kind === 'problem') failure.value = { problem: outcome.problem };
  else if (outcome.kind === 'unanswered') isStale.value = true;
}

function markLoaded(): void {
  isStale.value = false;
  loadedAt.value = Date.now();
  tick();
}

/** Reads the first page again. Shown lines are updated in place; arrivals are kept back until lines may move. */
async function poll(mayMove: boolean): Promise<void> {
  if (sessionState.value !== 'signed-in' || isLoading.value) return;
  if (failure.value) return loadInbox();
  const order = lastRequested;
  const outcome = await fetchPage();
  if (order !== lastRequested || isLoading.value) return;
  if (outcome.kind !== 'answer') {
    isStale.value = outcome.kind === 'unanswered';
    return;
  }
  markLoaded();
  const page = outcome.body;
  const fresh = new Map(page.items.map((item) => [item.number, item]));
  const known = new Set(items.value.map(({ number }) => number));
  const arrivals = page.items.filter(({ number }) => !known.has(number));
  const announced = new Set(pendingPage.value?.items.map(({ number }) => number));
  const unannounced = arrivals.filter(({ number }) => !announced.has(number));
  items.value = items.value.map((item) => fresh.get(item.number) ?? item);
  for (const item of items.value) {
    if (fresh.has(item.number)) gone.delete(item.number);
    else if (covers(page, item)) gone.add(item.number);
  }
  pendingPage.value = page;
  if (phone.value === undefined && view.value !== 'done')
    for (const { number } of unannounced) unread.add(number);
  if (unannounced.length > 0) announce(i18n.global.t('desk.inbox.arrived', { count: unannounced.length }));
  if (arrivals.length > 0 && (mayMove || items.value.length === 0 || isIdle())) {
    applyArrivals();
    isTapBlocked.value = true;
    setTimeout(() => (isTapBlocked.value = false), tapBlockMilliseconds);
  }
}

/** Whether a page would include the line, if it were still in the list. */
function covers({ items: lines, cursor: more }: Page, item: InboxItem): boolean {
  const last = lines.at(-1);
  if (more === undefined || !last) return true;
  return view.value !== 'done' && phone.value === undefined && sortKey(item) < sortKey(last);
}

function sortKey({ suspended, dueAt, submittedAt }: InboxItem): string {
  return suspended?.resumeAt ?? dueAt ?? submittedAt;
}

/** Inserts arrivals in order and removes lines that have left the list. */
export function applyArrivals(): void {
  const page = pendingPage.value;
  if (!page) return;
  const fresh = new Set(page.items.map(({ number }) => number));
  const rest = items.value.filter(({ number }) => !fresh.has(number) && !gone.has(number));
  items.value = [...page.items, ...rest];
  if (rest.length === 0) cursor.value = page.cursor;
  pendingPage.value = undefined;
  gone.clear();
}

function isIdle(): boolean {
  return performance.now() - lastInputAt > idleMilliseconds;
}

/** Updates a report's line. */
export function updateLine(report: StaffReport): void {
  unread.delete(report.number);
  lineErrors.delete(report.number);
  items.value = items.value.map((item) => {
    if (item.number !== report.number) return item;
    const { dueAt: _due, alert: _alert, suspended: _on, extension: _more, support: _parts, ...rest } = item;
    const parts = openParts(report).length;
    return {
      ...rest,
      state: report.status.code,
      acknowledged: report.acknowledgedAt !== undefined,
      ...(report.category && { category: report.category.code }),
      ...(report.department && { department: report.department.id }),
      ...(report.priority && { priority: report.priority }),
      ...(report.dueAt !== undefined && { dueAt: report.dueAt }),
      ...(report.alert && { alert: report.alert }),
      ...(report.suspension && { suspended: report.suspension }),
      ...(report.extension && { extension: report.extension }),
      ...(parts > 0 && { support: parts }),
      ...(report.supervisedAt !== undefined && { supervised: true }),
    };
  });
  if (!belongsToList(report)) gone.add(report.number);
}

function belongsToList({ status, department: holder, location }: StaffReport): boolean {
  if (phone.value !== undefined) return true;
  const inView: Record<View, string[]> = {
    triage: ['triage'],
    open: ['assigned', 'in-progress'],
    overdue: ['assigned', 'in-progress'],
    suspended: ['suspended'],
    done: ['resolved', 'closed', 'rejected'],
  };
  const isHere = area.value === '' ? holder?.id === department.value : liesIn(location.area, area.value);
  return isHere && inView[view.value].includes(status.code);
}

/** Whether a line shows the button to acknowledge; the API checks again. */
export function mayAcknowledge(item: InboxItem): boolean {
  if (item.state !== 'assigned' || item.acknowledged || !me.value || gone.has(item.number)) return false;
  return me.value.role === 'admin' || me.value.departments.some(({ id }) => id === item.department);
}

/** Acknowledges from the line, for the current version, because a line has no version. */
export async function acknowledge({ number }: InboxItem): Promise<boolean> {
  if (busy.has(number)) return false;
  busy.add(number);
  lineErrors.delete(number);
  const path = `/api/desk/reports/${encodeURIComponent(number)}`;
  try {
    const read = await staffRequest<StaffReport>(path);
    // Somebody else may have acknowledged it already.
    const outcome =
      read.kind === 'answer' && read.body.commands.includes('acknowledge')
        ? await staffRequest<StaffReport>(`${path}/commands`, {
            body: { type: 'acknowledge', version: read.body.version },
            idempotencyKey: newIdempotencyKey(),
          })
        : read;
    switch (outcome.kind) {
      case 'answer':
        updateLine(outcome.body);
        announce(i18n.global.t('desk.inbox.acknowledged', { number }));
        return true;
      case 'problem':
        lineErrors.set(number, problemSentence(outcome.problem));
        return false;
      case 'unanswered':
        lineErrors.set(number, i18n.global.t(`desk.unanswered.${outcome.why}`));
        return false;
      case 'signed-out':
        return false;
    }
  } finally {
    busy.delete(number);
  }
}

/** Polls the list while the page is visible. */
export function watchInbox(): void {
  watch([view, department, area, phone], () => void loadInbox());
  const recordInput = (): void => void (lastInputAt = performance.now());
  for (const kind of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchmove'])
    addEventListener(kind, recordInput, { passive: true });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const again = (mayMove: boolean): void => {
    clearTimeout(timer);
    const isVisible = document.visibilityState === 'visible';
    void (isVisible ? poll(mayMove) : Promise.resolve()).finally(() => {
      clearTimeout(timer);
      timer = setTimeout(again, pauseMilliseconds, false);
    });
  };
  timer = setTimeout(again, pauseMilliseconds, false);
  // Lines may move while the page was hidden.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') again(true);
  });
  addEventListener('online', () => again(false));
}

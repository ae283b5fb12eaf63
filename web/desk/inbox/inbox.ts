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

/** Which list is shown: by view, a department's or all that lies in an area; or one person's reports. */
export const view: Ref<View> = ref('open');
export const department: Ref<string> = ref('');
/** Goes before the department, unless it is empty. */
export const area: Ref<string> = ref('');
export const phone: Ref<string | undefined> = ref();

/** The lines as they stand; they change their place only when nobody is about to touch one. */
export const items = shallowRef<InboxItem[]>([]);
export const cursor = ref<string>();
export const isLoading = ref(false);
export const isLoadingMore = ref(false);
export const failure = shallowRef<{ unansweredReason: UnansweredReason } | { problem: Problem }>();
/** Whether the last look at the list got no answer, so that what is shown is of `loadedAt`. */
export const isStale = ref(false);
export const loadedAt = ref(0);
/** What has come in and waits to be sorted in. */
const arrived = shallowRef<Page>();
/** Lines that are no longer in this list; they stay, dimmed, until the list is sorted anew. */
export const gone = reactive(new Set<string>());
/** Came in while the page was open, and nobody has opened it yet. */
export const unread = reactive(new Set<string>());
/** For a moment after lines have moved by themselves, none takes a tap that was meant for another. */
export const isTapBlocked = ref(false);
/** Lines with a command under way, and what became of the last one. */
export const busy = reactive(new Set<string>());
export const lineErrors = reactive(new Map<string, string>());

export const waiting = computed(() => {
  const known = new Set(items.value.map(({ number }) => number));
  return arrived.value?.items.filter(({ number }) => !known.has(number)).length ?? 0;
});

const pauseMilliseconds = 10_000;
const idleMilliseconds = 3_000;
const settlingMilliseconds = 500;

/** Answers of a list that is no longer asked for are dropped. */
let asked = 0;
let touchedAt = -Infinity;

/** The next page with anything in it: those of an area may be empty and have others after them. */
async function ask(from?: string): Promise<StaffOutcome<Page>> {
  const turn = asked;
  let outcome = await askOnce(from);
  while (turn === asked && outcome.kind === 'answer') {
    const { items: lines, cursor: more } = outcome.body;
    if (lines.length > 0 || more === undefined) break;
    outcome = await askOnce(more);
  }
  return outcome;
}

/** One page of the list that is shown. A telephone number goes in the body: addresses end in logs. */
async function askOnce(from?: string): Promise<StaffOutcome<Page>> {
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

/** Reads the list anew, from its beginning. */
export async function loadInbox(): Promise<void> {
  const turn = ++asked;
  [items.value, cursor.value, arrived.value, failure.value] = [[], undefined, undefined, undefined];
  gone.clear();
  unread.clear();
  lineErrors.clear();
  isLoading.value = true;
  const outcome = await ask();
  if (turn !== asked) return;
  isLoading.value = false;
  if (outcome.kind === 'answer') {
    [items.value, cursor.value] = [outcome.body.items, outcome.body.cursor];
    answered();
  } else if (outcome.kind === 'problem') failure.value = { problem: outcome.problem };
  else if (outcome.kind === 'unanswered') failure.value = { unansweredReason: outcome.why };
}

export async function loadMore(): Promise<void> {
  if (cursor.value === undefined || isLoadingMore.value) return;
  const turn = asked;
  isLoadingMore.value = true;
  const outcome = await ask(cursor.value);
  isLoadingMore.value = false;
  if (turn !== asked) return;
  if (outcome.kind === 'answer') {
    const known = new Set(items.value.map(({ number }) => number));
    items.value = [...items.value, ...outcome.body.items.filter(({ number }) => !known.has(number))];
    cursor.value = outcome.body.cursor;
    answered();
  } else if (outcome.kind === 'problem') failure.value = { problem: outcome.problem };
  else if (outcome.kind === 'unanswered') isStale.value = true;
}

function answered(): void {
  isStale.value = false;
  loadedAt.value = Date.now();
  tick();
}

/** Looks at the beginning of the list again. Lines change where they stand; what is new waits its turn. */
async function look(mayMove: boolean): Promise<void> {
  if (sessionState.value !== 'signed-in' || isLoading.value) return;
  if (failure.value) return loadInbox();
  const turn = asked;
  const outcome = await ask();
  if (turn !== asked || isLoading.value) return;
  if (outcome.kind !== 'answer') {
    isStale.value = outcome.kind === 'unanswered';
    return;
  }
  answered();
  const page = outcome.body;
  const fresh = new Map(page.items.map((item) => [item.number, item]));
  const known = new Set(items.value.map(({ number }) => number));
  const arrivals = page.items.filter(({ number }) => !known.has(number));
  const heardBefore = new Set(arrived.value?.items.map(({ number }) => number));
  const unheard = arrivals.filter(({ number }) => !heardBefore.has(number));
  items.value = items.value.map((item) => fresh.get(item.number) ?? item);
  for (const item of items.value) {
    if (fresh.has(item.number)) gone.delete(item.number);
    else if (reaches(page, item)) gone.add(item.number);
  }
  arrived.value = page;
  if (phone.value === undefined && view.value !== 'done')
    for (const { number } of unheard) unread.add(number);
  if (unheard.length > 0) announce(i18n.global.t('desk.inbox.arrived', { count: unheard.length }));
  if (arrivals.length > 0 && (mayMove || items.value.length === 0 || isIdle())) {
    applyArrivals();
    isTapBlocked.value = true;
    setTimeout(() => (isTapBlocked.value = false), settlingMilliseconds);
  }
}

/** Whether a page would show the line, if it were still in the list. */
function reaches({ items: lines, cursor: more }: Page, item: InboxItem): boolean {
  const last = lines.at(-1);
  if (more === undefined || !last) return true;
  return view.value !== 'done' && phone.value === undefined && orderOf(item) < orderOf(last);
}

function orderOf({ suspended, dueAt, submittedAt }: InboxItem): string {
  return suspended?.resumeAt ?? dueAt ?? submittedAt;
}

/** Puts what has come in where it belongs, and lets go of what has left. */
export function applyArrivals(): void {
  const page = arrived.value;
  if (!page) return;
  const fresh = new Set(page.items.map(({ number }) => number));
  const rest = items.value.filter(({ number }) => !fresh.has(number) && !gone.has(number));
  items.value = [...page.items, ...rest];
  if (rest.length === 0) cursor.value = page.cursor;
  arrived.value = undefined;
  gone.clear();
}

function isIdle(): boolean {
  return performance.now() - touchedAt > idleMilliseconds;
}

/** Shows on its line what a report has become. */
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
  if (!isOfThisList(report)) gone.add(report.number);
}

function isOfThisList({ status, department: holder, location }: StaffReport): boolean {
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

/** Whether a line offers to be acknowledged; the API decides again. */
export function mayAcknowledge(item: InboxItem): boolean {
  if (item.state !== 'assigned' || item.acknowledged || !me.value || gone.has(item.number)) return false;
  return me.value.role === 'admin' || me.value.departments.some(({ id }) => id === item.department);
}

/** Acknowledges from the line. What is seen there is enough to say "we have it". */
export async function acknowledge({ number }: InboxItem): Promise<boolean> {
  if (busy.has(number)) return false;
  busy.add(number);
  lineErrors.delete(number);
  const path = `/api/desk/reports/${encodeURIComponent(number)}`;
  try {
    const read = await staffRequest<StaffReport>(path);
    // Somebody may have been faster; then there is nothing left to do.
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

/** Keeps the list up to date while somebody may be looking. */
export function watchInbox(): void {
  watch([view, department, area, phone], () => void loadInbox());
  const touched = (): void => void (touchedAt = performance.now());
  for (const kind of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchmove'])
    addEventListener(kind, touched, { passive: true });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const again = (mayMove: boolean): void => {
    clearTimeout(timer);
    const isSeen = document.visibilityState === 'visible';
    void (isSeen ? look(mayMove) : Promise.resolve()).finally(() => {
      clearTimeout(timer);
      timer = setTimeout(again, pauseMilliseconds, false);
    });
  };
  timer = setTimeout(again, pauseMilliseconds, false);
  // Nobody was touching what nobody saw.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') again(true);
  });
  addEventListener('online', () => again(false));
}

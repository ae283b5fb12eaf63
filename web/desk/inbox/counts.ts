import { shallowRef, watch, type ShallowRef } from 'vue';
import { sessionState, staffRequest } from '../../session/session.ts';
import { area, department, gone, items, type View } from './inbox.ts';

type Counts = Partial<Record<View, number>>;

/** The number of reports in each view of the shown department; empty for areas, which the API does not count. */
export const counts: ShallowRef<Counts> = shallowRef({});

const pauseMilliseconds = 30_000;
/** Counts are updated asynchronously, so they are read again after these delays. */
const afterChangeMilliseconds = [0, 1_500, 5_000];
let lastRequested = 0;
let timers: ReturnType<typeof setTimeout>[] = [];

/** Without an answer, the last counts stay. */
async function countInbox(): Promise<void> {
  if (document.visibilityState !== 'visible' || sessionState.value !== 'signed-in') return;
  const order = ++lastRequested;
  if (area.value !== '' || department.value === '') {
    counts.value = {};
    return;
  }
  const query = new URLSearchParams({ department: department.value });
  const outcome = await staffRequest<{ counts: Counts }>(`/api/desk/counts?${query.toString()}`);
  if (order === lastRequested && outcome.kind === 'answer') counts.value = outcome.body.counts;
}

export function watchCounts(): void {
  watch([department, area], () => {
    counts.value = {};
    void countInbox();
  });
  // A changed line has probably changed the counts.
  watch(
    () => [gone.size, ...items.value.map(({ number, state }) => number + state)].join(),
    () => {
      timers.forEach(clearTimeout);
      timers = afterChangeMilliseconds.map((milliseconds) =>
        setTimeout(() => void countInbox(), milliseconds),
      );
    },
  );
  const again = (): void => void countInbox().finally(() => setTimeout(again, pauseMilliseconds));
  again();
}

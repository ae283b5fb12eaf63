import { shallowRef, watch, type ShallowRef } from 'vue';
import { sessionState, staffRequest } from '../../session/session.ts';
import { area, department, gone, items, type View } from './inbox.ts';

type Counts = Partial<Record<View, number>>;

/** How much lies in each list of the department that is shown; nothing where nobody counts. */
export const counts: ShallowRef<Counts> = shallowRef({});

const pauseMilliseconds = 30_000;
/** A change is counted a moment after it was made, and under load later. */
const afterChangeMilliseconds = [0, 1_500, 5_000];
let asked = 0;
let waiting: ReturnType<typeof setTimeout>[] = [];

/** They help to choose a list, and nothing waits for them: without an answer the last ones stay. */
async function countInbox(): Promise<void> {
  if (document.visibilityState !== 'visible' || sessionState.value !== 'signed-in') return;
  const turn = ++asked;
  if (area.value !== '' || department.value === '') {
    counts.value = {};
    return;
  }
  const query = new URLSearchParams({ department: department.value });
  const outcome = await staffRequest<{ counts: Counts }>(`/api/desk/counts?${query.toString()}`);
  if (turn === asked && outcome.kind === 'answer') counts.value = outcome.body.counts;
}

export function watchCounts(): void {
  watch([department, area], () => {
    counts.value = {};
    void countInbox();
  });
  // What changes on a line is likely to change a list.
  watch(
    () => [gone.size, ...items.value.map(({ number, state }) => number + state)].join(),
    () => {
      waiting.forEach(clearTimeout);
      waiting = afterChangeMilliseconds.map((milliseconds) =>
        setTimeout(() => void countInbox(), milliseconds),
      );
    },
  );
  const again = (): void => void countInbox().finally(() => setTimeout(again, pauseMilliseconds));
  again();
}

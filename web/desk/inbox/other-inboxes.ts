import { reactive } from 'vue';
import { me, sessionState, staffRequest } from '../../session/session.ts';
import type { InboxItem } from '../staff-report.ts';
import { department } from './inbox.ts';

/** The number of reports to acknowledge in the person's other departments, counted on their first pages. */
export const unacknowledgedElsewhere = reactive(new Map<string, number>());

const pauseMilliseconds = 30_000;
/** With more departments than this, nothing is counted, to limit the number of requests. */
const maxDepartments = 5;

async function countOthers(): Promise<void> {
  if (document.visibilityState !== 'visible' || sessionState.value !== 'signed-in') return;
  const own = me.value?.departments ?? [];
  if (own.length > maxDepartments) return;
  for (const { id } of own) {
    if (id === department.value) {
      unacknowledgedElsewhere.delete(id);
      continue;
    }
    const query = new URLSearchParams({ view: 'open', department: id });
    const outcome = await staffRequest<{ items: InboxItem[] }>(`/api/desk/reports?${query.toString()}`);
    if (outcome.kind === 'answer')
      unacknowledgedElsewhere.set(id, outcome.body.items.filter(({ acknowledged }) => !acknowledged).length);
  }
}

export function watchOtherInboxes(): void {
  const again = (): void => void countOthers().finally(() => setTimeout(again, pauseMilliseconds));
  again();
}

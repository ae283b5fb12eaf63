import { reactive } from 'vue';
import { me, sessionState, staffRequest } from '../../session/session.ts';
import type { InboxItem } from '../staff-report.ts';
import { department } from './inbox.ts';

/** How many reports wait to be acknowledged in one's other departments, as far as their first page tells. */
export const unacknowledgedElsewhere = reactive(new Map<string, number>());

const pauseMilliseconds = 30_000;
/** Who has more departments than this looks at figures, not at inboxes. */
const most = 5;

async function look(): Promise<void> {
  if (document.visibilityState !== 'visible' || sessionState.value !== 'signed-in') return;
  const own = me.value?.departments ?? [];
  if (own.length > most) return;
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
  const again = (): void => void look().finally(() => setTimeout(again, pauseMilliseconds));
  again();
}

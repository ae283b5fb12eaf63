import { reactive, watch } from 'vue';
import { staffPhotos } from '../../device/photo-store.ts';
import { clearBatch, type PhotoBatch } from '../../photos/photo-batch.ts';
import { keptOf, readKept, restoredBatch, writeKept, type KeptBatch } from '../kept-here.ts';
import type { FormCommand } from './command-fields.ts';

/** What somebody has begun to say about a report, and not sent. */
export type CommandDraft = {
  text: string;
  department: string;
  category: string;
  into: string;
  audience: 'everyone' | 'staff';
  batch: PhotoBatch;
  /** The content that was sent and never answered: under its key, only the same may be sent again. */
  unanswered: string | undefined;
};

type Kept = Omit<CommandDraft, 'batch' | 'unanswered'> & { batch: KeptBatch };

const drafts = new Map<string, CommandDraft>();
const empty = { text: '', department: '', category: '', into: '', audience: 'everyone' as const };

export function draftOf(number: string, command: FormCommand): CommandDraft {
  const name = `${number}.${command}`;
  const found = drafts.get(name);
  if (found) return found;
  const before = readKept(name) as Kept | undefined;
  const draft: CommandDraft = reactive({
    ...empty,
    ...before,
    batch: restoredBatch(before?.batch),
    unanswered: undefined,
  });
  watch(
    draft,
    ({ batch, unanswered: _, ...entered }) => {
      writeKept(name, hasContent(draft) ? ({ ...entered, batch: keptOf(batch) } satisfies Kept) : undefined);
    },
    { deep: true },
  );
  drafts.set(name, draft);
  return draft;
}

export function hasContent({ text, department, category, into, batch }: CommandDraft): boolean {
  return [text, department, category, into].some((value) => value !== '') || batch.photos.length > 0;
}

export function clearDraft(draft: CommandDraft): void {
  clearBatch(draft.batch, staffPhotos);
  Object.assign(draft, empty, { unanswered: undefined });
}

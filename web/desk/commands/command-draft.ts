import { reactive, watch } from 'vue';
import { staffPhotos } from '../../device/photo-store.ts';
import { clearBatch, type PhotoBatch } from '../../photos/photo-batch.ts';
import { toStoredBatch, readDraft, restoreBatch, writeDraft, type StoredBatch } from '../draft-storage.ts';
import type { FormCommand } from './command-fields.ts';

/** What somebody enters for a command, but the photos. */
type Entered = {
  text: string;
  department: string;
  category: string;
  into: string;
  audience: 'everyone' | 'staff';
  choice: string;
  amount: number | '';
  /** Departments that are to help, and what is asked of them where `text` is something else. */
  supporters: string[];
  request: string;
  /** Why supporting departments are not waited for. */
  override: string;
};

/** What somebody has begun to say about a report, and not sent. */
export type CommandDraft = Entered & {
  batch: PhotoBatch;
  /** The content that was sent and never answered: under its key, only the same may be sent again. */
  unanswered: string | undefined;
};

type Kept = Entered & { batch: StoredBatch };

const drafts = new Map<string, CommandDraft>();

function empty(): Entered {
  return {
    text: '',
    department: '',
    category: '',
    into: '',
    audience: 'everyone',
    choice: '',
    amount: '',
    supporters: [],
    request: '',
    override: '',
  };
}

export function draftOf(number: string, command: FormCommand): CommandDraft {
  const name = `${number}.${command}`;
  const found = drafts.get(name);
  if (found) return found;
  const before = readDraft(name) as Kept | undefined;
  const draft: CommandDraft = reactive({
    ...empty(),
    ...before,
    batch: restoreBatch(before?.batch),
    unanswered: undefined,
  });
  watch(
    draft,
    ({ batch, unanswered: _, ...entered }) => {
      writeDraft(
        name,
        hasContent(draft) ? ({ ...entered, batch: toStoredBatch(batch) } satisfies Kept) : undefined,
      );
    },
    { deep: true },
  );
  drafts.set(name, draft);
  return draft;
}

export function hasContent({ batch, ...entered }: CommandDraft): boolean {
  const nothing = empty();
  const names = (Object.keys(nothing) as (keyof Entered)[]).filter((name) => name !== 'audience');
  // A list is as text what stands in it.
  return batch.photos.length > 0 || names.some((name) => String(entered[name]) !== String(nothing[name]));
}

export function clearDraft(draft: CommandDraft): void {
  clearBatch(draft.batch, staffPhotos);
  Object.assign(draft, empty(), { unanswered: undefined });
}

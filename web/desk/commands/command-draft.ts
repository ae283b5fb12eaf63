import { reactive, watch } from 'vue';
import { staffPhotos } from '../../device/photo-store.ts';
import { clearBatch, type PhotoBatch } from '../../photos/photo-batch.ts';
import { toStoredBatch, readDraft, restoreBatch, writeDraft, type StoredBatch } from '../draft-storage.ts';
import type { FormCommand } from './command-fields.ts';

/** The values of a command's fields, without photos. */
type Entered = {
  text: string;
  department: string;
  category: string;
  into: string;
  audience: 'everyone' | 'staff';
  choice: string;
  amount: number | '';
  /** Supporting departments, and the request to them where `text` is something else. */
  supporters: string[];
  request: string;
  /** Why the report is resolved before all subtasks are answered. */
  override: string;
};

/** An unsent command form. */
export type CommandDraft = Entered & {
  batch: PhotoBatch;
  /** Content that was sent without an answer. Its idempotency key must not be reused for other content. */
  unconfirmed: string | undefined;
};

type StoredDraft = Entered & { batch: StoredBatch };

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
  const stored = readDraft(name) as StoredDraft | undefined;
  const draft: CommandDraft = reactive({
    ...empty(),
    ...stored,
    batch: restoreBatch(stored?.batch),
    unconfirmed: undefined,
  });
  watch(
    draft,
    ({ batch, unconfirmed: _, ...entered }) => {
      writeDraft(
        name,
        hasContent(draft) ? ({ ...entered, batch: toStoredBatch(batch) } satisfies StoredDraft) : undefined,
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
  // `String` makes lists comparable.
  return batch.photos.length > 0 || names.some((name) => String(entered[name]) !== String(nothing[name]));
}

export function clearDraft(draft: CommandDraft): void {
  clearBatch(draft.batch, staffPhotos);
  Object.assign(draft, empty(), { unconfirmed: undefined });
}

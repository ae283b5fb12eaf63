import { staffPhotos } from '../device/photo-store.ts';
import {
  storedPhotos,
  newBatch,
  restorePhotos,
  type StoredPhoto,
  type PhotoBatch,
} from '../photos/photo-batch.ts';

/**
 * Stores the drafts of the desk's forms in this tab, because signing in again leaves the page. They are deleted when
 * the tab closes or the person signs out.
 */
const prefix = 'suishoubao.desk.';

export function readDraft(name: string): unknown {
  try {
    const text = sessionStorage.getItem(prefix + name);
    return text === null ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

export function writeDraft(name: string, value: unknown): void {
  try {
    if (value === undefined) sessionStorage.removeItem(prefix + name);
    else sessionStorage.setItem(prefix + name, JSON.stringify(value));
  } catch {
    // Full or forbidden: the draft is lost when the page closes.
  }
}

/** A stored batch; its images are in `staffPhotos`. */
export type StoredBatch = { idempotencyKey: string; photos: StoredPhoto[] };

export function toStoredBatch(batch: PhotoBatch): StoredBatch {
  return { idempotencyKey: batch.idempotencyKey, photos: storedPhotos(batch.photos) };
}

/** The stored batch, or an empty one. Its images are restored asynchronously. */
export function restoreBatch(stored: StoredBatch | undefined): PhotoBatch {
  const batch = newBatch(stored?.idempotencyKey);
  if (stored) void restorePhotos(batch, stored.photos, staffPhotos);
  return batch;
}

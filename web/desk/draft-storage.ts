import { staffPhotos } from '../device/photo-store.ts';
import {
  storedPhotos,
  newBatch,
  restorePhotos,
  type StoredPhoto,
  type PhotoBatch,
} from '../photos/photo-batch.ts';

/**
 * What is typed at the desk, kept in this tab: signing in again leaves the page and comes back. It goes with the tab,
 * and when its owner signs out.
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
    // Full or forbidden: then it lives as long as the page.
  }
}

/** What is kept of a batch here; its pictures lie in `staffPhotos`. */
export type StoredBatch = { idempotencyKey: string; photos: StoredPhoto[] };

export function toStoredBatch(batch: PhotoBatch): StoredBatch {
  return { idempotencyKey: batch.idempotencyKey, photos: storedPhotos(batch.photos) };
}

/** The batch as it was, its pictures a moment later; an empty one if nothing was kept. */
export function restoreBatch(kept: StoredBatch | undefined): PhotoBatch {
  const batch = newBatch(kept?.idempotencyKey);
  if (kept) void restorePhotos(batch, kept.photos, staffPhotos);
  return batch;
}

import { reactive } from 'vue';
import { newIdempotencyKey, type Problem } from '../api/request.ts';
import type { PhotoStore } from '../device/photo-store.ts';

/** A photo to be sent, already shrunk. */
export type BatchPhoto = {
  id: string;
  /** Both are absent only while a photo of an earlier visit is being restored. */
  blob?: Blob;
  preview?: string;
  state: 'waiting' | 'sending' | 'uploaded' | 'failed';
  /** From 0 to 1, while it is being sent. */
  progress: number;
  /** Its object key once uploaded; valid only with the batch's idempotency key. */
  key?: string | undefined;
};

/** Photos sent together, with the idempotency key of the request that they belong to. */
export type PhotoBatch = {
  idempotencyKey: string;
  photos: BatchPhoto[];
  /** How many photos of an earlier visit could not be restored. */
  lost: number;
};

/** A stored photo without its image, which is in a `PhotoStore`. */
export type StoredPhoto = Pick<BatchPhoto, 'id' | 'key'>;

export function newBatch(idempotencyKey = newIdempotencyKey()): PhotoBatch {
  return reactive({ idempotencyKey, photos: [], lost: 0 });
}

export function addPhoto(batch: PhotoBatch, blob: Blob, store?: PhotoStore): void {
  const id = newIdempotencyKey();
  batch.photos.push({ id, blob, preview: URL.createObjectURL(blob), state: 'waiting', progress: 0 });
  void store?.put(id, blob);
}

export function removePhoto(batch: PhotoBatch, { id, preview }: BatchPhoto, store?: PhotoStore): void {
  batch.photos = batch.photos.filter((photo) => photo.id !== id);
  if (preview !== undefined) URL.revokeObjectURL(preview);
  void store?.delete(id);
}

/** Removes all photos and takes a new key, for another request. */
export function clearBatch(batch: PhotoBatch, store?: PhotoStore): void {
  for (const photo of batch.photos) removePhoto(batch, photo, store);
  batch.idempotencyKey = newIdempotencyKey();
  batch.lost = 0;
}

/** Makes the batch a new request: uploads made under the old key are not valid for it. */
export function renewKey(batch: PhotoBatch): void {
  batch.idempotencyKey = newIdempotencyKey();
  batch.photos.forEach(forgetUpload);
}

/** A request's content as text. Renews the key if it differs from `unconfirmed`, which was sent without an answer. */
export function contentToSend(batch: PhotoBatch, body: unknown, unconfirmed: string | undefined): string {
  const content = JSON.stringify([body, batch.photos.map(({ id }) => id)]);
  if (unconfirmed !== undefined && unconfirmed !== content) renewKey(batch);
  return content;
}

export function uploadedKeys({ photos }: PhotoBatch): string[] {
  return photos.map(({ key }) => key).filter((key) => key !== undefined);
}

/** Marks expired uploads (they last two days) to be uploaded again. Returns whether there are any. */
export function forgetLostUploads(batch: PhotoBatch, { errors = [] }: Problem): boolean {
  const lost = errors.flatMap(({ path, code }) => {
    const photo = batch.photos[Number(/^photos\[(\d+)\]$/.exec(path)?.[1])];
    return photo && (code === 'photo-not-uploaded' || code === 'photo-not-yours') ? [photo] : [];
  });
  lost.forEach(forgetUpload);
  return lost.length > 0;
}

export function storedPhotos(photos: BatchPhoto[]): StoredPhoto[] {
  return photos.map(({ id, key }) => ({ id, key }));
}

/** Restores the photos of an earlier visit into an empty batch; those without a stored image count as lost. */
export async function restorePhotos(
  batch: PhotoBatch,
  kept: StoredPhoto[],
  store: PhotoStore,
): Promise<void> {
  batch.photos = kept.map(({ id, key }) => ({
    id,
    key,
    state: key === undefined ? 'waiting' : 'uploaded',
    progress: 0,
  }));
  await Promise.all(
    batch.photos.map(async (photo) => {
      const blob = await store.get(photo.id);
      if (blob) Object.assign(photo, { blob, preview: URL.createObjectURL(blob) });
    }),
  );
  const there = batch.photos.filter(({ blob }) => blob !== undefined);
  batch.lost = batch.photos.length - there.length;
  batch.photos = there;
}

function forgetUpload(photo: BatchPhoto): void {
  Object.assign(photo, { key: undefined, state: 'waiting', progress: 0 });
}

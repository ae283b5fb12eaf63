import { reactive } from 'vue';
import { newIdempotencyKey, type Problem } from '../api/request.ts';
import type { PhotoStore } from '../device/photo-store.ts';

/** A photo that is to be sent, already shrunk. */
export type BatchPhoto = {
  id: string;
  /** Both are absent only until a photo of an earlier visit has been read again. */
  blob?: Blob;
  preview?: string;
  state: 'waiting' | 'sending' | 'uploaded' | 'failed';
  /** From 0 to 1, while it is being sent. */
  progress: number;
  /** Where it lies, once uploaded. It belongs to the batch's idempotency key. */
  key?: string | undefined;
};

/** Photos that are sent together, under the key of the request that they are for. */
export type PhotoBatch = {
  idempotencyKey: string;
  photos: BatchPhoto[];
  /** How many photos of an earlier visit this device has not kept. */
  lost: number;
};

/** What is remembered of a photo beside its picture, which lies in a `PhotoStore`. */
export type KeptPhoto = Pick<BatchPhoto, 'id' | 'key'>;

export function newBatch(idempotencyKey = newIdempotencyKey()): PhotoBatch {
  return reactive({ idempotencyKey, photos: [], lost: 0 });
}

export function addPhoto(batch: PhotoBatch, blob: Blob, store?: PhotoStore): void {
  const id = newIdempotencyKey();
  batch.photos.push({ id, blob, preview: URL.createObjectURL(blob), state: 'waiting', progress: 0 });
  void store?.keep(id, blob);
}

export function removePhoto(batch: PhotoBatch, { id, preview }: BatchPhoto, store?: PhotoStore): void {
  batch.photos = batch.photos.filter((photo) => photo.id !== id);
  if (preview !== undefined) URL.revokeObjectURL(preview);
  void store?.forget(id);
}

/** Begins anew, for another request. */
export function clearBatch(batch: PhotoBatch, store?: PhotoStore): void {
  for (const photo of batch.photos) removePhoto(batch, photo, store);
  batch.idempotencyKey = newIdempotencyKey();
  batch.lost = 0;
}

/** From here on it is another request: what was uploaded for the last one does not count. */
export function renewKey(batch: PhotoBatch): void {
  batch.idempotencyKey = newIdempotencyKey();
  batch.photos.forEach(forgetUpload);
}

export function uploadedKeys({ photos }: PhotoBatch): string[] {
  return photos.map(({ key }) => key).filter((key) => key !== undefined);
}

/** Uploads expire after two days; what is gone is sent again with the next try. Answers whether any is. */
export function forgetLostUploads(batch: PhotoBatch, { errors = [] }: Problem): boolean {
  const lost = errors.flatMap(({ path, code }) => {
    const photo = batch.photos[Number(/^photos\[(\d+)\]$/.exec(path)?.[1])];
    return photo && (code === 'photo-not-uploaded' || code === 'photo-not-yours') ? [photo] : [];
  });
  lost.forEach(forgetUpload);
  return lost.length > 0;
}

export function keptPhotos(photos: BatchPhoto[]): KeptPhoto[] {
  return photos.map(({ id, key }) => ({ id, key }));
}

/** Puts the photos of an earlier visit into an empty batch; those whose picture is gone are counted as lost. */
export async function restorePhotos(batch: PhotoBatch, kept: KeptPhoto[], store: PhotoStore): Promise<void> {
  batch.photos = kept.map(({ id, key }) => ({
    id,
    key,
    state: key === undefined ? 'waiting' : 'uploaded',
    progress: 0,
  }));
  await Promise.all(
    batch.photos.map(async (photo) => {
      const blob = await store.kept(photo.id);
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

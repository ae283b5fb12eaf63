import { reactive } from 'vue';
import { newIdempotencyKey, request, type Problem, type Silence } from '../../api/request.ts';
import { upload, type UploadForm } from '../../api/upload.ts';

/** A photo that goes with a command or a report; already shrunk. */
export type BatchPhoto = {
  id: string;
  /** The picture and its preview; absent when the page was left since, and only what was uploaded is known. */
  blob?: Blob;
  preview?: string;
  state: 'waiting' | 'sending' | 'uploaded' | 'failed';
  /** From 0 to 1, while it is being sent. */
  progress: number;
  /** Where it lies, once uploaded. It belongs to the batch's idempotency key. */
  key?: string | undefined;
};

/** Photos that are sent together, under the key of the request that they are for. */
export type PhotoBatch = { idempotencyKey: string; photos: BatchPhoto[] };

/**
 * What is remembered of a batch while this tab is away signing in: where the pictures were uploaded to. The pictures
 * themselves are not left behind on a desk that others sit at.
 */
export type KeptBatch = { idempotencyKey: string; photos: { id: string; key: string }[] };

export type Obstacle =
  { kind: 'problem'; problem: Problem } | { kind: 'unanswered'; why: Silence | 'photos' };

export function newBatch(): PhotoBatch {
  return reactive({ idempotencyKey: newIdempotencyKey(), photos: [] });
}

export function addPhoto(batch: PhotoBatch, blob: Blob): void {
  const preview = URL.createObjectURL(blob);
  batch.photos.push({ id: newIdempotencyKey(), blob, preview, state: 'waiting', progress: 0 });
  // While the words are being typed, the photos are on their way; if that fails, sending tries again.
  void sendPhotos(batch);
}

export function removePhoto(batch: PhotoBatch, { id, preview }: BatchPhoto): void {
  batch.photos = batch.photos.filter((photo) => photo.id !== id);
  if (preview !== undefined) URL.revokeObjectURL(preview);
}

export function clearBatch(batch: PhotoBatch): void {
  for (const photo of batch.photos) removePhoto(batch, photo);
  batch.idempotencyKey = newIdempotencyKey();
}

/** From here on it is another request: what was uploaded for the last one does not count. */
export function renewKey(batch: PhotoBatch): void {
  batch.idempotencyKey = newIdempotencyKey();
  forgetUploads(batch);
}

/** Answers whether all of the batch can be uploaded again. */
export function forgetUploads(batch: PhotoBatch): boolean {
  const before = batch.photos.length;
  batch.photos = batch.photos.filter(({ blob }) => blob !== undefined);
  for (const photo of batch.photos) Object.assign(photo, { key: undefined, state: 'waiting', progress: 0 });
  return batch.photos.length === before;
}

export function kept({ idempotencyKey, photos }: PhotoBatch): KeptBatch {
  return {
    idempotencyKey,
    photos: photos.flatMap(({ id, key }) => (key === undefined ? [] : [{ id, key }])),
  };
}

export function restored({ idempotencyKey, photos }: KeptBatch): PhotoBatch {
  return reactive({
    idempotencyKey,
    photos: photos.map(({ id, key }) => ({ id, key, state: 'uploaded' as const, progress: 1 })),
  });
}

/** Whether one of the batch's uploads is gone, or was made for another request. */
export function isOfUploads({ errors = [] }: Problem): boolean {
  return errors.some(({ code }) => code === 'photo-not-uploaded' || code === 'photo-not-yours');
}

const sending = new WeakMap<PhotoBatch, Promise<Obstacle | undefined>>();

/** Uploads what is not uploaded yet, no photo twice. Answers what stood in the way, if anything did. */
export function sendPhotos(batch: PhotoBatch): Promise<Obstacle | undefined> {
  const before = sending.get(batch) ?? Promise.resolve();
  const turn = before.catch(() => undefined).then(() => uploadMissing(batch));
  sending.set(batch, turn);
  return turn;
}

async function uploadMissing(batch: PhotoBatch): Promise<Obstacle | undefined> {
  const missing = batch.photos.flatMap((photo) => {
    const { key, blob } = photo;
    return key === undefined && blob ? [{ photo, blob }] : [];
  });
  if (missing.length === 0) return undefined;
  const { idempotencyKey } = batch;
  for (const { photo } of missing) Object.assign(photo, { state: 'sending', progress: 0 });
  const outcome = await request<{ uploads: UploadForm[] }>('/api/uploads', {
    body: { photos: missing.map(({ blob }) => ({ contentType: blob.type, size: blob.size })) },
    idempotencyKey,
  });
  if (outcome.kind !== 'answer') {
    for (const { photo } of missing) photo.state = 'failed';
    return outcome;
  }
  let haveAll = true;
  // One after the other: staff stand in stairwells and cellars, and one whole photo is better than three halves.
  for (const [index, { photo, blob }] of missing.entries()) {
    const form = outcome.body.uploads[index];
    const isThere = form !== undefined && (await upload(form, blob, (share) => (photo.progress = share)));
    const isWanted = batch.idempotencyKey === idempotencyKey;
    photo.state = isThere && isWanted ? 'uploaded' : 'failed';
    if (isThere && isWanted) photo.key = form.key;
    else haveAll = false;
  }
  return haveAll ? undefined : { kind: 'unanswered', why: 'photos' };
}

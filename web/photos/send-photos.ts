import { request, type Outcome, type Problem, type UnansweredReason } from '../api/request.ts';
import { callerHeaders } from '../device/caller.ts';
import { upload, type UploadForm } from '../api/upload.ts';
import type { PhotoBatch } from './photo-batch.ts';

/** Why photos could not be sent. `photos`: some uploads failed. */
export type SendFailure =
  { kind: 'problem'; problem: Problem } | { kind: 'unanswered'; why: UnansweredReason | 'photos' };

type Forms = { uploads: UploadForm[] };
type RequestForms = (options: { body: unknown; idempotencyKey: string }) => Promise<Outcome<Forms>>;

let requestForms: RequestForms = (options) =>
  request<Forms>('/api/uploads', { ...options, headers: callerHeaders() });

/** On the desk page, upload forms are requested with the staff session. */
export function setFormRequest(send: RequestForms): void {
  requestForms = send;
}

const queues = new WeakMap<PhotoBatch, Promise<unknown>>();

/**
 * Uploads the photos that are not uploaded yet, after any earlier call for the same batch, so that none is sent
 * twice. Returns why it failed, if it did.
 */
export function sendPhotos(batch: PhotoBatch): Promise<SendFailure | undefined> {
  const result = (queues.get(batch) ?? Promise.resolve()).then(() => uploadMissing(batch));
  queues.set(
    batch,
    result.catch(() => undefined),
  );
  return result;
}

async function uploadMissing(batch: PhotoBatch): Promise<SendFailure | undefined> {
  const missing = batch.photos.flatMap((photo) => {
    const { key, blob } = photo;
    return key === undefined && blob ? [{ photo, blob }] : [];
  });
  if (missing.length === 0) return undefined;
  const { idempotencyKey } = batch;
  for (const { photo } of missing) Object.assign(photo, { state: 'sending', progress: 0 });
  const outcome = await requestForms({
    body: { photos: missing.map(({ blob }) => ({ contentType: blob.type, size: blob.size })) },
    idempotencyKey,
  });
  if (outcome.kind !== 'answer') {
    for (const { photo } of missing) photo.state = 'failed';
    return outcome;
  }
  const { uploads } = outcome.body;
  const arrived = await mapConcurrently(missing, async ({ photo, blob }, index) => {
    const form = uploads[index];
    const isUploaded = form !== undefined && (await upload(form, blob, (share) => (photo.progress = share)));
    // The key may have been renewed during the upload, which then is not valid any more.
    const isValid = isUploaded && batch.idempotencyKey === idempotencyKey;
    photo.state = isValid ? 'uploaded' : 'failed';
    if (isValid) photo.key = form.key;
    return isValid;
  });
  return arrived.every(Boolean) ? undefined : { kind: 'unanswered', why: 'photos' };
}

/** Three at a time: on a slow connection, more would only slow down each other. */
async function mapConcurrently<T, R>(items: T[], act: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await act(items[at] as T, at);
  };
  await Promise.all([work(), work(), work()]);
  return results;
}

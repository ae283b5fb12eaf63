import { request, type Outcome, type Problem, type Silence } from '../api/request.ts';
import { callerHeaders } from '../device/caller.ts';
import { upload, type UploadForm } from '../api/upload.ts';
import type { PhotoBatch } from './photo-batch.ts';

/** What stood in the way of a request with photos. `photos`: some did not get through. */
export type Obstacle =
  { kind: 'problem'; problem: Problem } | { kind: 'unanswered'; why: Silence | 'photos' };

type Forms = { uploads: UploadForm[] };
type Ask = (options: { body: unknown; idempotencyKey: string }) => Promise<Outcome<Forms>>;

let askForForms: Ask = (options) => request<Forms>('/api/uploads', { ...options, headers: callerHeaders() });

/** At the desk, staff ask in their own name. */
export function uploadAs(ask: Ask): void {
  askForForms = ask;
}

const turns = new WeakMap<PhotoBatch, Promise<unknown>>();

/**
 * Uploads what is not uploaded yet, once an earlier sending of the batch is done, so that no photo is sent twice.
 * Answers what stood in the way, if anything did.
 */
export function sendPhotos(batch: PhotoBatch): Promise<Obstacle | undefined> {
  const turn = (turns.get(batch) ?? Promise.resolve()).then(() => uploadMissing(batch));
  turns.set(
    batch,
    turn.catch(() => undefined),
  );
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
  const outcome = await askForForms({
    body: { photos: missing.map(({ blob }) => ({ contentType: blob.type, size: blob.size })) },
    idempotencyKey,
  });
  if (outcome.kind !== 'answer') {
    for (const { photo } of missing) photo.state = 'failed';
    return outcome;
  }
  const { uploads } = outcome.body;
  const arrived = await inTurns(missing, async ({ photo, blob }, index) => {
    const form = uploads[index];
    const isThere = form !== undefined && (await upload(form, blob, (share) => (photo.progress = share)));
    // The key may have been renewed meanwhile; under the new one, this upload does not count.
    const counts = isThere && batch.idempotencyKey === idempotencyKey;
    photo.state = counts ? 'uploaded' : 'failed';
    if (counts) photo.key = form.key;
    return counts;
  });
  return arrived.every(Boolean) ? undefined : { kind: 'unanswered', why: 'photos' };
}

/** Three at a time: more would make each wait for the others on a slow connection. */
async function inTurns<T, R>(items: T[], act: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await act(items[at] as T, at);
  };
  await Promise.all([work(), work(), work()]);
  return results;
}

import { request, type Problem, type Silence } from '../../api/request.ts';
import { upload, type UploadForm } from '../../api/upload.ts';
import { forgetUpload, type PhotoToSend } from './photo.ts';

/** What stood in the way of photos. `photos`: some did not get through. */
export type Obstacle =
  { kind: 'refused'; problem: Problem } | { kind: 'unanswered'; why: Silence | 'photos' };

let uploading: Promise<unknown> = Promise.resolve();

/**
 * Uploads what is not uploaded yet, once those before are done, so that no photo is sent twice. Answers what
 * stood in the way, if anything did.
 */
export function sendPhotos(photos: PhotoToSend[], idempotencyKey: string): Promise<Obstacle | undefined> {
  const sending = uploading.then(() => uploadMissing(photos, idempotencyKey));
  uploading = sending.catch(() => undefined);
  return sending;
}

async function uploadMissing(photos: PhotoToSend[], idempotencyKey: string): Promise<Obstacle | undefined> {
  const missing = photos.filter(({ key }) => key === undefined);
  if (missing.length === 0) return undefined;
  for (const photo of missing) Object.assign(photo, { state: 'sending', progress: 0 });
  const outcome = await request<{ uploads: UploadForm[] }>('/api/uploads', {
    body: { photos: missing.map(({ blob }) => ({ contentType: blob.type, size: blob.size })) },
    idempotencyKey,
  });
  if (outcome.kind !== 'answer') {
    for (const photo of missing) photo.state = 'failed';
    return outcome.kind === 'problem'
      ? { kind: 'refused', problem: outcome.problem }
      : { kind: 'unanswered', why: outcome.why };
  }
  const { uploads } = outcome.body;
  const arrived = await inTurns(missing, async (photo, index) => {
    const form = uploads[index];
    const isThere =
      form !== undefined && (await upload(form, photo.blob, (share) => (photo.progress = share)));
    photo.state = isThere ? 'uploaded' : 'failed';
    if (isThere) photo.key = form.key;
    return isThere;
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

/** Uploads expire after two days; what is gone is sent again with the next try. */
export function forgetLostUploads(photos: PhotoToSend[], { errors = [] }: Problem): void {
  for (const { path, code } of errors) {
    const position = /^photos\[(\d+)\]$/.exec(path)?.[1];
    const photo = position === undefined ? undefined : photos[Number(position)];
    if (photo && (code === 'photo-not-uploaded' || code === 'photo-not-yours')) forgetUpload(photo);
  }
}

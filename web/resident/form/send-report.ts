import type { ReportBody } from '../../../shared/http/bodies.ts';
import { request, type Outcome, type Problem, type Silence } from '../../api/request.ts';
import type { Receipt } from '../../api/report.ts';
import { upload, type UploadForm } from '../../api/upload.ts';
import type { Language } from '../../language/i18n.ts';
import { rememberReport } from '../my-reports.ts';
import { bodyOf, clearDraft, draft, forgetUpload, renewKey, type DraftPhoto } from './draft.ts';

export type Sent =
  | { kind: 'received'; receipt: Receipt }
  /** An earlier sending, which had seemed to fail, had arrived; what was changed since then is not in it. */
  | { kind: 'earlier-received'; receipt: Receipt }
  | { kind: 'refused'; problem: Problem }
  /** `photos`: some photos did not get through, and the report was not sent without them. */
  | { kind: 'unanswered'; why: Silence | 'photos' };

/**
 * Sends the draft so that it is taken in once, and nothing of it is lost:
 *
 * - While no answer has come, the key stays, and with it every body that may have been taken in. Repeating
 *   the same body gets the report that it made, if it made one.
 * - Changed content goes out under the same key as well. If the API then says that the key was used, the
 *   earlier sending did arrive: repeating that gets its number. Only what the resident then sends becomes a
 *   second report, and they have been told.
 * - If none of the known bodies is what the key was used for, another tab sent its own; this draft is another
 *   report and gets a key of its own.
 */
export async function sendDraft(locale: Language): Promise<Sent> {
  const first = await sendOnce(locale);
  if (first !== 'key-of-another') return first;
  renewKey();
  const second = await sendOnce(locale);
  return second === 'key-of-another' ? { kind: 'unanswered', why: 'fault' } : second;
}

async function sendOnce(locale: Language): Promise<Sent | 'key-of-another'> {
  const failure = await sendPhotos(draft.photos);
  if (failure) return failure;

  const fresh = bodyOf(draft, locale);
  // The language may have been switched since; that makes no other report.
  const body = draft.attempts.find((earlier) => isSame({ ...earlier, locale }, fresh)) ?? fresh;
  if (!draft.attempts.includes(body)) draft.attempts.push(body);
  const outcome = await post(body);
  switch (outcome.kind) {
    case 'answer':
      remember(outcome.body, body);
      clearDraft();
      return { kind: 'received', receipt: outcome.body };
    case 'unanswered':
      return outcome;
    case 'problem':
      dropAttempt(body);
      if (outcome.problem.code === 'idempotency-key-reused') return findEarlier();
      forgetLostUploads(outcome.problem);
      return { kind: 'refused', problem: outcome.problem };
  }
}

/** The key is taken, so repeating an earlier body can only find its report, never make one. */
async function findEarlier(): Promise<Sent | 'key-of-another'> {
  for (const earlier of [...draft.attempts].reverse()) {
    const outcome = await post(earlier);
    if (outcome.kind === 'answer') {
      remember(outcome.body, earlier);
      renewKey();
      return { kind: 'earlier-received', receipt: outcome.body };
    }
    if (outcome.kind === 'unanswered') return outcome;
    dropAttempt(earlier);
  }
  return 'key-of-another';
}

function remember({ number, trackingToken }: Receipt, { description }: ReportBody): void {
  rememberReport(trackingToken, { number, description, submittedAt: new Date().toISOString() });
}

function post(body: ReportBody): Promise<Outcome<Receipt>> {
  return request<Receipt>('/api/reports', { body, idempotencyKey: draft.idempotencyKey });
}

function dropAttempt(body: ReportBody): void {
  draft.attempts = draft.attempts.filter((attempt) => !isSame(attempt, body));
}

function isSame(one: ReportBody, other: ReportBody): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

let uploading: Promise<unknown> = Promise.resolve();

type Obstacle = Extract<Sent, { kind: 'refused' | 'unanswered' }>;

/**
 * Uploads what is not uploaded yet, once those before are done, so that no photo is sent twice. Answers what
 * stood in the way, if anything did.
 */
export function sendPhotos(photos: DraftPhoto[]): Promise<Obstacle | undefined> {
  const sending = uploading.then(() => uploadMissing(photos));
  uploading = sending.catch(() => undefined);
  return sending;
}

async function uploadMissing(photos: DraftPhoto[]): Promise<Obstacle | undefined> {
  const missing = photos.filter(({ key }) => key === undefined);
  if (missing.length === 0) return undefined;
  for (const photo of missing) Object.assign(photo, { state: 'sending', progress: 0 });
  const outcome = await request<{ uploads: UploadForm[] }>('/api/uploads', {
    body: { photos: missing.map(({ blob }) => ({ contentType: blob.type, size: blob.size })) },
    idempotencyKey: draft.idempotencyKey,
  });
  if (outcome.kind !== 'answer') {
    for (const photo of missing) photo.state = 'failed';
    return outcome.kind === 'problem' ? { kind: 'refused', problem: outcome.problem } : outcome;
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
function forgetLostUploads({ errors = [] }: Problem): void {
  for (const { path, code } of errors) {
    const position = /^photos\[(\d+)\]$/.exec(path)?.[1];
    const photo = position === undefined ? undefined : draft.photos[Number(position)];
    if (photo && (code === 'photo-not-uploaded' || code === 'photo-not-yours')) forgetUpload(photo);
  }
}

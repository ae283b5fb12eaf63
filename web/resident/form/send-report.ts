import type { ReportBody } from '../../../shared/http/bodies.ts';
import { request, type Outcome } from '../../api/request.ts';
import type { Receipt } from '../../api/report.ts';
import type { Language } from '../../language/i18n.ts';
import { forgetLostUploads } from '../../photos/photo-batch.ts';
import { sendPhotos, type SendFailure } from '../../photos/send-photos.ts';
import { callerHeaders } from '../../device/caller.ts';
import { rememberReport } from '../my-reports.ts';
import { bodyOf, clearDraft, draft, makeNewReport } from './draft.ts';

export type Sent =
  | { kind: 'received'; receipt: Receipt; joins: string }
  /** An earlier attempt without an answer had been submitted; later changes are not in it. */
  | { kind: 'earlier-received'; receipt: Receipt }
  | SendFailure;

/**
 * Sends the draft so that it is submitted once, and no content is lost:
 *
 * - Until an answer arrives, the key is kept, with every body sent under it. Repeating the same body returns the
 *   report it created, if any.
 * - Changed content is sent under the same key too. If the API answers that the key was used, an earlier attempt
 *   was submitted, and repeating it returns its number. The resident is told, and sending again creates a second
 *   report.
 * - If the key was used for none of the known bodies, another tab used it, and this draft gets a new key.
 */
export async function sendDraft(locale: Language): Promise<Sent> {
  const first = await sendOnce(locale);
  if (first !== 'key-of-another') return first;
  makeNewReport();
  const second = await sendOnce(locale);
  return second === 'key-of-another' ? { kind: 'unanswered', why: 'fault' } : second;
}

async function sendOnce(locale: Language): Promise<Sent | 'key-of-another'> {
  const failure = await sendPhotos(draft);
  if (failure) return failure;

  const fresh = bodyOf(draft, locale);
  // A changed language alone does not make a new report.
  const body = draft.attempts.find((earlier) => isSame({ ...earlier, locale }, fresh)) ?? fresh;
  if (!draft.attempts.includes(body)) draft.attempts.push(body);
  const outcome = await post(body);
  switch (outcome.kind) {
    case 'answer':
      remember(outcome.body, body);
      clearDraft();
      return { kind: 'received', receipt: outcome.body, joins: body.joins ?? '' };
    case 'unanswered':
      return { kind: 'unanswered', why: outcome.why };
    case 'problem':
      dropAttempt(body);
      if (outcome.problem.code === 'idempotency-key-reused') return findEarlier();
      forgetLostUploads(draft, outcome.problem);
      return outcome;
  }
}

/** The key is used, so repeating an earlier body can only return its report, never create one. */
async function findEarlier(): Promise<Sent | 'key-of-another'> {
  for (const earlier of [...draft.attempts].reverse()) {
    const outcome = await post(earlier);
    if (outcome.kind === 'answer') {
      remember(outcome.body, earlier);
      makeNewReport();
      return { kind: 'earlier-received', receipt: outcome.body };
    }
    if (outcome.kind === 'unanswered') return { kind: 'unanswered', why: outcome.why };
    dropAttempt(earlier);
  }
  return 'key-of-another';
}

function remember({ number, trackingToken }: Receipt, { description }: ReportBody): void {
  rememberReport(trackingToken, {
    number,
    description,
    submittedAt: new Date().toISOString(),
    sentBy: draft.idempotencyKey,
  });
}

function post(body: ReportBody): Promise<Outcome<Receipt>> {
  return request<Receipt>('/api/reports', {
    body,
    idempotencyKey: draft.idempotencyKey,
    headers: callerHeaders(),
  });
}

function dropAttempt(body: ReportBody): void {
  draft.attempts = draft.attempts.filter((attempt) => !isSame(attempt, body));
}

function isSame(one: ReportBody, other: ReportBody): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

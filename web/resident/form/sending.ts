import { reactive, watch } from 'vue';
import type { Receipt } from '../../api/report.ts';
import type { Problem, UnansweredReason } from '../../api/request.ts';
import { withLock } from '../../device/lock.ts';
import { language } from '../../language/i18n.ts';
import { rereadReports } from '../my-reports.ts';
import { clearDraft, draft, isHandledElsewhere, photosRestored } from './draft.ts';
import { sendDraft } from './send-report.ts';

/** The state of sending the draft. */
type Sending = {
  isSending: boolean;
  /** Why the last attempt got no answer. */
  unansweredReason: UnansweredReason | 'photos' | undefined;
  problem: Problem | undefined;
  /** When the rate limit ends, in milliseconds since 1970. */
  retryAt: number;
  received: (Receipt & { joins: string }) | undefined;
  /** The receipt of an earlier attempt, which had been submitted although no answer arrived. */
  earlier: Receipt | undefined;
  /** Another tab has sent the draft. */
  isHandledElsewhere: boolean;
};

const initial: Sending = {
  isSending: false,
  unansweredReason: undefined,
  problem: undefined,
  retryAt: 0,
  received: undefined,
  earlier: undefined,
  isHandledElsewhere: false,
};

export const sending = reactive<Sending>({ ...initial });

export function resetSending(): void {
  Object.assign(sending, initial);
}

/**
 * Sends the draft. If no answer arrives, or the page is closed first, `startAutoSend` sends it again, and it is
 * still submitted only once.
 */
export async function send(): Promise<void> {
  if (sending.isSending) return;
  const isRetry = draft.isWaiting;
  const { unansweredReason, problem } = sending;
  resetSending();
  // During a retry, the notice about the last attempt stays visible.
  if (isRetry) Object.assign(sending, { unansweredReason, problem });
  sending.isSending = true;
  draft.isWaiting = true;
  try {
    await withLock('draft', async () => {
      if (isRetry && isHandledElsewhere()) finishElsewhere();
      else await sendOnce();
    });
  } finally {
    sending.isSending = false;
  }
}

async function sendOnce(): Promise<void> {
  const sent = await sendDraft(language());
  sending.unansweredReason = sent.kind === 'unanswered' ? sent.why : undefined;
  // Only a missing connection is retried automatically; for other failures, the resident decides.
  draft.isWaiting = sent.kind === 'unanswered' && (sent.why === 'offline' || sent.why === 'photos');
  sending.problem = undefined;
  switch (sent.kind) {
    case 'received':
      sending.received = { ...sent.receipt, joins: sent.joins };
      break;
    case 'earlier-received':
      sending.earlier = sent.receipt;
      break;
    case 'problem':
      sending.problem = sent.problem;
      retryAfterLimit(sent.problem);
      break;
    case 'unanswered':
  }
}

/** Retries when a rate limit ends, unless a captcha can lift it at once. */
function retryAfterLimit({ code, captcha, retryAfterSeconds }: Problem): void {
  if (code !== 'too-many-requests' || captcha === true || retryAfterSeconds === undefined) return;
  sending.retryAt = Date.now() + retryAfterSeconds * 1000;
  draft.isWaiting = true;
}

function finishElsewhere(): void {
  clearDraft();
  rereadReports();
  sending.unansweredReason = undefined;
  sending.isHandledElsewhere = true;
}

/** Stops automatic retries, so that the resident can change the draft and send it again. */
export function stopWaiting(): void {
  if (sending.isSending) return;
  draft.isWaiting = false;
  [sending.unansweredReason, sending.problem] = [undefined, undefined];
}

/** The longest delay of a browser's timer; a longer one would fire at once. */
const maxTimerMilliseconds = 2 ** 31 - 1;

/** Retry delays in milliseconds. Browsers do not report every restored connection. */
const retryDelays = { first: 5_000, longest: 300_000 };

/**
 * While the page is open, sends a waiting draft: at once, when the connection is restored, when the page becomes
 * visible, and at growing intervals.
 */
export function startAutoSend(): void {
  let delayMilliseconds = retryDelays.first;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tryNow = (): void => {
    clearTimeout(timer);
    if (draft.isWaiting && !sending.isSending && Date.now() >= sending.retryAt) void send();
  };
  watch(
    () => draft.isWaiting && !sending.isSending,
    (waits) => {
      clearTimeout(timer);
      if (!draft.isWaiting) delayMilliseconds = retryDelays.first;
      if (!waits) return;
      const untilRetryAt = Math.min(sending.retryAt - Date.now(), maxTimerMilliseconds);
      timer = setTimeout(tryNow, Math.max(delayMilliseconds, untilRetryAt));
      delayMilliseconds = Math.min(delayMilliseconds * 2, retryDelays.longest);
    },
  );
  addEventListener('online', tryNow);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') tryNow();
  });
  void photosRestored.then(tryNow);
}

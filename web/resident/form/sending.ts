import { reactive, watch } from 'vue';
import type { Receipt } from '../../api/report.ts';
import type { Problem, UnansweredReason } from '../../api/request.ts';
import { withLock } from '../../device/lock.ts';
import { language } from '../../language/i18n.ts';
import { rereadReports } from '../my-reports.ts';
import { clearDraft, draft, isSentElsewhere, photosRestored } from './draft.ts';
import { sendDraft } from './send-report.ts';

/** How the sending of the draft goes, for whatever part of the page tells of it. */
type Sending = {
  isSending: boolean;
  /** What the last sending came to, if not to an answer. */
  unansweredReason: UnansweredReason | 'photos' | undefined;
  problem: Problem | undefined;
  /** When the limit that was met ends, in milliseconds since 1970. */
  retryAt: number;
  received: (Receipt & { joins: string }) | undefined;
  /** An earlier sending had arrived after all. */
  earlier: Receipt | undefined;
  /** Another tab sent it. */
  isSentElsewhere: boolean;
};

const nothing: Sending = {
  isSending: false,
  unansweredReason: undefined,
  problem: undefined,
  retryAt: 0,
  received: undefined,
  earlier: undefined,
  isSentElsewhere: false,
};

export const sending = reactive<Sending>({ ...nothing });

export function forgetSending(): void {
  Object.assign(sending, nothing);
}

/**
 * Sends the draft. From here on it counts as sent: should the answer fail to come, or the page be closed before
 * it does, it goes out again by itself (`startAutoSend`), and is still taken in once.
 */
export async function send(): Promise<void> {
  if (sending.isSending) return;
  const goesOn = draft.isWaiting;
  const { unansweredReason, problem } = sending;
  forgetSending();
  // What is said about a report that waits stays until there is something new to say.
  if (goesOn) Object.assign(sending, { unansweredReason, problem });
  sending.isSending = true;
  draft.isWaiting = true;
  try {
    await withLock('draft', async () => {
      if (goesOn && isSentElsewhere()) settle();
      else await sendOnce();
    });
  } finally {
    sending.isSending = false;
  }
}

async function sendOnce(): Promise<void> {
  const sent = await sendDraft(language());
  sending.unansweredReason = sent.kind === 'unanswered' ? sent.why : undefined;
  // The connection comes back by itself. What else went wrong is for the resident to see.
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
      waitForTurn(sent.problem);
      break;
    case 'unanswered':
  }
}

/** A limit ends by itself, unless the resident shows at once that it is not for them. */
function waitForTurn({ code, captcha, retryAfterSeconds }: Problem): void {
  if (code !== 'too-many-requests' || captcha === true || retryAfterSeconds === undefined) return;
  sending.retryAt = Date.now() + retryAfterSeconds * 1000;
  draft.isWaiting = true;
}

function settle(): void {
  clearDraft();
  rereadReports();
  sending.unansweredReason = undefined;
  sending.isSentElsewhere = true;
}

/** Takes the draft back, to change it; it is sent when the resident sends it again. */
export function stopWaiting(): void {
  if (sending.isSending) return;
  draft.isWaiting = false;
  [sending.unansweredReason, sending.problem] = [undefined, undefined];
}

/** What a browser's timer can wait for: beyond it, it would not wait at all. */
const longestTimer = 2 ** 31 - 1;

/** How long to wait for another try. A browser does not notice every connection that comes back. */
const pauses = { first: 5_000, longest: 300_000 };

/**
 * As long as the page is open, sends a draft that waits: at once, when the browser says that the connection is
 * back, when somebody looks at the page again, and now and then besides.
 */
export function startAutoSend(): void {
  let pauseMilliseconds = pauses.first;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tryNow = (): void => {
    clearTimeout(timer);
    if (draft.isWaiting && !sending.isSending && Date.now() >= sending.retryAt) void send();
  };
  watch(
    () => draft.isWaiting && !sending.isSending,
    (waits) => {
      clearTimeout(timer);
      if (!draft.isWaiting) pauseMilliseconds = pauses.first;
      if (!waits) return;
      const untilTurn = Math.min(sending.retryAt - Date.now(), longestTimer);
      timer = setTimeout(tryNow, Math.max(pauseMilliseconds, untilTurn));
      pauseMilliseconds = Math.min(pauseMilliseconds * 2, pauses.longest);
    },
  );
  addEventListener('online', tryNow);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') tryNow();
  });
  void photosRestored.then(tryNow);
}

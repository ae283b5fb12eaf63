import { nextTick, ref, type Ref } from 'vue';
import type { Problem, UnansweredReason } from '../api/request.ts';
import type { SendFailure } from '../photos/send-photos.ts';

/** The state and steps of sending that forms with photos share. */
export function useFormSending(
  form: Readonly<Ref<HTMLElement | null>>,
  photoField: Readonly<Ref<{ allPrepared: () => Promise<void> } | null>>,
) {
  const isSending = ref(false);
  const problem = ref<Problem>();
  const unansweredReason = ref<UnansweredReason | 'photos'>();
  /** Errors found before sending, by field. */
  const missing = ref<Record<string, string>>({});

  async function focusError(): Promise<void> {
    await nextTick();
    form.value?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }

  /** Runs `sendOnce` if `check` finds no errors and it is not running already. */
  async function sendChecked(
    check: () => Record<string, string>,
    sendOnce: () => Promise<void>,
  ): Promise<void> {
    if (isSending.value) return;
    [problem.value, unansweredReason.value] = [undefined, undefined];
    missing.value = check();
    if (Object.keys(missing.value).length > 0) return focusError();
    isSending.value = true;
    try {
      await photoField.value?.allPrepared();
      await sendOnce();
    } finally {
      isSending.value = false;
    }
  }

  function showFailure(failure: SendFailure): void {
    if (failure.kind === 'unanswered') unansweredReason.value = failure.why;
    else problem.value = failure.problem;
  }

  return { isSending, problem, unansweredReason, missing, focusError, sendChecked, showFailure };
}

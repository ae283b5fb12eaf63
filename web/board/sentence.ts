import { i18n } from '../language/i18n.ts';
import { problemSentence } from '../language/problem-sentence.ts';
import type { NoAnswer } from './read.ts';

/** Why something could not be read or done, as people say it; nothing when the gate says it already. */
export function failureSentence(failure: NoAnswer['outcome']): string {
  const { t } = i18n.global;
  switch (failure.kind) {
    case 'problem':
      return problemSentence(failure.problem);
    case 'unanswered':
      return t(`board.unanswered.${failure.why}`);
    case 'signed-out':
      return t('board.signedOut');
  }
}

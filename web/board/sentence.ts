import { i18n } from '../language/i18n.ts';
import { problemSentence } from '../language/problem-sentence.ts';
import type { RequestFailure } from './read.ts';

/** The sentence for a failed request. */
export function failureSentence(failure: RequestFailure): string {
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

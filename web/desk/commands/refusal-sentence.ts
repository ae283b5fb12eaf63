import { targetWords } from '../../../shared/language/wording.ts';
import type { Problem } from '../../api/request.ts';
import { i18n, localized } from '../../language/i18n.ts';
import { problemSentence } from '../../language/problem-sentence.ts';
import type { StaffReport } from '../staff-report.ts';

/** Why a command was refused, including the problem's details such as the longest extension possible. */
export function refusalSentence(problem: Problem, { clocks, extensionLeft }: StaffReport): string {
  const { t } = i18n.global;
  const { code, parent, left = extensionLeft } = problem;
  const unit = clocks.resolve?.target.unit;
  if (code === 'extension-too-long' && left !== undefined && unit)
    return left >= 1
      ? t('desk.extend.tooLong', { most: localized(targetWords({ amount: Math.floor(left), unit })) })
      : t('desk.extend.nothingLeft');
  if (code === 'part-of-another' && parent !== undefined) return t('desk.part.elsewhere', { parent });
  return problemSentence(problem);
}

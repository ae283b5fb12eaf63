import type { FieldProblem } from '../../shared/http/problems.ts';
import type { Problem } from '../api/request.ts';
import { i18n, localized } from './i18n.ts';

/** The sentence for a problem, in the page's language. The API sends its own, except for schema errors of fields. */
export function problemSentence(problem: Problem | FieldProblem): string {
  if ('text' in problem) return localized(problem.text);
  const key = `fieldProblems.${problem.code}`;
  return i18n.global.te(key) ? i18n.global.t(key) : localized(problem);
}

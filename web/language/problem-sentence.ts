import type { FieldProblem } from '../../shared/http/problems.ts';
import type { Problem } from '../api/request.ts';
import { i18n, said } from './i18n.ts';

/** What is wrong, in the page's language. The API says it itself, except what its schemas found, which is put plainer here. */
export function problemSentence(problem: Problem | FieldProblem): string {
  if ('text' in problem) return said(problem.text);
  const key = `fieldProblems.${problem.code}`;
  return i18n.global.te(key) ? i18n.global.t(key) : said(problem);
}

import type * as z from 'zod';
import { toDotPath } from 'zod/v4/core';
import zhCN from 'zod/v4/locales/zh-CN.js';

/** `path` such as `areas[3].parent`, empty for the document itself; the message in English and in Chinese. */
export type CityProblem = { path: string; message: string; messageZh: string };

export function problemsOf(issue: z.core.$ZodIssue): CityProblem[] {
  const at = (path: PropertyKey[], messageZh: string, message: string): CityProblem => ({
    path: toDotPath(path),
    message,
    messageZh,
  });
  switch (issue.code) {
    case 'custom':
      return [at(issue.path, String(issue.params?.['zh'] ?? issue.message), issue.message)];
    case 'unrecognized_keys':
      return issue.keys.map((key) => at([...issue.path, key], '没有这个字段', 'there is no such field'));
    case 'invalid_type':
    case 'invalid_value':
      // JSON has no undefined, so undefined means missing.
      if (issue.input === undefined) return [at(issue.path, '缺少这一项', 'is missing')];
      break;
    case 'too_small':
      if (issue.minimum === 1 && (issue.origin === 'string' || issue.origin === 'array'))
        return [at(issue.path, '不能为空', 'must not be empty')];
      break;
    case 'too_big':
      if (issue.origin === 'string')
        return [at(issue.path, `最多 ${issue.maximum} 个字`, `at most ${issue.maximum} characters`)];
      break;
    default:
  }
  const translated = chinese(issue as Parameters<typeof chinese>[0]);
  return [at(issue.path, typeof translated === 'string' ? translated : issue.message, issue.message)];
}

const { localeError: chinese } = zhCN();

import { toDotPath } from 'zod/v4/core';
import type { Refusal } from '../records/report/decide.ts';
import { fieldProblem, Problem } from './problems.ts';

/**
 * The answer to a refused command.
 * @param asked what was sent: the field that is refused is looked for there.
 */
export function problemOf(refusal: Refusal | { kind: 'key-reused' }, asked: unknown = {}): Problem {
  switch (refusal.kind) {
    case 'key-reused':
      return new Problem('idempotency-key-reused');
    case 'not-found':
      return new Problem('report-not-found');
    case 'not-permitted':
    case 'history-full':
    case 'clock-over':
    case 'rating-final':
    case 'data-erased':
      return new Problem(refusal.kind);
    case 'support-open':
      return new Problem(refusal.kind, { extra: { parts: refusal.parts } });
    case 'part-of-another':
      return new Problem(refusal.kind, { extra: { parent: refusal.parent } });
    case 'extension-too-long':
      return fieldProblem('amount', refusal.kind, { left: refusal.left });
    case 'unknown-photo':
      return fieldProblem('photo', refusal.kind);
    case 'merge-with-itself':
      return fieldProblem('into', refusal.kind);
    case 'wrong-state':
      return new Problem('wrong-state', { extra: { state: refusal.state, allowedStates: refusal.allowed } });
    case 'stale-version':
      return new Problem('stale-version', { extra: { currentVersion: refusal.current } });
    case 'unknown-department':
      return fieldProblem(pathOf(asked, refusal.department) ?? 'department', refusal.kind);
    case 'same-department':
      return fieldProblem('department', refusal.kind);
    case 'unknown-category':
      return fieldProblem('category', refusal.kind);
  }
}

/** Where in a body a value stands: `department`, `departments[1]`, `support.departments[0]`. */
function pathOf(body: unknown, value: string, path: PropertyKey[] = []): string | undefined {
  if (body === value) return toDotPath(path);
  if (typeof body !== 'object' || body === null) return undefined;
  for (const [key, inner] of Object.entries(body)) {
    const found = pathOf(inner, value, [...path, Array.isArray(body) ? Number(key) : key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

import type { Refusal } from '../domain/decide.ts';
import { fieldProblem, Problem } from './problems.ts';

/** The answer to a refused command. */
export function problemOf(refusal: Refusal | { kind: 'key-reused' }): Problem {
  switch (refusal.kind) {
    case 'key-reused':
      return new Problem('idempotency-key-reused');
    case 'not-found':
      return new Problem('report-not-found');
    case 'not-permitted':
    case 'history-full':
    case 'merge-with-itself':
    case 'clock-over':
    case 'rating-final':
      return new Problem(refusal.kind);
    case 'support-open':
      return new Problem(refusal.kind, { extra: { parts: refusal.parts } });
    case 'part-of-another':
      return new Problem(refusal.kind, { extra: { parent: refusal.parent } });
    case 'extension-too-long':
      return new Problem(refusal.kind, { extra: { left: refusal.left } });
    case 'wrong-state':
      return new Problem('wrong-state', { extra: { state: refusal.state, allowedStates: refusal.allowed } });
    case 'stale-version':
      return new Problem('stale-version', { extra: { currentVersion: refusal.current } });
    case 'unknown-department':
    case 'same-department':
      return fieldProblem('department', refusal.kind);
    case 'unknown-category':
      return fieldProblem('category', refusal.kind);
  }
}

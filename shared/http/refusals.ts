import { toDotPath } from 'zod/v4/core';
import type { AnyKind, KernelRefusal } from '../kernel/kind.ts';
import { fieldProblem, isProblemCode, Problem } from './problems.ts';

type Refusal = KernelRefusal | { kind: 'key-reused' } | { kind: string };

/**
 * The answer to a refused command.
 * @param asked what was sent: the field that is refused is looked for there.
 */
export function problemOf(kind: AnyKind, refusal: Refusal, asked: unknown = {}): Problem {
  const details = kind.refusals[refusal.kind]?.(refusal);
  if (!details) return kernelProblem(refusal as KernelRefusal | { kind: 'key-reused' });
  if (!isProblemCode(refusal.kind)) throw new Error(`no sentence for the refusal ${refusal.kind}`);
  const { field, value, extra = {} } = details;
  const path = (value === undefined ? undefined : pathOf(asked, value)) ?? field;
  return path === undefined ? new Problem(refusal.kind, { extra }) : fieldProblem(path, refusal.kind, extra);
}

function kernelProblem(refusal: KernelRefusal | { kind: 'key-reused' }): Problem {
  switch (refusal.kind) {
    case 'key-reused':
      return new Problem('idempotency-key-reused');
    case 'not-found':
      return new Problem('report-not-found');
    case 'not-permitted':
    case 'history-full':
    case 'data-erased':
      return new Problem(refusal.kind);
    case 'part-of-another':
      return new Problem(refusal.kind, { extra: { parent: refusal.parent } });
    case 'wrong-state':
      return new Problem('wrong-state', { extra: { state: refusal.state, allowedStates: refusal.allowed } });
    case 'stale-version':
      return new Problem('stale-version', { extra: { currentVersion: refusal.current } });
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

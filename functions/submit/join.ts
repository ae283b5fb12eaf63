import type { ReportEvent } from '../../events/report.ts';
import type { City } from '../../shared/config/city.ts';
import { fieldProblem } from '../../shared/http/problems.ts';
import { problemOf } from '../../shared/http/refusals.ts';
import { decide } from '../../shared/kernel/decide.ts';
import { fold } from '../../shared/kernel/fold.ts';
import { joinRefusal } from '../../shared/records/report/joining.ts';
import { report as kind, type ReportKind } from '../../shared/records/report/kind.ts';
import type { Records } from '../../shared/store/records.ts';

type Dependencies = { city: City; store: Records<ReportKind> };

/**
 * Submits a report merged into the open one that it repeats. The target is written first: if the rest fails, a retry
 * creates the same number.
 * @param into the number as typed, if it is valid.
 */
export async function joinFirst(
  { city, store }: Dependencies,
  submitted: ReportEvent[],
  into: string | undefined,
  now: string,
): Promise<ReportEvent[]> {
  const target = into === undefined ? undefined : await store.load(into);
  const refusal = joinRefusal(target?.record, 'resident');
  if (!target || refusal?.kind === 'not-found') throw fieldProblem('joins', 'report-not-found');
  if (refusal?.kind === 'part-of-another' || refusal?.kind === 'join-target-ended')
    throw fieldProblem('joins', refusal.kind);
  const context = { now, actor: { kind: 'system', name: 'intake' } as const, city };
  const report = fold(kind, submitted);
  const { number } = target.record;
  const merged = decide(kind, report, { type: 'merge', into: number }, context);
  if (!merged.ok) throw problemOf(kind, merged.refusal);
  const join = { type: 'join', number: report.number, followers: [] } as const;
  const joined = await store.execute(target, join, context);
  if (!joined.ok) throw problemOf(kind, joined.refusal);
  return [...submitted, ...merged.events];
}

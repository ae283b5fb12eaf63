import type { CommandBody } from '../../shared/http/command-bodies.ts';
import type { Staff } from '../../shared/http/credentials.ts';
import type { CommandDependencies } from '../../shared/http/give-command.ts';
import { fieldProblem, Problem } from '../../shared/http/problems.ts';
import { problemOf } from '../../shared/http/refusals.ts';
import { decide } from '../../shared/kernel/decide.ts';
import { parseNumber } from '../../shared/kernel/number.ts';
import { maySee } from '../../shared/kernel/permissions.ts';
import { joiningOf, joinRefusal } from '../../shared/records/report/joining.ts';
import { report as kind } from '../../shared/records/report/kind.ts';
import { isOf, type Stored } from '../../shared/store/item.ts';

/**
 * Records in the target that a report joins it, after checking that the merge will be accepted. If the second write
 * fails, a retry finds the first one done. @returns the command with the normalised number.
 */
export async function joinTarget(
  { city, store, now }: CommandDependencies,
  staff: Staff,
  opened: Stored,
  body: CommandBody,
): Promise<CommandBody> {
  const into = parseNumber(typeof body['into'] === 'string' ? body['into'] : '');
  if (into === undefined) throw fieldProblem('into', 'report-not-found');
  const target = await store.load(into);
  if (!target || !isOf(kind, target) || !isOf(kind, opened)) throw new Problem('report-not-found');
  if (!maySee(staff, kind.accessScope(target.record))) throw new Problem('not-permitted');
  const instant = now();
  const context = { now: instant, actor: staff, city, expectedVersion: body.version };
  const preview = decide(kind, opened.record, { type: 'merge', into }, context);
  if (!preview.ok) throw problemOf(kind, preview.refusal);
  const refusal = joinRefusal(target.record, 'staff');
  if (refusal) throw problemOf(kind, refusal);
  const joined = await store.execute(
    target,
    { type: 'join', ...joiningOf(opened.record) },
    { now: instant, actor: { kind: 'system', name: 'merge' }, city },
  );
  if (!joined.ok) throw problemOf(kind, joined.refusal);
  return { ...body, into };
}

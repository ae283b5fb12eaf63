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
 * Tells the report that goes on that another one joins it, once the merging is known to be allowed. Should the second
 * write fail, giving the command again finds the first done already. Answers the command with the number as it is
 * written.
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
  const foreseen = decide(kind, opened.record, { type: 'merge', into }, context);
  if (!foreseen.ok) throw problemOf(kind, foreseen.refusal);
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

import type { AnyKind, CommandRule, Model, OpeningRule, RecordBase } from './kind.ts';
import { hasGrant, isStaffGrant, type Actor, type StaffGrant } from './permissions.ts';

type NamesWhere<C, Wanted> = {
  [N in keyof C & string]: C[N] extends { opens: true }
    ? never
    : C[N] extends { by: readonly (infer G)[] }
      ? Extract<G, Wanted> extends never
        ? never
        : N
      : never;
}[keyof C & string];
/** The names of a kind's commands on an existing record that residents, or staff, may give. */
export type ResidentCommandOf<K extends AnyKind> = NamesWhere<K['commands'], 'resident'>;
export type StaffCommandOf<K extends AnyKind> = NamesWhere<K['commands'], StaffGrant>;

/** Whether residents, or staff, may give a rule's command at all. */
export function isFor(who: 'resident' | 'staff', rule: CommandRule<Model> | OpeningRule<Model>): boolean {
  if ('opens' in rule) return false;
  return who === 'resident' ? rule.by.includes('resident') : rule.by.some(isStaffGrant);
}

/** The commands that an actor may give to a record now and that have an effect. */
export function offered(kind: AnyKind, record: RecordBase, actor: Actor, now: string): string[] {
  const scope = kind.accessScope(record);
  return Object.entries(kind.commands).flatMap(([name, rule]) => {
    if ('opens' in rule || !hasGrant(actor, rule.by, scope)) return [];
    const isPossible =
      rule.from.includes(record.state) &&
      !(rule.needs && record.erased?.[rule.needs] !== undefined) &&
      !(rule.notOnPart === true && record.parent) &&
      (rule.isUseful?.(record, now) ?? true);
    return isPossible ? [name] : [];
  });
}

/** Whether an actor may give a command to a record, whatever its state. */
export function mayGive(kind: AnyKind, actor: Actor, command: string, record: RecordBase): boolean {
  const rule = kind.commands[command];
  return rule !== undefined && hasGrant(actor, rule.by, kind.accessScope(record));
}

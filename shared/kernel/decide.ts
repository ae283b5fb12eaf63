import { DecisionHistory } from './history.ts';
import type {
  AnyKind,
  CommandOf,
  CommandRule,
  Context,
  Decision,
  Model,
  ModelOf,
  OpeningRule,
  RecordBase,
  RecordOf,
} from './kind.ts';
import { hasGrant } from './permissions.ts';
import { isFull } from './quotas.ts';

type AnyCommand = { type: string };
type AnyDecision = Decision<Model>;

/**
 * Decides what a command does to a record. Pure: the same arguments give the same events, and a refusal changes
 * nothing. @throws when the kind has no such command.
 */
export function decide<K extends AnyKind>(
  kind: K,
  record: RecordOf<K> | undefined,
  command: CommandOf<K>,
  context: Context,
): Decision<ModelOf<K>> {
  return decideAny(kind, record, command, context);
}

/** As `decide`, for a command whose kind is known only at run time, such as a follow-up command. */
export function decideAny(
  kind: AnyKind,
  record: RecordBase | undefined,
  command: AnyCommand,
  context: Context,
): AnyDecision {
  const rule = kind.commands[command.type];
  if (!rule) throw new Error(`${command.type} is not a command of kind ${kind.name}`);
  if ('opens' in rule) return decideOpening(kind, rule, record, command, context);
  if (!record) return refuse({ kind: 'not-found' });
  // Clocks of two functions may differ; the events of a record must still be in the order of their times.
  const now = context.now < record.updatedAt ? record.updatedAt : context.now;
  return decideOn({ kind, rule, record, command, context: { ...context, now } });
}

type GateInput = {
  kind: AnyKind;
  rule: CommandRule<Model>;
  record: RecordBase;
  command: AnyCommand;
  context: Context;
};

/** The checks of a command, in this order; the first that returns a decision ends them. */
const gates: Readonly<Record<string, (input: GateInput) => AnyDecision | undefined>> = {
  permitted: ({ kind, rule, record, command, context }) =>
    hasGrant(context.actor, rule.by, kind.accessScope(record))
      ? undefined
      : refuse({ kind: 'not-permitted', command: command.type }),
  done: ({ rule, record, command, context }) =>
    rule.isDone?.(record, command, context) ? { ok: true, events: [] } : undefined,
  seen: ({ record: { touched, version }, context: { expectedVersion: seen } }) =>
    seen === undefined || (seen >= touched && seen <= version)
      ? undefined
      : refuse({ kind: 'stale-version', current: version }),
  state: ({ rule: { from }, record: { state }, command }) =>
    from.includes(state)
      ? undefined
      : refuse({ kind: 'wrong-state', command: command.type, state, allowed: from }),
  quota: ({ rule, record }) =>
    isFull(record, rule.ends === true) ? refuse({ kind: 'history-full' }) : undefined,
  part: ({ rule: { notOnPart }, record: { parent }, command }) =>
    parent && (typeof notOnPart === 'function' ? notOnPart(command) : notOnPart)
      ? refuse({ kind: 'part-of-another', parent: parent.number })
      : undefined,
  erased: ({ rule: { needs }, record: { erased } }) =>
    needs && erased?.[needs] !== undefined ? refuse({ kind: 'data-erased' }) : undefined,
};
export const gateNames = Object.keys(gates);

function decideOn(input: GateInput): AnyDecision {
  for (const gate of Object.values(gates)) {
    const decision = gate(input);
    if (decision) return decision;
  }
  const { kind, rule, record, command, context } = input;
  const history = new DecisionHistory<Model>(kind, record.number, record, context);
  if (!rule.skipsOverdueCheck) kind.emitOverdueBreaches?.(history);
  return rule.run(history, command);
}

function decideOpening(
  kind: AnyKind,
  rule: OpeningRule<Model>,
  record: RecordBase | undefined,
  command: AnyCommand & { number?: unknown },
  context: Context,
): AnyDecision {
  if (record) return { ok: true, events: [] };
  if (!hasGrant(context.actor, rule.by, rule.accessScope(command)))
    return refuse({ kind: 'not-permitted', command: command.type });
  return rule.run(new DecisionHistory<Model>(kind, String(command.number), undefined, context), command);
}

/** A decision that changes nothing, with its reason. */
export function refuse<R extends { kind: string }>(refusal: R): { ok: false; refusal: R } {
  return { ok: false, refusal };
}

import type { AnyKind, Move } from './kind.ts';

/** The state transitions of a kind's commands, read from their rules for the diagrams in the docs and for tests. */

/** All transitions of a command on an existing record, including `also`. */
export function movesOf(kind: AnyKind, command: string): Move[] {
  const rule = kind.commands[command];
  if (!rule || 'opens' in rule) return [];
  const { from, to, also = [] } = rule;
  return [{ from, to }, ...also];
}

/** The names of the commands on an existing record. */
export function commandsOn(kind: AnyKind): string[] {
  return Object.keys(kind.commands).filter((name) => movesOf(kind, name).length > 0);
}

/** The possible states after a command in a state. */
export function targetsOf(kind: AnyKind, command: string, state: string): string[] {
  return movesOf(kind, command)
    .filter(({ from }) => from.includes(state))
    .flatMap(({ to }) => to.map((target) => (target === 'same' ? state : target)));
}

/** The state diagram of a kind in Mermaid's notation. */
export function stateDiagram(kind: AnyKind): string {
  const [first = ''] = Object.keys(kind.states);
  const opening = Object.entries(kind.commands).filter(([, rule]) => 'opens' in rule);
  const lines = ['stateDiagram-v2', `  [*] --> ${node(first)}: ${opening[0]?.[0] ?? ''}`];
  for (const [state, words] of Object.entries(kind.states))
    lines.push(`  ${node(state)}: ${state} ${words.zh}`);
  const edges = new Map<string, string[]>();
  for (const command of commandsOn(kind))
    for (const { from, to } of movesOf(kind, command))
      for (const target of to) {
        if (target === 'same') continue;
        for (const source of from) {
          const key = `  ${node(source)} --> ${node(target)}`;
          edges.set(key, [...(edges.get(key) ?? []), command]);
        }
      }
  for (const [edge, commands] of edges) lines.push(`${edge}: ${commands.join(', ')}`);
  for (const last of kind.lastStates) lines.push(`  ${node(last)} --> [*]`);
  return lines.join('\n');
}

/** Mermaid reads a hyphen in a name as part of an arrow. */
function node(state: string): string {
  return state.replaceAll('-', '_');
}

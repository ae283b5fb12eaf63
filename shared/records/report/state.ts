import type { CommandType } from './commands.ts';

/** The states of a report, with the words people see. */
export const states = {
  submitted: { zh: '已提交', en: 'Submitted' },
  triage: { zh: '待分拨', en: 'Being sorted' },
  assigned: { zh: '已派单', en: 'Assigned' },
  'in-progress': { zh: '办理中', en: 'In progress' },
  suspended: { zh: '已挂起', en: 'Suspended' },
  resolved: { zh: '已办结', en: 'Resolved' },
  closed: { zh: '已归档', en: 'Closed' },
  rejected: { zh: '不予受理', en: 'Not accepted' },
  merged: { zh: '已合并', en: 'Merged' },
  withdrawn: { zh: '已撤回', en: 'Withdrawn' },
} as const;
export type State = keyof typeof states;

const held = ['assigned', 'in-progress', 'suspended'] as const;
const open = ['submitted', 'triage', ...held] as const;
const active = ['assigned', 'in-progress'] as const;
const every = Object.keys(states) as State[];

type Move = { from: readonly State[]; to: readonly (State | 'same')[] };

/**
 * The transition table: which states a command may come from and which it may lead to.
 * `decide` refuses what is not here, and the state diagram in the docs is drawn from it.
 * `same` stands for a command that leaves the state as it is; `also` are moves from some of the states alone.
 */
export const transitions: Record<
  Exclude<CommandType, 'submit' | 'open-support'>,
  Move & { also?: readonly Move[] }
> = {
  classify: { from: open, to: ['triage', 'assigned', 'same'] },
  assign: { from: ['triage', ...held], to: ['assigned', 'same'] },
  acknowledge: { from: ['assigned'], to: ['same'] },
  start: { from: ['assigned'], to: ['in-progress'] },
  suspend: { from: active, to: ['suspended'] },
  resume: { from: ['suspended'], to: active },
  extend: { from: active, to: ['same'] },
  grant: { from: held, to: ['same'] },
  decline: { from: held, to: ['same'] },
  prioritise: { from: ['triage', ...held], to: ['same'] },
  'apply-policy': { from: every, to: ['same'] },
  support: { from: held, to: ['same'] },
  return: { from: held, to: ['triage'] },
  transfer: { from: held, to: ['assigned'] },
  resolve: { from: held, to: ['resolved'] },
  note: {
    from: [...open, 'resolved', 'closed'],
    to: ['same'],
    also: [{ from: ['suspended'], to: active }],
  },
  rate: { from: ['resolved', 'closed'], to: ['closed'] },
  close: { from: ['resolved'], to: ['closed'] },
  'follow-up': { from: ['closed'], to: ['same', 'assigned'] },
  reopen: { from: ['resolved', 'closed'], to: ['assigned'] },
  withdraw: { from: open, to: ['withdrawn'] },
  reject: { from: open, to: ['rejected'] },
  merge: { from: open, to: ['merged'] },
  reveal: { from: every, to: ['same'] },
  'renew-link': { from: every, to: ['same'] },
  'revoke-link': { from: every, to: ['same'] },
  'blur-photo': { from: every, to: ['same'] },
  erase: { from: every, to: ['same'] },
  // There is nobody to hurry before it is routed.
  supervise: { from: ['triage', ...held], to: ['same'] },
  'take-alert': { from: every, to: ['same'] },
  join: { from: [...open, 'resolved', 'closed'], to: ['same'] },
  'end-support': { from: open, to: ['withdrawn'] },
  'record-support': { from: every, to: ['same'] },
  'record-photos': { from: every, to: ['same'] },
  'fire-timers': {
    from: every,
    to: ['same'],
    also: [
      { from: ['submitted'], to: ['triage'] },
      { from: ['suspended'], to: active },
      { from: ['resolved'], to: ['closed'] },
    ],
  },
};

/** Every move of a command, the further ones too. */
export function movesOf(command: keyof typeof transitions): Move[] {
  const { from, to, also = [] } = transitions[command];
  return [{ from, to }, ...also];
}

/** The states that a command may lead to from a state. */
export function targetsOf(command: keyof typeof transitions, state: State): State[] {
  return movesOf(command)
    .filter(({ from }) => from.includes(state))
    .flatMap(({ to }) => to.map((target) => (target === 'same' ? state : target)));
}

/** The state diagram of a report in Mermaid's notation, drawn from the table. */
export function stateDiagram(): string {
  const lines = ['stateDiagram-v2', '  [*] --> submitted: submit'];
  for (const [state, words] of Object.entries(states)) lines.push(`  ${node(state)}: ${state} ${words.zh}`);
  const edges = new Map<string, string[]>();
  for (const command of Object.keys(transitions) as (keyof typeof transitions)[]) {
    for (const { from, to } of movesOf(command)) {
      for (const target of to) {
        if (target === 'same') continue;
        for (const source of from) {
          const key = `  ${node(source)} --> ${node(target)}`;
          edges.set(key, [...(edges.get(key) ?? []), command]);
        }
      }
    }
  }
  for (const [edge, commands] of edges) lines.push(`${edge}: ${commands.join(', ')}`);
  for (const last of ['closed', 'rejected', 'merged', 'withdrawn']) lines.push(`  ${node(last)} --> [*]`);
  return lines.join('\n');
}

/** Mermaid reads a hyphen in a name as part of an arrow. */
function node(state: string): string {
  return state.replaceAll('-', '_');
}

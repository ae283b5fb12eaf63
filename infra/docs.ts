import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { movesOf, states, stateDiagram, transitions } from '../shared/records/report/state.ts';

const page = resolve(import.meta.dirname, '..', 'docs', 'states.md');

/** The page on states, drawn from the transition table; a test holds the file to it. */
export function statesPage(): string {
  const name = (state: keyof typeof states): string => `${states[state].zh} \`${state}\``;
  const commands = Object.keys(transitions) as (keyof typeof transitions)[];
  const rows = commands.flatMap((command) =>
    movesOf(command).map(({ from, to }) => {
      const targets = to.map((state) => (state === 'same' ? '–' : name(state))).join(', ');
      return `| \`${command}\` | ${from.map(name).join(', ')} | ${targets} |`;
    }),
  );
  return [
    '# 工单状态 States of a report',
    '',
    'Made by `npm run docs` from `shared/records/report/state.ts`; do not edit by hand.',
    '',
    '```mermaid',
    stateDiagram(),
    '```',
    '',
    '| command | from | to |',
    '|---|---|---|',
    '| `submit` | – | 已提交 `submitted` |',
    ...rows,
    '',
  ].join('\n');
}

/** What the file holds now. */
export function writtenStatesPage(): string {
  return readFileSync(page, 'utf8');
}

if (import.meta.main) {
  writeFileSync(page, statesPage());
  console.log('docs/states.md');
}

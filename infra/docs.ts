import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { audiences, type Audience } from '../shared/kernel/audiences.ts';
import type { AnyKind } from '../shared/kernel/kind.ts';
import {
  isStaffGrant,
  relations,
  relationsGranted,
  staffRoles,
  type Grant,
} from '../shared/kernel/permissions.ts';
import { commandsOn, movesOf, stateDiagram } from '../shared/kernel/transitions.ts';
import { logCodes } from '../shared/logging/codes.ts';
import { kinds } from '../shared/records/kinds.ts';

const folder = resolve(import.meta.dirname, '..', 'docs');
const generatedNotice = 'Made by `npm run docs` from the rules in `shared/records/`; do not edit by hand.';

/** The pages generated from the rules; a test compares the files with them. */
export const pages: Readonly<Record<string, () => string>> = {
  'states.md': () => page('状态 States', statesOf),
  'permissions.md': () => page('权限 Permissions', permissionsOf),
  'events.md': () => page('事件 Events', eventsOf),
  'logs.md': logsPage,
};

function page(title: string, partOf: (kind: AnyKind) => string[]): string {
  return [`# ${title}`, '', generatedNotice, '', ...kinds.flatMap(partOf)].join('\n');
}

function statesOf(kind: AnyKind): string[] {
  const name = (state: string): string => `${kind.states[state]?.zh ?? ''} \`${state}\``;
  const rows = commandsOn(kind).flatMap((command) =>
    movesOf(kind, command).map(({ from, to }) => {
      const targets = to.map((state) => (state === 'same' ? '–' : name(state))).join(', ');
      return `| \`${command}\` | ${from.map(name).join(', ')} | ${targets} |`;
    }),
  );
  const [first = ''] = Object.keys(kind.states);
  const creating = Object.keys(kind.commands).filter((command) => movesOf(kind, command).length === 0);
  return [
    `## ${kind.name}`,
    '',
    '```mermaid',
    stateDiagram(kind),
    '```',
    '',
    '| command | from | to |',
    '|---|---|---|',
    ...creating.map((command) => `| \`${command}\` | – | ${name(first)} |`),
    ...rows,
    '',
  ];
}

/** Role × relation × command; `system` is the product itself. */
function permissionsOf(kind: AnyKind): string[] {
  const cell = (by: readonly Grant[], role: (typeof staffRoles)[number]): string => {
    const granted = new Set(by.filter(isStaffGrant).flatMap((grant) => relationsGranted(grant, role)));
    return relations.filter((relation) => granted.has(relation)).join(', ') || '–';
  };
  const rows = Object.entries(kind.commands).map(([command, { by }]) => {
    const others = (['resident', 'system'] as const).map((who) => (by.includes(who) ? 'yes' : '–'));
    return `| \`${command}\` | ${[...staffRoles.map((role) => cell(by, role)), ...others].join(' | ')} |`;
  });
  return [
    `## ${kind.name}`,
    '',
    "Which relation to the record lets a role give a command: its department has it (`own`), supports it (`support`), it lies in the person's area (`area`), or none of these (`other`).",
    '',
    `| command | ${staffRoles.join(' | ')} | resident | system |`,
    `|---|${'---|'.repeat(staffRoles.length + 2)}`,
    ...rows,
    '',
  ];
}

/** Who sees each event and its text; `depends` where that depends on the event's data. */
function eventsOf(kind: AnyKind): string[] {
  const shown = (to: readonly Audience[] | ((event: never) => readonly Audience[]) | undefined): string[] =>
    audiences.map((audience) => {
      if (typeof to === 'function') return 'depends';
      return to?.includes(audience) ? 'yes' : '–';
    });
  const rows = Object.entries(kind.events).map(([type, { visibleTo, textVisibleTo, background }]) => {
    const texts = shown(textVisibleTo);
    const cells = shown(visibleTo).map((sees, at) => {
      if (sees === '–' || textVisibleTo === undefined) return sees;
      return `${sees}${texts[at] === '–' ? ', no text' : ''}`;
    });
    return `| \`${type}\` | ${cells.join(' | ')} | ${background ? '–' : 'yes'} |`;
  });
  return [
    `## ${kind.name}`,
    '',
    'Who may know of an event and read its text, and whether it interrupts a person at work: their command, begun before it, is then refused as stale.',
    '',
    `| event | ${audiences.join(' | ')} | interrupts |`,
    `|---|${'---|'.repeat(audiences.length + 1)}`,
    ...rows,
    '',
  ];
}

function logsPage(): string {
  return [
    '# 日志 Logs',
    '',
    'Made by `npm run docs` from `shared/logging/codes.ts`; do not edit by hand.',
    '',
    'Every function writes lines of JSON. Lambda adds `timestamp`, `level` and `requestId` (of the invocation); `message` has a stable `code`, the `correlationId`, and fields of the closed list `LogFields` in `shared/logging/log.ts`. No line holds personal data: no names, telephone numbers, addresses, texts, photos or tokens.',
    '',
    '**Correlation id.** It is the id that API Gateway gave the request (the answer has it as `apigw-requestid`). The record carries it with its latest write, the relay publishes it in the envelope of each event, and every consumer logs and writes under it. For a timer it is the id of the run and the number.',
    '',
    '**One report, from the request to the last consumer.** On one machine `npm run ops -- trace NUMBER` (or a correlation id). On AWS the saved query `<stack>/trace` of CloudWatch Logs Insights, over the log groups of the stacks; `npm run ops -- trace NUMBER --stack <stack>` prints it filled in.',
    '',
    '| code | meaning |',
    '|---|---|',
    ...Object.entries(logCodes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`),
    '',
  ].join('\n');
}

/** The present content of a page's file. */
export function writtenPage(name: string): string {
  return readFileSync(resolve(folder, name), 'utf8');
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(pages)) writeFileSync(resolve(folder, name), text());
  console.log(Object.keys(pages).join(', '));
}

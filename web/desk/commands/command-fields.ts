import rules from 'virtual:desk-rules';
import type { reportCommands } from '../../../shared/records/report/commands/index.ts';
import type { StaffCommandType } from '../../../shared/records/report/kind.ts';

/** The form fields of a command, derived from the rules. A command without fields is sent by its button alone. */
export type Fields = {
  /** The text field's name in the API, and its limits in characters. */
  text?: { field: string; least: number; most: number; isOptional: boolean };
  photos: boolean;
  department: boolean;
  category?: 'required' | 'optional';
  into: boolean;
  audience: boolean;
  /** A field with a fixed set of values. */
  choice?: { field: string; of: readonly string[] };
  /** The length of an extension, in the unit of the target. */
  amount: boolean;
  /** Supporting departments: `required` if the command is about them, `optional` if it can also ask them. */
  support?: 'required' | 'optional';
  /** Whether it resolves the report; with open subtasks, this needs a reason. */
  resolves: boolean;
  /** Whether the city's reply templates, or the page's own reasons, are offered. */
  templates: boolean;
  reasons: boolean;
};

/** Commands that have a component of their own, or are not on this page. */
type Elsewhere = 'blur-photo' | 'erase' | 'apply-policy';
type FieldsOf<N extends StaffCommandType> = keyof (typeof reportCommands)[N]['fields'];
type GivenHere = Exclude<StaffCommandType, Elsewhere>;
export type ButtonCommand = { [N in GivenHere]: FieldsOf<N> extends never ? N : never }[GivenHere];
export type FormCommand = Exclude<GivenHere, ButtonCommand>;

const elsewhere: readonly string[] = ['blur-photo', 'erase', 'apply-policy'] satisfies Elsewhere[];
const withTemplates: readonly string[] = ['resolve', 'note', 'reject'] satisfies FormCommand[];

/** The order of the buttons, the most frequent commands first. */
const commandOrder: readonly string[] = [
  'acknowledge',
  'start',
  'resume',
  'grant',
  'take-alert',
  'resolve',
  'follow-up',
  'note',
  'suspend',
  'extend',
  'decline',
  'support',
  'transfer',
  'return',
  'classify',
  'assign',
  'merge',
  'reject',
  'prioritise',
  'supervise',
  'close',
  'reopen',
  'reveal',
  'revoke-link',
] satisfies GivenHere[];

const commands = Object.keys(rules.forms)
  .filter((command) => !elsewhere.includes(command))
  .sort((a, b) => rank(a) - rank(b));

function rank(command: string): number {
  const at = commandOrder.indexOf(command);
  return at < 0 ? commandOrder.length : at;
}

function hasFields(command: string): boolean {
  return Object.keys(rules.forms[command] ?? {}).length > 0;
}

export const buttonCommands = commands.filter((command): command is ButtonCommand => !hasFields(command));
export const formCommands = commands.filter((command): command is FormCommand => hasFields(command));

export function fieldsOf(command: FormCommand): Fields {
  const fields = rules.forms[command] ?? {};
  const named = Object.entries(fields);
  // `override` has a field of its own.
  const text = named.find(([name, field]) => field.text && name !== 'override');
  const choice = named.find(([name, field]) => field.choice && name !== 'audience');
  const needed = ({ isOptional }: { isOptional: boolean }) => (isOptional ? 'optional' : 'required');
  const support = fields['departments'] ?? fields['support'];
  return {
    ...(text?.[1].text && {
      text: { field: text[0], ...text[1].text, isOptional: text[1].isOptional },
    }),
    ...(choice?.[1].choice && { choice: { field: choice[0], of: choice[1].choice } }),
    ...(fields['category'] && { category: needed(fields['category']) }),
    ...(support && { support: needed(support) }),
    photos: 'photos' in fields,
    department: 'department' in fields,
    into: 'into' in fields,
    audience: 'audience' in fields,
    amount: 'amount' in fields,
    resolves: 'override' in fields,
    templates: withTemplates.includes(command),
    reasons: command === 'reveal',
  };
}

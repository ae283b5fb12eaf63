import rules from 'virtual:desk-rules';
import type { reportCommands } from '../../../shared/records/report/commands/index.ts';
import type { StaffCommandType } from '../../../shared/records/report/kind.ts';

/** What a person fills in for each command, as the rules say. A command without fields is given by one press. */
export type Fields = {
  /** The name of its words in the API, and how long they may be. */
  words?: { field: string; least: number; most: number; isOptional: boolean };
  photos: boolean;
  department: boolean;
  category?: 'required' | 'optional';
  into: boolean;
  audience: boolean;
  /** One of a few. */
  choice?: { field: string; of: readonly string[] };
  /** How much more time, in the unit of the promise. */
  amount: boolean;
  /** Departments that are to help: what the command is about, or sent out along with it. */
  support?: 'required' | 'optional';
  /** Whether it resolves the report, whoever has still to answer. */
  settles: boolean;
  /** Whether the city's sentences for replies, or the page's own reasons, are offered. */
  templates: boolean;
  reasons: boolean;
};

/** Given in a place of their own, or not at this page. */
type Elsewhere = 'blur-photo' | 'erase' | 'apply-policy';
type FieldsOf<N extends StaffCommandType> = keyof (typeof reportCommands)[N]['fields'];
type GivenHere = Exclude<StaffCommandType, Elsewhere>;
export type ButtonCommand = { [N in GivenHere]: FieldsOf<N> extends never ? N : never }[GivenHere];
export type FormCommand = Exclude<GivenHere, ButtonCommand>;

const elsewhere: readonly string[] = ['blur-photo', 'erase', 'apply-policy'] satisfies Elsewhere[];
const withTemplates: readonly string[] = ['resolve', 'note', 'reject'] satisfies FormCommand[];

/** Those that are wanted most often come first; the first that is allowed is the one that stands out. */
const oftenWanted: readonly string[] = [
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

const given = Object.keys(rules.forms)
  .filter((command) => !elsewhere.includes(command))
  .sort((a, b) => place(a) - place(b));

function place(command: string): number {
  const at = oftenWanted.indexOf(command);
  return at < 0 ? oftenWanted.length : at;
}

function hasFields(command: string): boolean {
  return Object.keys(rules.forms[command] ?? {}).length > 0;
}

export const buttonCommands = given.filter((command): command is ButtonCommand => !hasFields(command));
export const formCommands = given.filter((command): command is FormCommand => hasFields(command));

export function fieldsOf(command: FormCommand): Fields {
  const fields = rules.forms[command] ?? {};
  const named = Object.entries(fields);
  // Why supporting departments are not waited for stands apart.
  const words = named.find(([name, { text }]) => text && name !== 'override');
  const choice = named.find(([name, field]) => field.choice && name !== 'audience');
  const needed = ({ isOptional }: { isOptional: boolean }) => (isOptional ? 'optional' : 'required');
  const support = fields['departments'] ?? fields['support'];
  return {
    ...(words?.[1].text && {
      words: { field: words[0], ...words[1].text, isOptional: words[1].isOptional },
    }),
    ...(choice?.[1].choice && { choice: { field: choice[0], of: choice[1].choice } }),
    ...(fields['category'] && { category: needed(fields['category']) }),
    ...(support && { support: needed(support) }),
    photos: 'photos' in fields,
    department: 'department' in fields,
    into: 'into' in fields,
    audience: 'audience' in fields,
    amount: 'amount' in fields,
    settles: 'override' in fields,
    templates: withTemplates.includes(command),
    reasons: command === 'reveal',
  };
}

import type { StaffCommandType } from '../../../shared/domain/commands.ts';

/** What a person fills in for each command; those that are not here are given by one press. */
type Fields = {
  /** The name of its words in the API, and how long they may be. */
  words?: { field: 'reason' | 'text'; least: number; most: number };
  /** Whether the city's sentences for replies are offered. */
  templates?: boolean;
  photos?: boolean;
  department?: boolean;
  category?: 'required' | 'optional';
  into?: boolean;
  audience?: boolean;
  /** Whether sentences of the page are offered as reasons. */
  reasons?: boolean;
};

const reason = { field: 'reason', least: 2, most: 500 } as const;

export const commandForms = {
  resolve: { words: { field: 'text', least: 2, most: 2000 }, templates: true, photos: true },
  note: { words: { field: 'text', least: 1, most: 2000 }, templates: true, photos: true, audience: true },
  transfer: { department: true, words: reason },
  return: { words: reason },
  classify: { category: 'required' },
  assign: { department: true, category: 'optional' },
  merge: { into: true },
  reject: { words: reason, templates: true },
  supervise: { words: { field: 'text', least: 2, most: 500 } },
  reveal: { words: reason, reasons: true },
} as const satisfies Partial<Record<StaffCommandType, Fields>>;

export type FormCommand = keyof typeof commandForms;
export type PressCommand = Exclude<StaffCommandType, FormCommand>;

export function fieldsOf(command: FormCommand): Fields {
  return commandForms[command];
}

/** In the order of how often they are wanted; the first that is allowed is the one that stands out. */
export const pressCommands: PressCommand[] = ['acknowledge', 'start', 'take-alert'];
export const formCommands = Object.keys(commandForms) as FormCommand[];

import type { StaffCommandType } from '../../../shared/records/report/kind.ts';

/** What a person fills in for each command; those that are not here are given by one press. */
type Fields = {
  /** The name of its words in the API, and how long they may be. */
  words?: { field: 'reason' | 'text' | 'request'; least: number; most: number; isOptional?: true };
  /** Whether the city's sentences for replies are offered. */
  templates?: boolean;
  photos?: boolean;
  department?: boolean;
  category?: 'required' | 'optional';
  into?: boolean;
  audience?: boolean;
  /** Whether sentences of the page are offered as reasons. */
  reasons?: boolean;
  /** One of a few. */
  choice?: { field: 'waitingFor' | 'priority' | 'outcome'; of: readonly string[] };
  /** How much more time, in the unit of the promise. */
  amount?: boolean;
  /** Departments that are to help: what the command is about, or sent out along with it. */
  support?: 'required' | 'optional';
  /** Whether it settles the report, whoever has still to answer. */
  settles?: boolean;
};

const reason = { field: 'reason', least: 2, most: 500 } as const;

export const commandForms = {
  resolve: {
    words: { field: 'text', least: 2, most: 2000 },
    templates: true,
    photos: true,
    settles: true,
  },
  'follow-up': {
    choice: { field: 'outcome', of: ['satisfied', 'unreachable', 'reopen'] },
    words: { field: 'text', least: 2, most: 500 },
  },
  note: { words: { field: 'text', least: 1, most: 2000 }, templates: true, photos: true, audience: true },
  suspend: {
    choice: { field: 'waitingFor', of: ['resident', 'other'] },
    words: { field: 'text', least: 2, most: 500 },
  },
  extend: { amount: true, words: reason },
  decline: { words: reason },
  support: { support: 'required', words: { field: 'request', least: 2, most: 500 } },
  transfer: { department: true, words: reason },
  return: { words: reason },
  classify: { category: 'required' },
  assign: { department: true, category: 'optional', support: 'optional' },
  merge: { into: true },
  reject: { words: reason, templates: true },
  prioritise: { choice: { field: 'priority', of: ['urgent', 'high', 'normal'] }, words: reason },
  supervise: { words: { field: 'text', least: 2, most: 500 } },
  close: { words: { ...reason, isOptional: true } },
  reopen: { words: reason },
  reveal: { words: reason, reasons: true },
  'revoke-link': { words: reason },
} as const satisfies Partial<Record<StaffCommandType, Fields>>;

export type FormCommand = keyof typeof commandForms;

export function fieldsOf(command: FormCommand): Fields {
  return commandForms[command];
}

/** In the order of how often they are wanted; the first that is allowed is the one that stands out. */
export const pressCommands = ['acknowledge', 'start', 'resume', 'grant', 'take-alert'] as const;
export type PressCommand = (typeof pressCommands)[number];
export const formCommands = Object.keys(commandForms) as FormCommand[];

import { describe, expect, it } from 'vitest';
import { after } from '../support/reports.ts';
import eventsTable from './commands-in-states.events.json' with { type: 'json' };
import table from './commands-in-states.json' with { type: 'json' };
import { productCommandTypes } from './listed.ts';
import { orders } from './orders.ts';
import { historyOf, outcomeOf, situationNames, type SituationName } from './situations.ts';
import { folded, type ReportEvent } from './subject.ts';

/** Every command, by hand. */
const commands = [
  'acknowledge',
  'apply-policy',
  'assign',
  'blur-photo',
  'classify',
  'close',
  'decline',
  'end-support',
  'erase',
  'extend',
  'fire-timers',
  'follow-up',
  'grant',
  'join',
  'merge',
  'note',
  'open-support',
  'prioritise',
  'rate',
  'record-photos',
  'record-support',
  'reject',
  'renew-link',
  'reopen',
  'resolve',
  'resume',
  'return',
  'reveal',
  'revoke-link',
  'start',
  'submit',
  'supervise',
  'support',
  'suspend',
  'take-alert',
  'transfer',
  'withdraw',
];
/** Every state, by hand, of a report and of a supporting department's part. */
const states = [
  'assigned',
  'closed',
  'in-progress',
  'merged',
  'rejected',
  'resolved',
  'submitted',
  'suspended',
  'triage',
  'withdrawn',
];

/**
 * By command and outcome: the situations with that outcome. An outcome is `nothing` (done already), the types of the
 * added events, or `refused: ` and why. `elsewhere` stands for all other situations.
 */
const outcomes: Record<string, Record<string, string[] | string> | undefined> = table;
type Fields = Record<string, unknown>;
/** By command: the added events, for all situations in which exactly these are added. */
const added: Record<string, { in: string[]; events: { type: string; data: Fields }[] }[] | undefined> =
  eventsTable.added;
/** Shared data of many events, by the name that stands for it there. */
const shared: Record<string, unknown> = eventsTable.shared;

function isShared(value: unknown): value is { shared: string } {
  return typeof value === 'object' && value !== null && 'shared' in value;
}

function inFull(data: Fields): Fields {
  return Object.fromEntries(
    Object.entries(data).map(([field, value]) => [field, isShared(value) ? shared[value.shared] : value]),
  );
}

const inWords = (outcome: ReportEvent[] | string): string => {
  if (typeof outcome === 'string') return `refused: ${outcome}`;
  return outcome.length === 0 ? 'nothing' : outcome.map(({ type }) => type).join(' + ');
};

function expectedOutcomes(name: string): Record<string, string> {
  const row = Object.entries(outcomes[name] ?? {});
  const [elsewhere] = row.find(([, names]) => names === 'elsewhere') ?? ['nowhere'];
  const outcomeIn = (situation: string): string =>
    row.find(([, names]) => Array.isArray(names) && names.includes(situation))?.[0] ?? elsewhere;
  return Object.fromEntries(situationNames.map((situation) => [situation, outcomeIn(situation)]));
}

describe('a command in every state', () => {
  it('has a row for every command, and a situation for every state', () => {
    expect([...productCommandTypes].sort()).toEqual(commands);
    expect([...new Set(orders.map(({ command }) => command.type as string))].sort()).toEqual(commands);
    expect(Object.keys(outcomes)).toEqual(orders.map(({ name }) => name));
    const statesOf = (wanted: (name: SituationName) => boolean): string[] =>
      [
        ...new Set(
          situationNames
            .filter((name) => name !== 'no report' && wanted(name))
            .map((name) => folded(historyOf(name)).state as string),
        ),
      ].sort();
    expect(statesOf((name) => !name.startsWith('part, '))).toEqual(states);
    expect(statesOf((name) => name.startsWith('part, '))).toEqual(states);
  });

  describe.each(orders)('$name', ({ name, command, actor, minutes }) => {
    const results = situationNames.map((situation) => {
      const history = historyOf(situation);
      return { situation, history, outcome: outcomeOf(history, command, actor, minutes) };
    });
    const additions = results.flatMap(({ outcome, ...rest }) =>
      typeof outcome === 'string' || outcome.length === 0 ? [] : [{ ...rest, events: outcome }],
    );

    it('gives the decision in the table', () => {
      const answers = results.map(({ situation, outcome }) => [situation, inWords(outcome)] as const);
      expect(Object.fromEntries(answers)).toEqual(expectedOutcomes(name));
    });

    it('adds events with the data in the table', () => {
      const groups = added[name] ?? [];
      const expected = groups.flatMap((group) =>
        group.in.map((situation) => [
          situation,
          group.events.map(({ type, data }) => ({ type, data: inFull(data) })),
        ]),
      );
      const sorted = (entries: unknown[][]): unknown[][] =>
        entries.toSorted(([a], [b]) => String(a).localeCompare(String(b)));
      const given = additions.map(({ situation, events }) => [
        situation,
        events.map(({ type, data }) => ({ type, data })),
      ]);
      expect(sorted(given)).toStrictEqual(sorted(expected));
    });

    it('adds its events after the history', () => {
      const shown =
        actor.kind === 'staff' ? { kind: 'staff', username: actor.username, role: actor.role } : actor;
      for (const { situation, history, events } of additions) {
        const number = history[0]?.number ?? ('number' in command ? command.number : '');
        const envelopes = events.map(({ type: _type, data: _data, ...envelope }) => envelope);
        const expected = events.map((_event, index) => {
          const sequence = history.length + index + 1;
          return {
            id: `${number}#${sequence}`,
            number,
            sequence,
            occurredAt: after(minutes),
            actor: shown,
          };
        });
        expect(envelopes, situation).toStrictEqual(expected);
      }
    });
  });
});

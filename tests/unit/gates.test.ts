import { describe, expect, it } from 'vitest';
import { decide, gateNames } from '../../shared/kernel/decide.ts';
import type { Context } from '../../shared/kernel/kind.ts';
import { city } from '../support/city.ts';
import { admin, after, resident } from '../support/reports.ts';
import { smallKind, type SmallModel } from '../support/small-kind.ts';

type Situation = { record?: Partial<SmallModel['record']>; context?: Partial<Context> };

/** For each gate: what makes it refuse, and the refusal. `shut` passes all of them otherwise. */
const gates: Record<string, Situation & { answer: string }> = {
  permitted: { context: { actor: admin }, answer: 'not-permitted' },
  done: { record: { isDone: true }, answer: 'nothing' },
  seen: { context: { expectedVersion: 1 }, answer: 'stale-version' },
  state: { record: { state: 'shut' }, answer: 'wrong-state' },
  quota: { record: { storedBytes: 1_000_000 }, answer: 'history-full' },
  part: { record: { parent: { number: 'YT-S261120-000017' } }, answer: 'part-of-another' },
  erased: { record: { erased: { text: after(1) } }, answer: 'data-erased' },
};

function answerIn(...situations: Situation[]): string {
  const record: SmallModel['record'] = {
    number: 'YT-S261120-00002E',
    version: 3,
    touched: 3,
    state: 'open',
    updatedAt: after(0),
    submittedAt: after(0),
    storedBytes: 100,
    photos: [],
    ...Object.assign({}, ...situations.map((each) => each.record)),
  };
  const context: Context = {
    now: after(5),
    actor: resident,
    city,
    ...Object.assign({}, ...situations.map((each) => each.context)),
  };
  const decision = decide(smallKind, record, { type: 'shut', reason: '已处理' }, context);
  if (!decision.ok) return decision.refusal.kind;
  return decision.events.map(({ type }) => type).join() || 'nothing';
}

describe('the gates of a command', () => {
  it('are in this order', () => {
    expect(gateNames).toEqual(['permitted', 'done', 'seen', 'state', 'quota', 'part', 'erased']);
    expect(Object.keys(gates)).toEqual(gateNames);
  });

  it('accept a valid command', () => {
    expect(answerIn()).toBe('shut.v1');
  });

  it.each(Object.entries(gates))('%s answers', (_, gate) => {
    expect(answerIn(gate)).toBe(gate.answer);
  });

  const pairs = Object.entries(gates).flatMap(([name, gate], index, all) =>
    all.slice(index + 1).map(([later, other]) => ({ name, later, gate, other })),
  );
  it.each(pairs)('$name answers before $later', ({ gate, other }) => {
    expect(answerIn(gate, other)).toBe(gate.answer);
  });
});

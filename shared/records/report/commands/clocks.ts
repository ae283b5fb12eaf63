import * as z from 'zod';
import { priorities } from '../../../config/city.ts';
import { clockNames, instantAfter, openPause, termsOf } from '../../../kernel/clocks/sla.ts';
import { refuse } from '../../../kernel/decide.ts';
import { reasonField, textSchema } from '../../../kernel/fields.ts';
import { fireDue, isNothingDue } from '../../../kernel/timers.ts';
import {
  acknowledgeFirst,
  clockOf,
  extensionLeft,
  isSameClock,
  recalculatedClocks,
  resumeFirst,
} from '../clocks.ts';
import { rowKeys, currentPriority } from '../facts.ts';
import { activeStates, everyState, heldStates } from '../state.ts';
import { timers } from '../timers.ts';
import { command } from './rule.ts';

/** Commands on the clocks of a report and their supervision. */
export const clockCommands = {
  supervise: command({
    fields: { text: textSchema(2, 500) },
    by: ['overseer'],
    // Before triage no department is responsible.
    from: ['triage', ...heldStates],
    to: ['same'],
    skipsOverdueCheck: true,
    run: (history, { text }) =>
      history.add('report-supervised.v1', { ...rowKeys(history.state), text }).decision(),
  }),
  'take-alert': command({
    fields: {},
    by: ['overseer'],
    from: everyState,
    to: ['same'],
    skipsOverdueCheck: true,
    isDone: ({ alert }) => alert === undefined,
    isUseful: ({ alert }) => alert !== undefined,
    run: (history) => history.add('alert-taken.v1', rowKeys(history.state)).decision(),
  }),
  suspend: command({
    fields: { waitingFor: z.enum(['resident', 'other']), text: textSchema(2, 500) },
    by: ['holder'],
    from: activeStates,
    to: ['suspended'],
    isDone: ({ suspension }, { text }) => suspension?.text === text,
    run: (history, { waitingFor, text }) => {
      const { state: report, context } = history;
      const { city, now } = context;
      const resumeAt = instantAfter(city, now, city.longestSuspension, report.clocks.resolve?.calendar);
      return acknowledgeFirst(history)
        .add('report-suspended.v1', { ...rowKeys(report), waitingFor, text, resumeAt })
        .decision();
    },
  }),
  resume: command({
    fields: {},
    by: ['holder'],
    from: ['suspended'],
    to: activeStates,
    isDone: ({ state }) => state === 'assigned' || state === 'in-progress',
    run: (history) => resumeFirst(history).decision(),
  }),
  extend: command({
    /** `amount` is in the unit of the target: hours, or working days. */
    fields: { amount: z.int().positive().max(10_000), reason: reasonField },
    by: ['holder'],
    from: activeStates,
    to: ['same'],
    isDone: ({ extension }, { amount, reason }) =>
      extension?.amount === amount && extension.reason === reason,
    run: (history, { amount, reason }) => {
      const { state: report, context } = history;
      const clock = report.clocks.resolve;
      if (!clock || context.now >= clock.dueAt) return refuse({ kind: 'clock-over' });
      const left = extensionLeft(context.city, clock);
      if (amount > left) return refuse({ kind: 'extension-too-long', left });
      return history.add('extension-requested.v1', { ...rowKeys(report), amount, reason }).decision();
    },
  }),
  grant: command({
    fields: {},
    by: ['overseer'],
    from: heldStates,
    to: ['same'],
    isDone: ({ extension }) => extension === undefined,
    isUseful: ({ extension }) => extension !== undefined,
    run: (history) => {
      const { state: report, context } = history;
      const clock = report.clocks.resolve;
      const isOver = !clock || (!openPause(clock) && context.now >= clock.dueAt);
      if (isOver || !report.extension) return refuse({ kind: 'clock-over' });
      const { amount } = report.extension;
      const extensions = [...(clock.extensions ?? []), amount];
      const resolve = clockOf(history, { ...termsOf(clock), extensions });
      return history
        .add('extension-granted.v1', { ...rowKeys(report), amount, clocks: { resolve } })
        .decision();
    },
  }),
  decline: command({
    fields: { reason: reasonField },
    by: ['overseer'],
    from: heldStates,
    to: ['same'],
    isDone: ({ extension }) => extension === undefined,
    isUseful: ({ extension }) => extension !== undefined,
    run: (history, { reason }) =>
      history.add('extension-declined.v1', { ...rowKeys(history.state), reason }).decision(),
  }),
  prioritise: command({
    fields: { priority: z.enum(priorities), reason: reasonField },
    by: ['dispatcher', 'overseer'],
    from: ['triage', ...heldStates],
    to: ['same'],
    isDone: (report, { priority }) => report.priorityIsSet === true && report.priority === priority,
    run: (history, { priority, reason }) => {
      const clocks = recalculatedClocks(history, priority);
      return history
        .add('priority-changed.v1', { ...rowKeys(history.state), priority, reason, clocks })
        .decision();
    },
  }),
  /** Recalculates the clocks by the city's current rules. */
  'apply-policy': command({
    fields: {},
    by: ['administrator'],
    from: everyState,
    to: ['same'],
    // Without running clocks there is nothing to recalculate.
    isDone: ({ endedAt, department }) => endedAt !== undefined || department === undefined,
    run: (history) => {
      const { state: report, context } = history;
      const priority = currentPriority(report, context.city);
      const clocks = recalculatedClocks(history, priority);
      const isSame =
        priority === report.priority &&
        clockNames.every((name) => isSameClock(report.clocks[name], clocks[name]));
      if (isSame) return { ok: true, events: [] };
      return history.add('policy-applied.v1', { ...rowKeys(report), priority, clocks }).decision();
    },
  }),
  'fire-timers': command({
    fields: {},
    by: ['system'],
    from: everyState,
    to: ['same'],
    also: [
      { from: ['submitted'], to: ['triage'] },
      { from: ['suspended'], to: activeStates },
      { from: ['resolved'], to: ['closed'] },
    ],
    ends: true,
    skipsOverdueCheck: true,
    isDone: (report, _, { now }) => isNothingDue({ timers }, report, now),
    run: (history) => fireDue(history).decision(),
  }),
};

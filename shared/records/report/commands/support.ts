import * as z from 'zod';
import { idField, textSchema } from '../../../kernel/fields.ts';
import { refuse } from '../../../kernel/decide.ts';
import type { Clock } from '../../../kernel/clocks/sla.ts';
import { retention } from '../assignment.ts';
import { unknownDepartment, knownRowKeys } from '../facts.ts';
import { joinableStates, joined } from '../joining.ts';
import { everyState, heldStates, openStates } from '../state.ts';
import { cancelSupport, isAsked, recordSupportUpdate, requestSupport } from '../support.ts';
import { command } from './rule.ts';

/** Commands for several departments on one report, and for reports merged into one. */
export const supportCommands = {
  support: command({
    fields: {
      departments: z.array(idField).min(1).max(10).readonly(),
      request: textSchema(2, 500),
    },
    by: ['holder', 'overseer'],
    from: heldStates,
    to: ['same'],
    notOnPart: true,
    isDone: (report, { departments }) => departments.every((department) => isAsked(report, department)),
    run: (history, { departments, request }) => {
      const refusal = unknownDepartment(history.context.city, departments);
      return refusal ? refuse(refusal) : requestSupport(history, { departments, request }).decision();
    },
  }),
  /** Records the state of a part in its parent. */
  'record-support': command({
    fields: {
      part: z.string(),
      partVersion: z.int(),
      department: z.string(),
      state: z.enum(['asked', 'acknowledged', 'resolved', 'ended']),
      text: z.string(),
    },
    by: ['system'],
    from: everyState,
    to: ['same'],
    ends: true,
    skipsOverdueCheck: true,
    isDone: ({ support }, { part: number, partVersion }) => {
      const part = support.find((each) => each.number === number);
      return !part || part.state === 'cancelled' || partVersion <= part.version;
    },
    run: (history, update) => recordSupportUpdate(history, update).decision(),
  }),
  /** Ends a part that is no longer needed. */
  'end-support': command({
    fields: { reason: z.string() },
    by: ['system'],
    from: openStates,
    to: ['withdrawn'],
    ends: true,
    isDone: ({ endedAt }) => endedAt !== undefined,
    run: (history, { reason }) =>
      cancelSupport(history, reason)
        .add('report-withdrawn.v1', { ...knownRowKeys(history.state), reason, eraseAt: retention(history) })
        .decision(),
  }),
  merge: command({
    fields: { into: idField },
    by: ['dispatcher', 'overseer', 'system'],
    from: openStates,
    to: ['merged'],
    ends: true,
    notOnPart: true,
    isDone: ({ mergedInto }, { into }) => mergedInto === into,
    run: (history, { into }) => {
      if (into === history.number) return refuse({ kind: 'merge-with-itself' });
      return cancelSupport(history, `已并入 Merged into ${into}`)
        .add('report-merged.v1', { ...knownRowKeys(history.state), into, eraseAt: retention(history) })
        .decision();
    },
  }),
  /** Joins the report `number`, with those merged into it before, to this one. */
  join: command({
    fields: {
      number: z.string(),
      followers: z.array(z.string()).readonly(),
      clock: z.custom<Clock>().optional(),
    },
    by: ['system'],
    from: joinableStates,
    to: ['same'],
    skipsOverdueCheck: true,
    notOnPart: true,
    isDone: ({ duplicates }, { number, followers }) =>
      [number, ...followers].every((each) => duplicates.includes(each)),
    run: (history, joining) =>
      joining.number === history.number
        ? refuse({ kind: 'merge-with-itself' })
        : joined(history, joining).decision(),
  }),
};

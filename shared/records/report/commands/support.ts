import * as z from 'zod';
import { idField, textSchema } from '../../../kernel/fields.ts';
import { refuse } from '../../../kernel/decide.ts';
import type { Clock } from '../../../kernel/clocks/sla.ts';
import { retentionOf } from '../assignment.ts';
import { unknownDepartment, knownRowKeys } from '../facts.ts';
import { joinableStates, joined } from '../joining.ts';
import { everyState, heldStates, openStates } from '../state.ts';
import { cancelSupport, isAsked, recordSupportUpdate, requestSupport } from '../support.ts';
import { command } from './rule.ts';

/** Work of several departments on one report, and of one department on several. */
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
  /** What became of a part, told to the report that it answers to. */
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
  /** The part is not needed any more. */
  'end-support': command({
    fields: { reason: z.string() },
    by: ['system'],
    from: openStates,
    to: ['withdrawn'],
    ends: true,
    isDone: ({ endedAt }) => endedAt !== undefined,
    run: (history, { reason }) =>
      cancelSupport(history, reason)
        .add('report-withdrawn.v1', {
          ...knownRowKeys(history.state),
          reason,
          eraseAt: retentionOf(history),
        })
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
        .add('report-merged.v1', {
          ...knownRowKeys(history.state),
          into,
          eraseAt: retentionOf(history),
        })
        .decision();
    },
  }),
  /** The report `number`, with those that had been merged into it, was found to repeat this one. */
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

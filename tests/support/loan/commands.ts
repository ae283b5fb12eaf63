import * as z from 'zod';
import { commonEvents, photoSchema } from '../../../events/common.ts';
import { refuse } from '../../../shared/kernel/decide.ts';
import { erasable } from '../../../shared/kernel/erasure.ts';
import { idField, reasonField, textSchema } from '../../../shared/kernel/fields.ts';
import { commandRule, openingRule, type CommandIn } from '../../../shared/kernel/kind.ts';
import { numberDate } from '../../../shared/kernel/number.ts';
import { chosenNumber } from '../../../shared/kernel/numbering.ts';
import { isRecorded, newPhotos } from '../../../shared/kernel/photos.ts';
import { fireDue, isNothingDue } from '../../../shared/kernel/timers.ts';
import { loanStates, type LoanModel, type LoanState } from './model.ts';
import { rowKeys, daysAfter, erased, retention, timers } from './timers.ts';

const command = commandRule<LoanModel>();
const everyState = Object.keys(loanStates) as LoanState[];
const out = ['lent', 'over-due'] as const;
/** The longest loan. */
export const mostDays = 60;

/** The rules of all commands on a loan. */
export const loanCommands = {
  ask: openingRule<LoanModel>()({
    opens: true,
    fields: {
      number: z.string(),
      tool: idField,
      days: z.int().min(1).max(mostDays),
      reason: textSchema(2, 200),
      area: idField,
      path: z.array(z.string()).min(1),
      department: idField,
      locale: z.enum(['zh', 'en']),
      behind: z.string().optional(),
    },
    by: ['resident', 'any-staff'],
    accessScope: ({ department, path }) => ({ department, path }),
    run: (history, { number: _, behind, ...asked }) => {
      const { department } = asked;
      if (!history.context.city.departments.some(({ id }) => id === department))
        return refuse({ kind: 'unknown-department', department });
      return history.add('loan-asked.v2', { ...asked, ...(behind !== undefined && { behind }) }).decision();
    },
  }),
  /** Another loan waits for the return of the tool. */
  wait: command({
    fields: { number: z.string() },
    by: ['system'],
    from: ['asked', ...out],
    to: ['same'],
    // No effect on a loan that has ended.
    isDone: ({ waiters, endedAt }, { number }) => endedAt !== undefined || waiters.includes(number),
    run: (history, { number }) => history.add('waiter-joined.v1', { number }).decision(),
  }),
  lend: command({
    fields: { handover: textSchema(2, 200).optional() },
    by: ['holder'],
    from: ['asked'],
    to: ['lent'],
    isDone: ({ state }) => state === 'lent',
    run: (history, { handover }) => {
      const { state: loan, context } = history;
      const dueAt = daysAfter(context.now, loan.days);
      return history
        .add('loan-lent.v1', { ...rowKeys(loan), dueAt, ...(handover !== undefined && { handover }) })
        .decision();
    },
  }),
  decline: command({
    fields: { reason: reasonField },
    by: ['holder', 'overseer'],
    from: ['asked'],
    to: ['declined'],
    ends: true,
    run: (history, { reason }) =>
      history
        .add('loan-declined.v1', { ...rowKeys(history.state), reason, eraseAt: retention(history) })
        .decision(),
  }),
  cancel: command({
    fields: {},
    by: ['resident'],
    from: ['asked'],
    to: ['cancelled'],
    ends: true,
    isDone: ({ state }) => state === 'cancelled',
    run: (history) =>
      history.add('loan-cancelled.v1', { ...rowKeys(history.state), eraseAt: retention(history) }).decision(),
  }),
  extend: command({
    fields: { days: z.int().min(1).max(mostDays) },
    by: ['overseer'],
    from: out,
    to: ['lent'],
    run: (history, { days }) => {
      const { state: loan, context } = history;
      const dueAt = daysAfter(loan.dueAt ?? context.now, days);
      const last = daysAfter(context.now, mostDays);
      if (dueAt > last) {
        const left = Math.floor((Date.parse(last) - Date.parse(loan.dueAt ?? context.now)) / 86_400_000);
        return refuse({ kind: 'extension-too-long', left });
      }
      return history.add('loan-extended.v1', { ...rowKeys(loan), dueAt }).decision();
    },
  }),
  'take-back': command({
    fields: {
      damage: textSchema(2, 200).optional(),
      photos: z.array(photoSchema).max(9).readonly().default([]),
    },
    by: ['holder'],
    from: out,
    to: ['returned'],
    ends: true,
    isDone: ({ state }) => state === 'returned',
    run: (history, { damage, photos }) => {
      const { state: loan, context } = history;
      const { numberPrefix: prefix, timeZone } = context.city;
      // Derived from the loan's number, so that repeated decisions use the same report number.
      const date = numberDate(context.now, timeZone);
      const report = chosenNumber({ prefix, letter: '' }, { keyHash: history.number, date }, 0);
      return history
        .add('loan-returned.v1', {
          ...rowKeys(loan),
          late: loan.dueAt !== undefined && context.now > loan.dueAt,
          photos: newPhotos(loan.photos, photos),
          ...(damage !== undefined && { damage, report }),
          eraseAt: retention(history),
        })
        .decision();
    },
  }),
  /** An internal note. */
  note: command({
    fields: { text: textSchema(2, 200) },
    by: ['holder', 'area-worker', 'overseer'],
    from: everyState,
    to: ['same'],
    needs: 'text',
    run: (history, { text }) => history.add('loan-noted.v1', { text }).decision(),
  }),
  /** A message was stored as a related item with this name. */
  message: command({
    fields: { name: z.string() },
    by: ['system'],
    from: everyState,
    to: ['same'],
    needs: 'text',
    isDone: ({ messages }, { name }) => messages.includes(name),
    run: (history, { name }) => history.add('loan-messaged.v1', { name }).decision(),
  }),
  /** The report about the damage exists. */
  'record-damage': command({
    fields: { report: z.string() },
    by: ['system'],
    from: ['returned'],
    to: ['same'],
    ends: true,
    isDone: ({ damage }) => damage?.isReported === true,
    run: (history, { report }) => history.add('damage-reported.v1', { report }).decision(),
  }),
  'renew-link': command({
    fields: {},
    by: ['resident'],
    from: everyState,
    to: ['same'],
    run: (history) => history.add('link-renewed.v1', {}).decision(),
  }),
  'record-photos': command({
    fields: commonEvents['photos-processed.v1'].shape,
    by: ['system'],
    from: everyState,
    to: ['same'],
    ends: true,
    isDone: (loan, { photos }) => photos.every((outcome) => isRecorded(loan.photos, outcome)),
    run: (history, { photos }) => history.add('photos-processed.v1', { photos }).decision(),
  }),
  erase: command({
    fields: {},
    by: ['administrator', 'resident', 'system'],
    from: everyState,
    to: ['same'],
    ends: true,
    isDone: (loan) => erasable(loan).length === 0,
    isUseful: (loan) => erasable(loan).length > 0,
    run: (history) => erased(history, erasable(history.state), 'request').decision(),
  }),
  'fire-timers': command({
    fields: {},
    by: ['system'],
    from: everyState,
    to: ['same'],
    also: [
      { from: ['asked'], to: ['cancelled'] },
      { from: ['lent'], to: ['over-due'] },
    ],
    ends: true,
    isDone: (loan, _, { now }) => isNothingDue({ timers }, loan, now),
    run: (history) => fireDue(history).decision(),
  }),
} as const;

export type LoanCommand = CommandIn<typeof loanCommands>;

import * as z from 'zod';
import { commonEvents, photoSchema } from '../../../events/common.ts';
import { id, instant, text, type EventOf, type EventType } from '../../../events/envelope.ts';

/** The events of a loan: a resident borrows a tool from a department. */

/** The department and area whose figures count an event. */
const about = { department: id, area: id };
const eraseAt = z.object({ contact: instant, text: instant, photos: instant });

export const loanEvents = {
  'photos-processed.v1': commonEvents['photos-processed.v1'],
  'personal-data-erased.v1': commonEvents['personal-data-erased.v1'],
  /** The first version counted weeks: see `upcasts`. */
  'loan-asked.v2': z.object({
    ...about,
    tool: id,
    days: z.number().int().positive(),
    reason: text,
    path: z.array(id).min(1),
    locale: z.enum(['zh', 'en']),
    /** The earlier loan of the same tool. */
    behind: id.optional(),
  }),
  'waiter-joined.v1': z.object({ number: id }),
  'loan-lent.v1': z.object({ ...about, dueAt: instant, handover: text.optional() }),
  'loan-extended.v1': z.object({ ...about, dueAt: instant }),
  'loan-overdue.v1': z.object({ ...about, dueAt: instant }),
  'loan-returned.v1': z.object({
    ...about,
    late: z.boolean(),
    photos: z.array(photoSchema),
    damage: text.optional(),
    /** The number of the report that is opened about the damage. */
    report: id.optional(),
    eraseAt,
  }),
  'loan-declined.v1': z.object({ ...about, reason: text, eraseAt }),
  'loan-cancelled.v1': z.object({ ...about, eraseAt }),
  /** Visible to staff only. */
  'loan-noted.v1': z.object({ text }),
  /** The text is a related item of the loan with this name. */
  'loan-messaged.v1': z.object({ name: id }),
  'damage-reported.v1': z.object({ report: id }),
  'link-renewed.v1': z.object({}),
} as const;

export type LoanContracts = typeof loanEvents;
export type LoanEventType = EventType<LoanContracts>;
export type LoanEvent<T extends LoanEventType = LoanEventType> = EventOf<LoanContracts, T>;

import * as z from 'zod';
import { locationSchema, regionSchema } from '../../../events/report.ts';
import { priorities, type Priority } from '../../config/city.ts';
import type { Clock } from '../../kernel/clocks/sla.ts';

/** Everything that can be asked of a report. Nothing changes a report but one of these. */

/**
 * Words of a person, kept exactly as they came: any script, emoji and direction. Blank text says nothing.
 * Lone surrogates and U+FFFE/U+FFFF are not text, and no queue would carry them.
 */
export const textSchema = (least: number, most: number): z.ZodString =>
  z
    .string()
    .max(most)
    .refine((value) => value.isWellFormed() && !/[\0\uFFFE\uFFFF]/.test(value), { error: 'not-text' })
    .refine((value) => value.trim().length >= least && /[\p{L}\p{N}\p{P}\p{S}]/u.test(value), {
      error: 'blank-or-short',
      params: { minimum: least },
    });
export const descriptionSchema = textSchema(2, 2000);
const reason = textSchema(2, 500);
const photoSchema = z.object({ id: z.string(), contentType: z.string(), size: z.number().int().positive() });
const id = z.string().min(1).max(60);

/** Commands whose fields a person fills in; the HTTP bodies are built from the same schemas. */
export const commandFields = {
  acknowledge: {},
  start: {},
  return: { reason },
  transfer: { department: id, reason },
  suspend: { waitingFor: z.enum(['resident', 'other']), text: textSchema(2, 500) },
  resume: {},
  /** `amount` is in the unit of the promise: hours, or working days. */
  extend: { amount: z.int().positive().max(10_000), reason },
  grant: {},
  decline: { reason },
  prioritise: { priority: z.enum(priorities), reason },
  'apply-policy': {},
  support: { departments: z.array(id).min(1).max(10).readonly(), request: textSchema(2, 500) },
  resolve: {
    text: textSchema(2, 2000),
    photos: z.array(photoSchema).max(9).readonly().default([]),
    /** Why supporting departments are not waited for. */
    override: reason.optional(),
  },
  classify: { category: id },
  assign: {
    department: id,
    category: id.optional(),
    /** Departments that are sent out at the same time, and what is asked of them. */
    support: z
      .object({ departments: z.array(id).min(1).max(10).readonly(), request: textSchema(2, 500) })
      .optional(),
  },
  reject: { reason },
  merge: { into: id },
  note: {
    text: textSchema(1, 2000),
    photos: z.array(photoSchema).max(9).readonly().default([]),
    audience: z.enum(['everyone', 'staff']).default('everyone'),
  },
  reveal: { reason },
  'revoke-link': { reason },
  'blur-photo': {
    photo: id,
    regions: z
      .array(
        z
          .strictObject(regionSchema.shape)
          .refine((region) => region.x + region.width <= 1.001 && region.y + region.height <= 1.001, {
            error: 'outside-photo',
          }),
      )
      .min(1)
      .max(30)
      .readonly(),
  },
  /** What is personal in an ended report; of an open one the contact now, and the rest at its end. */
  erase: {},
  supervise: { text: textSchema(2, 500) },
  'take-alert': {},
  'renew-link': {},
  withdraw: { reason: reason.optional() },
  rate: { score: z.int().min(1).max(5), comment: textSchema(1, 500).optional() },
  reopen: { reason },
  close: { reason: reason.optional() },
  'follow-up': { outcome: z.enum(['satisfied', 'unreachable', 'reopen']), text: textSchema(2, 500) },
} as const;

type Shapes = typeof commandFields;
type PersonCommand = {
  [K in keyof Shapes]: { type: K } & (keyof Shapes[K] extends never
    ? unknown
    : z.infer<z.ZodObject<Shapes[K]>>);
}[keyof Shapes];

type SystemCommand =
  | {
      type: 'submit';
      number: string;
      description: string;
      location: z.infer<typeof locationSchema>;
      category?: string | undefined;
      photos: z.infer<typeof photoSchema>[];
      locale: 'zh' | 'en';
      source: 'resident' | 'staff';
    }
  | {
      /** What the classifier made of the words; a person's `classify` names a category alone. */
      type: 'classify';
      category: string;
      confidence: number;
      by: 'resident' | 'classifier';
      alternatives: { category: string; confidence: number }[];
    }
  | {
      type: 'record-photos';
      photos: {
        id: string;
        status: 'ready' | 'unreadable';
        width?: number;
        height?: number;
        blurred?: number;
      }[];
    }
  /** The report `number`, with those that had been merged into it, was found to repeat this one. */
  | { type: 'join'; number: string; followers: readonly string[]; clock?: Clock | undefined }
  | {
      /** Opens a supporting department's part of a report. */
      type: 'open-support';
      number: string;
      parent: { number: string; request: string };
      department: string;
      description: string;
      location: z.infer<typeof locationSchema>;
      category: string;
      priority: Priority;
      locale: 'zh' | 'en';
    }
  /** What became of a part, told to the report that it answers to. */
  | {
      type: 'record-support';
      part: string;
      partVersion: number;
      department: string;
      state: 'asked' | 'acknowledged' | 'resolved' | 'ended';
      text: string;
    }
  /** The part is not needed any more. */
  | { type: 'end-support'; reason: string }
  | { type: 'fire-timers' };

export type Command = PersonCommand | SystemCommand;
export type CommandType = Command['type'];

export const residentCommands = [
  'note',
  'withdraw',
  'rate',
  'reopen',
  'renew-link',
  'erase',
] as const satisfies CommandType[];
export const staffCommands = [
  'acknowledge',
  'start',
  'return',
  'transfer',
  'resolve',
  'classify',
  'assign',
  'reject',
  'merge',
  'note',
  'reveal',
  'revoke-link',
  'supervise',
  'take-alert',
  'suspend',
  'resume',
  'extend',
  'grant',
  'decline',
  'prioritise',
  'support',
  'reopen',
  'close',
  'follow-up',
  'apply-policy',
  'blur-photo',
  'erase',
] as const satisfies CommandType[];
export type StaffCommandType = (typeof staffCommands)[number];

import { allInvolved, audiences, partyAndStaff, staffOnly } from '../../../shared/kernel/audiences.ts';
import { noText, redactText } from '../../../shared/kernel/erasure.ts';
import type { EventRules } from '../../../shared/kernel/kind.ts';
import { attached, withOutcomes } from '../../../shared/kernel/photos.ts';
import type { LoanModel } from './model.ts';

/** The rules of each event of a loan. */
export const loanEventRules: EventRules<LoanModel> = {
  'loan-asked.v2': {
    visibleTo: audiences,
    textVisibleTo: partyAndStaff,
    background: false,
    redact: redactText('reason'),
    open: ({ number, sequence, occurredAt, data: { path, behind, ...data } }) => ({
      ...data,
      number,
      version: sequence,
      touched: sequence,
      state: 'asked',
      updatedAt: occurredAt,
      submittedAt: occurredAt,
      photos: [],
      path,
      waiters: [],
      messages: [],
      ...(behind !== undefined && { behind }),
    }),
  },
  'waiter-joined.v1': {
    visibleTo: staffOnly,
    background: true,
    redact: noText,
    evolve: (loan, { data: { number } }) => ({ ...loan, waiters: [...loan.waiters, number] }),
  },
  'loan-lent.v1': {
    visibleTo: audiences,
    textVisibleTo: partyAndStaff,
    background: false,
    redact: redactText('handover'),
    evolve: (loan, { data: { dueAt } }) => ({ ...loan, state: 'lent', dueAt }),
  },
  'loan-extended.v1': {
    visibleTo: allInvolved,
    background: false,
    redact: noText,
    evolve: (loan, { data: { dueAt } }) => ({ ...loan, state: 'lent', dueAt }),
  },
  'loan-overdue.v1': {
    visibleTo: allInvolved,
    background: true,
    redact: noText,
    evolve: (loan) => ({ ...loan, state: 'over-due' }),
  },
  'loan-returned.v1': {
    visibleTo: allInvolved,
    textVisibleTo: partyAndStaff,
    background: false,
    redact: redactText('damage'),
    photos: ({ photos }) => photos.map(({ id }) => id),
    evolve: (loan, { data: { eraseAt, damage, report, photos }, occurredAt }) => ({
      ...loan,
      state: 'returned',
      endedAt: occurredAt,
      eraseAt,
      photos: [...loan.photos, ...attached(photos, 'result')],
      ...(damage !== undefined &&
        report !== undefined && { damage: { text: damage, report, isReported: false } }),
    }),
  },
  'loan-declined.v1': {
    visibleTo: allInvolved,
    textVisibleTo: partyAndStaff,
    background: false,
    redact: redactText('reason'),
    evolve: (loan, { data: { eraseAt }, occurredAt }) => ({
      ...loan,
      state: 'declined',
      endedAt: occurredAt,
      eraseAt,
    }),
  },
  'loan-cancelled.v1': {
    visibleTo: allInvolved,
    background: false,
    redact: noText,
    evolve: (loan, { data: { eraseAt }, occurredAt }) => ({
      ...loan,
      state: 'cancelled',
      endedAt: occurredAt,
      eraseAt,
    }),
  },
  'loan-noted.v1': {
    visibleTo: staffOnly,
    textVisibleTo: staffOnly,
    background: true,
    redact: redactText('text'),
    evolve: (loan) => loan,
  },
  'loan-messaged.v1': {
    visibleTo: partyAndStaff,
    background: true,
    redact: noText,
    evolve: (loan, { data: { name } }) => ({ ...loan, messages: [...loan.messages, name] }),
  },
  'damage-reported.v1': {
    visibleTo: partyAndStaff,
    background: true,
    redact: noText,
    evolve: (loan) => ({ ...loan, ...(loan.damage && { damage: { ...loan.damage, isReported: true } }) }),
  },
  'link-renewed.v1': {
    visibleTo: partyAndStaff,
    background: true,
    redact: noText,
    evolve: (loan) => loan,
  },
  'photos-processed.v1': {
    visibleTo: partyAndStaff,
    background: true,
    redact: noText,
    evolve: (loan, { data }) => ({ ...loan, photos: withOutcomes(loan.photos, data.photos) }),
  },
  'personal-data-erased.v1': {
    visibleTo: partyAndStaff,
    background: false,
    redact: noText,
    photos: ({ photos }) => photos,
    evolve: (loan, { data: { parts, cause }, occurredAt }) => ({
      ...loan,
      erased: { ...loan.erased, ...Object.fromEntries(parts.map((part) => [part, occurredAt])) },
      ...(parts.includes('photos') && { photos: [] }),
      ...(cause === 'request' && { erasureAsked: true }),
    }),
  },
};

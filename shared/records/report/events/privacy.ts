import { allInvolved, partyAndStaff, staffOnly } from '../../../kernel/audiences.ts';
import { noText, redactText } from '../../../kernel/erasure.ts';
import type { EventRules } from '../../../kernel/kind.ts';
import { withoutFollowUp } from '../alert-state.ts';
import type { ReportModel } from '../model.ts';

/** Events about the tracking link, the contact details and the personal data of a report. */
export const privacyEvents = {
  'contact-revealed.v1': {
    visibleTo: staffOnly,
    textVisibleTo: staffOnly,
    background: true,
    // A record of processing of personal data has to be kept (PIPL Art. 55, 56).
    redact: noText,
    evolve: (report) => report,
  },
  'link-renewed.v1': {
    visibleTo: allInvolved,
    background: true,
    redact: noText,
    evolve: (report) => report,
  },
  'link-revoked.v1': {
    visibleTo: allInvolved,
    textVisibleTo: partyAndStaff,
    background: true,
    redact: redactText('reason'),
    evolve: (report) => report,
  },
  'personal-data-erased.v1': {
    visibleTo: allInvolved,
    background: false,
    redact: noText,
    photos: ({ photos }) => photos,
    evolve: (report, { data: { parts, cause }, occurredAt }) => ({
      // No phone number, so no follow-up call.
      ...(parts.includes('contact') ? withoutFollowUp(report) : report),
      erased: { ...report.erased, ...Object.fromEntries(parts.map((part) => [part, occurredAt])) },
      ...(parts.includes('photos') && { photos: [] }),
      ...(cause === 'request' && { erasureAsked: true }),
    }),
  },
} satisfies Partial<EventRules<ReportModel>>;

import { allInvolved, partyAndStaff, staffOnly } from '../../../kernel/audiences.ts';
import { noText, redactText } from '../../../kernel/erasure.ts';
import type { EventRules } from '../../../kernel/kind.ts';
import { attached, withBlur, withOutcomes } from '../../../kernel/photos.ts';
import { stoppedClocks } from '../clock-state.ts';
import type { ReportModel } from '../model.ts';
import { withoutWaiting } from '../alert-state.ts';

/** Events of the department that works on a report. */
export const workEvents = {
  'assignment-acknowledged.v1': {
    visibleTo: allInvolved,
    background: false,
    redact: noText,
    evolve: (report, { occurredAt }) => ({
      ...report,
      acknowledgedAt: occurredAt,
      clocks: stoppedClocks(report.clocks, occurredAt, ['acknowledge']),
    }),
  },
  'work-started.v1': {
    visibleTo: allInvolved,
    background: false,
    redact: noText,
    evolve: (report, { occurredAt }) => ({ ...report, state: 'in-progress', startedAt: occurredAt }),
  },
  'note-added.v1': {
    visibleTo: ({ data: { audience }, actor }) => {
      if (audience === 'staff') return staffOnly;
      return actor.kind === 'resident' ? partyAndStaff : allInvolved;
    },
    textVisibleTo: ({ data: { audience }, actor }) => {
      if (audience === 'staff') return staffOnly;
      return actor.kind === 'resident' ? partyAndStaff : allInvolved;
    },
    background: false,
    redact: redactText('text'),
    photos: ({ photos }) => photos.map(({ id }) => id),
    evolve: (report, { data: { audience, photos } }) => ({
      ...report,
      photos: [...report.photos, ...attached(photos, audience === 'staff' ? 'staff-note' : 'note')],
    }),
  },
  'photos-processed.v1': {
    visibleTo: ({ data: { photos } }) =>
      photos.every(({ status }) => status === 'ready') ? staffOnly : allInvolved,
    background: true,
    redact: noText,
    evolve: (report, { data }) => ({ ...report, photos: withOutcomes(report.photos, data.photos) }),
  },
  'photo-blurred.v1': {
    visibleTo: staffOnly,
    background: true,
    redact: noText,
    photos: ({ photo }) => [photo],
    evolve: (report, { data, sequence }) => ({
      ...report,
      photos: withBlur(report.photos, data, sequence),
    }),
  },
  'report-resolved.v1': {
    visibleTo: allInvolved,
    textVisibleTo: allInvolved,
    background: false,
    redact: redactText('text', 'override'),
    photos: ({ photos }) => photos.map(({ id }) => id),
    evolve: (report, { data: { text, department, photos, closeAt, eraseAt }, occurredAt: at }) => ({
      ...withoutWaiting(report),
      state: 'resolved',
      resolution: { text, at, department },
      photos: [...report.photos, ...attached(photos, 'result')],
      clocks: stoppedClocks(report.clocks, at),
      endedAt: at,
      ...(closeAt !== undefined && { closeAt }),
      ...(eraseAt && { eraseAt }),
    }),
  },
} satisfies Partial<EventRules<ReportModel>>;

import { allInvolved, partyAndStaff, staffOnly } from '../../../kernel/audiences.ts';
import { noText, redactText } from '../../../kernel/erasure.ts';
import type { EventRules } from '../../../kernel/kind.ts';
import { withAlert, withoutAlert, withoutFollowUp, withoutWaiting } from '../alert-state.ts';
import { stoppedClocks } from '../clock-state.ts';
import type { Rating, Report, ReportModel } from '../model.ts';
import type { State } from '../state.ts';

function ended(
  report: Report,
  state: State,
  at: string,
  { reason, eraseAt }: { reason?: string | undefined; eraseAt?: Report['eraseAt'] | undefined },
): Report {
  return {
    ...withoutWaiting(report),
    state,
    clocks: stoppedClocks(report.clocks, at),
    endedAt: at,
    ...(reason !== undefined && { endReason: reason }),
    ...(eraseAt && { eraseAt }),
  };
}

/** Events that end a report, rate it, and reopen it. */
export const endingEvents = {
  'report-rated.v1': {
    visibleTo: allInvolved,
    textVisibleTo: partyAndStaff,
    background: false,
    redact: redactText('comment'),
    evolve: (report, { data, occurredAt: at }) => {
      const { score, comment, round, changeableUntil, followUp } = data;
      const rating: Rating = {
        score,
        at,
        round,
        ...(comment !== undefined && { comment }),
        ...(changeableUntil !== undefined && { changeableUntil }),
      };
      const rated: Report = { ...withoutFollowUp(report), state: 'closed', rating };
      return followUp === true
        ? withAlert({ ...rated, followUp: { score, at } }, { kind: 'follow-up', at })
        : rated;
    },
  },
  'follow-up-recorded.v1': {
    visibleTo: staffOnly,
    textVisibleTo: staffOnly,
    background: false,
    redact: redactText('text'),
    evolve: (report) => withoutFollowUp(report),
  },
  'report-closed.v1': {
    visibleTo: allInvolved,
    textVisibleTo: partyAndStaff,
    background: false,
    redact: redactText('reason'),
    evolve: (report) => ({ ...withoutFollowUp(report), state: 'closed' }),
  },
  'report-reopened.v1': {
    visibleTo: allInvolved,
    textVisibleTo: partyAndStaff,
    background: false,
    redact: redactText('reason'),
    evolve: (report, { data }) => {
      const { endedAt: _ended, closeAt: _close, eraseAt: _erase, ...open } = withoutFollowUp(report);
      return { ...withoutAlert(open), round: data.round };
    },
  },
  'report-withdrawn.v1': {
    visibleTo: allInvolved,
    textVisibleTo: partyAndStaff,
    background: false,
    redact: redactText('reason'),
    evolve: (report, { data, occurredAt }) => ended(report, 'withdrawn', occurredAt, data),
  },
  'report-rejected.v1': {
    visibleTo: allInvolved,
    textVisibleTo: allInvolved,
    background: false,
    redact: redactText('reason'),
    evolve: (report, { data, occurredAt }) => ended(report, 'rejected', occurredAt, data),
  },
  'report-merged.v1': {
    visibleTo: allInvolved,
    background: false,
    redact: noText,
    evolve: (report, { data: { into, eraseAt }, occurredAt }) => ({
      ...ended(report, 'merged', occurredAt, { eraseAt }),
      mergedInto: into,
    }),
  },
} satisfies Partial<EventRules<ReportModel>>;

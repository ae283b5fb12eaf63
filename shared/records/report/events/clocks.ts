import { allInvolved, partyAndStaff, staffOnly } from '../../../kernel/audiences.ts';
import { noText, redactText } from '../../../kernel/erasure.ts';
import type { EventRules } from '../../../kernel/kind.ts';
import { withAlert, withRecalculatedAlert, withoutAlert, withoutExtension } from '../alert-state.ts';
import { markedClocks, movedClocks, pausedClocks } from '../clock-state.ts';
import type { ReportModel } from '../model.ts';

/** Events of the clocks of a report. */
export const clockEvents = {
  'report-suspended.v1': {
    visibleTo: allInvolved,
    textVisibleTo: allInvolved,
    background: false,
    redact: redactText('text'),
    evolve: (report, { data: { waitingFor, text, resumeAt }, occurredAt: at }) => ({
      ...report,
      state: 'suspended',
      suspension: { waitingFor, text, at, resumeAt },
      clocks: pausedClocks(report.clocks, at),
    }),
  },
  'report-resumed.v1': {
    visibleTo: allInvolved,
    background: false,
    redact: noText,
    evolve: ({ suspension: _suspension, ...report }, { data }) => ({
      ...report,
      state: report.startedAt === undefined ? 'assigned' : 'in-progress',
      clocks: movedClocks(report.clocks, data.clocks),
    }),
  },
  'extension-requested.v1': {
    visibleTo: staffOnly,
    textVisibleTo: staffOnly,
    background: false,
    redact: redactText('reason'),
    evolve: (report, { data: { amount, reason }, occurredAt: at }) =>
      withAlert(
        { ...report, extension: { amount, reason, at } },
        { kind: 'extension', clock: 'resolve', at },
      ),
  },
  'extension-granted.v1': {
    visibleTo: allInvolved,
    background: false,
    redact: noText,
    evolve: (report, { data }) => ({
      ...withoutExtension(report),
      clocks: movedClocks(report.clocks, data.clocks),
    }),
  },
  'extension-declined.v1': {
    visibleTo: staffOnly,
    textVisibleTo: staffOnly,
    background: false,
    redact: redactText('reason'),
    evolve: (report) => withoutExtension(report),
  },
  'priority-changed.v1': {
    visibleTo: allInvolved,
    textVisibleTo: staffOnly,
    background: false,
    redact: redactText('reason'),
    evolve: (report, { data: { priority, clocks }, occurredAt }) =>
      withRecalculatedAlert(
        { ...report, priority, priorityIsSet: true, clocks: movedClocks(report.clocks, clocks) },
        occurredAt,
      ),
  },
  'policy-applied.v1': {
    visibleTo: staffOnly,
    background: false,
    redact: noText,
    evolve: (report, { data: { priority, clocks }, occurredAt }) =>
      withRecalculatedAlert({ ...report, priority, clocks: movedClocks(report.clocks, clocks) }, occurredAt),
  },
  'clock-warned.v1': {
    visibleTo: staffOnly,
    background: true,
    redact: noText,
    evolve: (report, { data: { clock }, occurredAt: at }) =>
      withAlert(
        { ...report, clocks: markedClocks(report.clocks, clock, { warnedAt: at }) },
        { kind: 'warning', clock, at },
      ),
  },
  'clock-breached.v1': {
    visibleTo: allInvolved,
    background: true,
    redact: noText,
    evolve: (report, { data: { clock, remindAt }, occurredAt: at }) => {
      // The area that it was escalated to stays responsible when the other clock breaches too.
      const area = report.alert?.kind === 'breach' ? report.alert.area : undefined;
      return withAlert(
        { ...report, clocks: markedClocks(report.clocks, clock, { breachedAt: at }) },
        {
          kind: 'breach',
          clock,
          at,
          ...(area !== undefined && { area }),
          ...(remindAt !== undefined && { remindAt }),
        },
      );
    },
  },
  'clock-escalated.v1': {
    visibleTo: staffOnly,
    background: true,
    redact: noText,
    evolve: (report, { data: { clock, to }, occurredAt: at }) => {
      const climbed = (report.clocks[clock]?.climbed ?? 0) + 1;
      const remindAt = report.alert?.remindAt;
      return withAlert(
        { ...report, clocks: markedClocks(report.clocks, clock, { climbed }) },
        { kind: 'breach', clock, at, area: to, ...(remindAt !== undefined && { remindAt }) },
      );
    },
  },
  'alert-reminded.v1': {
    visibleTo: staffOnly,
    background: true,
    redact: noText,
    evolve: (report, { data: { remindAt } }) => {
      if (!report.alert) return report;
      const { remindAt: _done, ...alert } = report.alert;
      const reminders = (alert.reminders ?? 0) + 1;
      return { ...report, alert: { ...alert, reminders, ...(remindAt !== undefined && { remindAt }) } };
    },
  },
  'alert-taken.v1': {
    visibleTo: staffOnly,
    background: true,
    redact: noText,
    evolve: (report) => withoutAlert(report),
  },
  'report-supervised.v1': {
    visibleTo: allInvolved,
    textVisibleTo: partyAndStaff,
    background: false,
    redact: redactText('text'),
    evolve: (report, { occurredAt }) => ({ ...report, supervisedAt: occurredAt }),
  },
} satisfies Partial<EventRules<ReportModel>>;

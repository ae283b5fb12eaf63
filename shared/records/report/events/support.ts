import { allInvolved, staffOnly } from '../../../kernel/audiences.ts';
import { noText, redactText } from '../../../kernel/erasure.ts';
import type { EventRules } from '../../../kernel/kind.ts';
import { stoppedClocks } from '../clock-state.ts';
import type { Part, Report, ReportModel } from '../model.ts';

function withPart(
  report: Report,
  { part: number, partVersion }: { part: string; partVersion: number },
  change: Partial<Part>,
): Report {
  return {
    ...report,
    support: report.support.map((part) =>
      part.number === number ? { ...part, ...change, version: partVersion } : part,
    ),
  };
}

/** Events of supporting departments and their parts. */
export const supportEvents = {
  'support-requested.v1': {
    visibleTo: allInvolved,
    textVisibleTo: staffOnly,
    background: false,
    redact: redactText('request'),
    evolve: (report, { data: { parts } }) => ({
      ...report,
      support: [...report.support, ...parts.map((part): Part => ({ ...part, state: 'asked', version: 0 }))],
    }),
  },
  'support-acknowledged.v1': {
    visibleTo: staffOnly,
    background: true,
    redact: noText,
    evolve: (report, { data, occurredAt }) => ({
      ...withPart(report, data, { state: 'acknowledged' }),
      // The first acknowledgement counts for all: the lead department is no longer reminded.
      clocks: stoppedClocks(report.clocks, occurredAt, ['acknowledge']),
    }),
  },
  'support-transferred.v1': {
    visibleTo: staffOnly,
    background: false,
    redact: noText,
    evolve: (report, { data }) => withPart(report, data, { department: data.supporter, state: 'asked' }),
  },
  'support-answered.v1': {
    visibleTo: staffOnly,
    textVisibleTo: staffOnly,
    background: false,
    redact: redactText('text'),
    evolve: (report, { data }) => withPart(report, data, { state: data.outcome, text: data.text }),
  },
  'support-cancelled.v1': {
    visibleTo: staffOnly,
    textVisibleTo: staffOnly,
    background: false,
    redact: redactText('reason'),
    evolve: (report, { data: { parts } }) => ({
      ...report,
      support: report.support.map((part) =>
        parts.includes(part.number) ? { ...part, state: 'cancelled' } : part,
      ),
    }),
  },
} satisfies Partial<EventRules<ReportModel>>;

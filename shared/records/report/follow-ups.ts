import type { ReportEvent } from '../../../events/report.ts';
import type { FollowUp, FollowUpRules } from '../../kernel/kind.ts';
import { isPart } from '../../kernel/number.ts';
import type { ReportCommand } from './commands/index.ts';
import type { Report, ReportModel } from './model.ts';

/** The commands between a report and its parts: a report opens and ends its parts, a part reports its state. */

type ReportFollowUp = FollowUp & { command: ReportCommand };

const updateParent = {
  when: ({ number }: ReportEvent): boolean => isPart(number),
  commands: (_: ReportEvent, report: Report): ReportFollowUp[] =>
    report.parent ? [supportUpdate(report, report.parent.number)] : [],
};

export const followUps: FollowUpRules<ReportModel> = {
  'support-requested.v1': {
    when: () => true,
    commands: openSupport,
    // The report may have ended, and cancelled its parts, before they were openSupport.
    afterwards: ({ data: { parts } }, { support }): ReportFollowUp[] =>
      parts
        .filter(({ number }) => support.some((part) => part.number === number && part.state === 'cancelled'))
        .map(({ number }) => ({
          number,
          command: { type: 'end-support', reason: '主办工单已结束' },
        })),
  },
  'support-cancelled.v1': {
    when: () => true,
    // A part that does not exist yet is ended by the follow-up that opens it.
    commands: ({ data: { parts, reason } }): ReportFollowUp[] =>
      parts.map((number) => ({ number, command: { type: 'end-support', reason }, ifThere: true })),
  },
  'personal-data-erased.v1': {
    when: ({ number }) => !isPart(number),
    // Parts contain the same text.
    commands: ({ data }, { parent, support }): ReportFollowUp[] =>
      data.parts.includes('text') && !parent
        ? support.map(({ number }) => ({ number, command: { type: 'erase' }, ifThere: true }))
        : [],
  },
  'report-triaged.v1': updateParent,
  'report-assigned.v1': updateParent,
  'assignment-acknowledged.v1': updateParent,
  'report-resolved.v1': updateParent,
  'report-withdrawn.v1': updateParent,
  'report-rejected.v1': updateParent,
};

/** The current state of a part, whatever the event. */
function supportUpdate(part: Report, parent: string): ReportFollowUp {
  const { number, version, department, state, resolution, endedAt, acknowledgedAt, endReason } = part;
  if (department === undefined) throw new Error(`${number} is a part without a department`);
  const isOver = endedAt !== undefined && state !== 'resolved' && state !== 'closed';
  const open = acknowledgedAt === undefined ? 'asked' : 'acknowledged';
  return {
    number: parent,
    command: {
      type: 'record-support',
      part: number,
      partVersion: version,
      department,
      state: isOver ? 'ended' : resolution ? 'resolved' : open,
      text: resolution?.text ?? endReason ?? '',
    },
  };
}

function openSupport(
  { data: { parts, request, category: askedFor } }: ReportEvent<'support-requested.v1'>,
  { number: parent, description, location, category = askedFor, priority = 'normal', locale }: Report,
): ReportFollowUp[] {
  if (category === undefined) throw new Error(`${parent} asks for support but has no category`);
  return parts.map(({ number, department }) => ({
    number,
    command: {
      type: 'open-support',
      number,
      parent: { number: parent, request },
      department,
      description,
      location,
      category,
      priority,
      locale,
    },
  }));
}

import type { ReportEvent } from '../../../events/report.ts';
import type { FollowUp, FollowUpRules } from '../../kernel/kind.ts';
import { isPart } from '../../kernel/number.ts';
import type { ReportCommand } from './commands/index.ts';
import type { Report, ReportModel } from './model.ts';

/**
 * What joint work asks for after an event: a report opens and ends its parts, a part tells its report how it goes.
 */

type ReportFollowUp = FollowUp & { command: ReportCommand };

const ofPart = {
  when: ({ number }: ReportEvent): boolean => isPart(number),
  commands: (_: ReportEvent, report: Report): ReportFollowUp[] =>
    report.parent ? [supportUpdate(report, report.parent.number)] : [],
};

export const followUps: FollowUpRules<ReportModel> = {
  'support-requested.v1': {
    when: () => true,
    commands: opened,
    // The report may have ended, and cancelled its parts, before they were there to be told.
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
    // A part that is not there yet is ended by whoever opens it.
    commands: ({ data: { parts, reason } }): ReportFollowUp[] =>
      parts.map((number) => ({ number, command: { type: 'end-support', reason }, ifThere: true })),
  },
  'personal-data-erased.v1': {
    when: ({ number }) => !isPart(number),
    // The parts hold the same words.
    commands: ({ data }, { parent, support }): ReportFollowUp[] =>
      data.parts.includes('text') && !parent
        ? support.map(({ number }) => ({ number, command: { type: 'erase' }, ifThere: true }))
        : [],
  },
  'report-triaged.v1': ofPart,
  'report-assigned.v1': ofPart,
  'assignment-acknowledged.v1': ofPart,
  'report-resolved.v1': ofPart,
  'report-withdrawn.v1': ofPart,
  'report-rejected.v1': ofPart,
};

/** How a part stands now, whatever event it was that asks to tell. */
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

function opened(
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

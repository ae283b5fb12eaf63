import type { ReportEvent } from '../../../events/report.ts';
import type { Command } from './commands.ts';
import { isPart } from '../../kernel/number.ts';
import type { Report } from './report.ts';

/** A command and the report that it is for. */
export type Errand = { number: string; command: Command };

/** Whether an event has to be told from a report to its parts, or from a part to its report. */
export function isJointWork(event: ReportEvent): boolean {
  switch (event.type) {
    case 'support-requested.v1':
    case 'support-cancelled.v1':
      return true;
    case 'personal-data-erased.v1':
      return !isPart(event.number);
    case 'report-triaged.v1':
    case 'report-assigned.v1':
    case 'assignment-acknowledged.v1':
    case 'report-resolved.v1':
    case 'report-withdrawn.v1':
    case 'report-rejected.v1':
      return isPart(event.number);
    default:
      return false;
  }
}

/**
 * What joint work asks for after an event: a report opens and ends its parts, a part tells its report how it goes.
 * Each errand is harmless when it is done again.
 *
 * @param report the event's own report as of now.
 */
export function errandsOf(event: ReportEvent, report: Report): Errand[] {
  if (event.type === 'support-requested.v1') return opened(event, report);
  if (event.type === 'support-cancelled.v1') {
    const { parts, reason } = event.data;
    return parts.map((number) => ({ number, command: { type: 'end-support', reason } }));
  }
  // The parts hold the same words.
  if (event.type === 'personal-data-erased.v1')
    return event.data.parts.includes('text') && !report.parent
      ? report.support.map(({ number }) => ({ number, command: { type: 'erase' } }))
      : [];
  return report.parent ? [news(report, report.parent.number)] : [];
}

/** How a part stands now, whatever event it was that asked for the news. */
function news({ number, version, department, state, resolution, ...report }: Report, parent: string): Errand {
  if (department === undefined) throw new Error(`${number} is a part without a department`);
  const isOver = report.endedAt !== undefined && state !== 'resolved' && state !== 'closed';
  return {
    number: parent,
    command: {
      type: 'record-support',
      part: number,
      partVersion: version,
      department,
      state: isOver
        ? 'ended'
        : resolution
          ? 'resolved'
          : report.acknowledgedAt === undefined
            ? 'asked'
            : 'acknowledged',
      text: resolution?.text ?? report.endReason ?? '',
    },
  };
}

function opened(event: ReportEvent<'support-requested.v1'>, report: Report): Errand[] {
  const { description, location, category, priority, locale } = report;
  const { parts, request } = event.data;
  const asked = category ?? event.data.category;
  if (asked === undefined) throw new Error(`${report.number} asks for support but has no category`);
  return parts.map(({ number, department }) => ({
    number,
    command: {
      type: 'open-support',
      number,
      parent: { number: report.number, request },
      department,
      description,
      location,
      category: asked,
      priority: priority ?? 'normal',
      locale,
    },
  }));
}

import type { ReportEvent } from '../../../events/report.ts';
import type { City } from '../../config/city.ts';
import { offered } from '../../kernel/offers.ts';
import { staffTimeline, timelineFor } from '../../kernel/timeline.ts';
import type { StaffView, Views } from '../../kernel/views.ts';
import { areaName, categoryName, departmentName, type LocalizedText } from '../../language/wording.ts';
import { dueAt } from './clock-state.ts';
import { wasDispatched } from './facts.ts';
import { extensionLeft } from './clocks.ts';
import { explain } from './explain.ts';
import { report as kind } from './kind.ts';
import type { Report, ReportModel } from './model.ts';
import { declinedWords, states } from './state.ts';
import { timeline } from './timeline.ts';

/** The view for the resident. The caller adds links to photos, as they expire. */
export function residentView(
  report: Report,
  events: readonly ReportEvent[],
  city: City,
  now: string,
): Record<string, unknown> {
  return {
    ...shared(report, city),
    timeline: timelineFor(kind, timeline, 'party', events, city),
    commands: offered(kind, report, { kind: 'resident' }, now),
  };
}

/** The view of a target for the resident of a report merged into it: progress, but not the text of others. */
export function followedView(
  report: Report,
  events: readonly ReportEvent[],
  city: City,
): Record<string, unknown> {
  const { number, status, category, department, dueAt: due } = shared(report, city);
  const entries = timelineFor(kind, timeline, 'follower', events, city)
    .filter((entry) => entry.type !== 'note-added.v1')
    .map(({ words, photos: _photos, ...entry }) =>
      entry.type === 'report-resolved.v1' && words !== undefined ? { ...entry, words } : entry,
    );
  return { number, status, category, department, dueAt: due, timeline: entries };
}

/** The view for staff: everything, with the contact masked, and only the commands that this person may give now. */
export function staffView(
  report: Report,
  events: readonly ReportEvent[],
  { contact, actor, city, now }: StaffView,
): Record<string, unknown> {
  const { classification, suggestedCategory, duplicates } = report;
  return {
    ...shared(report, city),
    version: report.version,
    source: report.source,
    contact,
    suggestedCategory: suggestedCategory && named(suggestedCategory, categoryName(city, suggestedCategory)),
    classification: classification && {
      ...classification,
      alternatives: classification.alternatives.map(({ category, confidence }) => ({
        ...named(category, categoryName(city, category)),
        confidence,
      })),
    },
    duplicates,
    alert: report.alert,
    supervisedAt: report.supervisedAt,
    accounts: explain(report, city, now),
    extension: report.extension && {
      ...report.extension,
      unit: report.clocks.resolve?.target.unit,
    },
    extensionLeft: report.clocks.resolve && extensionLeft(city, report.clocks.resolve),
    followUp: report.followUp,
    parent: report.parent,
    support: report.support.map(({ version: _version, department, ...part }) => ({
      ...part,
      department: { id: department, name: departmentName(city, department) },
    })),
    timeline: staffTimeline(kind, timeline, events, city),
    commands: offered(kind, report, actor, now),
  };
}

function stateWords(report: Report): LocalizedText {
  return report.state === 'rejected' ? declinedWords(wasDispatched(report)) : states[report.state];
}

function shared(report: Report, city: City) {
  const { acknowledge, resolve } = report.clocks;
  return {
    number: report.number,
    status: { code: report.state, ...stateWords(report) },
    submittedAt: report.submittedAt,
    description: report.description,
    location: {
      ...report.location,
      areaName: areaName(city, report.location.area),
      pathNames: report.location.path.map((id) => areaName(city, id)),
    },
    category: report.category && named(report.category, categoryName(city, report.category)),
    priority: report.priority,
    department: report.department && {
      id: report.department,
      name: departmentName(city, report.department),
    },
    dueAt: dueAt(report),
    clocks: { acknowledge, resolve },
    acknowledgedAt: report.acknowledgedAt,
    startedAt: report.startedAt,
    suspension: report.suspension,
    resolution: report.resolution,
    rating: report.rating,
    round: report.round,
    mergedInto: report.mergedInto,
    endedAt: report.endedAt,
    /** When it closes unless it is rated or reopened before. */
    closeAt: report.state === 'resolved' ? report.closeAt : undefined,
  };
}

function named(code: string, name: LocalizedText): { code: string; name: LocalizedText } {
  return { code, name };
}

export const reportViews = {
  forResident: residentView,
  forStaff: staffView,
  followed: ({ mergedInto }: Report) => mergedInto,
  forFollower: followedView,
} satisfies Views<ReportModel>;

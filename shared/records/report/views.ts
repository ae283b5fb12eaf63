import type { ReportEvent } from '../../../events/report.ts';
import type { City } from '../../config/city.ts';
import type { Contact } from '../../kernel/contact.ts';
import { residentCommands, staffCommands } from './commands.ts';
import { mayDo, standingOf, type Actor } from '../../kernel/permissions.ts';
import { erasable, extensionLeft } from './decide.ts';
import { isTooLate } from '../../kernel/erasure.ts';
import { explain } from './explain.ts';
import { dueAt, mayRate, type Report } from './report.ts';
import { residentTimeline, staffTimeline } from './timeline.ts';
import { states, transitions } from './state.ts';
import { areaName, categoryName, departmentName, type Words } from '../../language/wording.ts';

/** What its reporter sees of a report. Photos' links are the caller's to add: they expire. */
export function residentView(
  report: Report,
  events: readonly ReportEvent[],
  city: City,
  now: string,
): Record<string, unknown> {
  return {
    ...shared(report, city),
    timeline: residentTimeline(events, city),
    commands: open(report, residentCommands).filter((name) => name !== 'rate' || mayRate(report, now)),
  };
}

/** What the reporter of a merged report sees of the one it was merged into: how it goes, not what others wrote. */
export function followedView(
  report: Report,
  events: readonly ReportEvent[],
  city: City,
): Record<string, unknown> {
  const { number, status, category, department, dueAt: due } = shared(report, city);
  const timeline = residentTimeline(events, city)
    .filter((entry) => entry.type !== 'note-added.v1')
    .map(({ words, photos: _photos, ...entry }) =>
      entry.type === 'report-resolved.v1' && words !== undefined ? { ...entry, words } : entry,
    );
  return { number, status, category, department, dueAt: due, timeline };
}

/** What staff see: all of it, but the contact is masked, and only commands that this person may give now. */
export function staffView(
  report: Report,
  events: readonly ReportEvent[],
  maskedContact: Contact | undefined,
  actor: Actor,
  city: City,
  now: string,
): Record<string, unknown> {
  const standing = standingOf(report);
  const { classification, suggestedCategory, duplicates } = report;
  return {
    ...shared(report, city),
    version: report.version,
    source: report.source,
    contact: maskedContact,
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
    timeline: staffTimeline(events, city),
    commands: open(report, staffCommands).filter((command) => mayDo(actor, command, standing)),
  };
}

function shared(report: Report, city: City) {
  const { acknowledge, resolve } = report.clocks;
  return {
    number: report.number,
    status: { code: report.state, ...states[report.state] },
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
    /** When it closes by itself unless it is rated or reopened before. */
    closeAt: report.state === 'resolved' ? report.closeAt : undefined,
  };
}

function named(code: string, name: Words): { code: string; name: Words } {
  return { code, name };
}

function open<C extends keyof typeof transitions>(report: Report, commands: readonly C[]): C[] {
  const isDone = (command: C): boolean => isPointless(command, report) || isTooLate(command, report.erased);
  return commands.filter((command) => transitions[command].from.includes(report.state) && !isDone(command));
}

/** What the state allows but this report has no use for. */
function isPointless(command: keyof typeof transitions, report: Report): boolean {
  switch (command) {
    case 'acknowledge':
      return report.acknowledgedAt !== undefined;
    case 'take-alert':
      return report.alert === undefined;
    case 'grant':
    case 'decline':
      return report.extension === undefined;
    case 'follow-up':
      return report.followUp === undefined;
    case 'support':
    case 'reopen':
    case 'merge':
      return report.parent !== undefined;
    case 'blur-photo':
      return !report.photos.some(({ status }) => status === 'ready');
    case 'erase':
      return erasable(report).length === 0;
    default:
      return false;
  }
}

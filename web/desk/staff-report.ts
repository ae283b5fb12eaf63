import type { EventActor as Actor } from '../../events/envelope.ts';
import type { Priority, Target } from '../../shared/config/city.ts';
import type { StaffCommandType } from '../../shared/records/report/kind.ts';
import type { ClockAccount } from '../../shared/records/report/explain.ts';
import type { Part, Report } from '../../shared/records/report/model.ts';
import type { TimelineEntry } from '../../shared/kernel/timeline.ts';
import type { LocalizedText } from '../../shared/language/wording.ts';
import type { Summary } from '../../shared/records/report/model.ts';
import type { ReportView } from '../api/report.ts';

export type Contact = { name?: string; phone?: string };
/** A supporting department's subtask, as stored on its parent report. */
export type SupportPart = Omit<Part, 'department' | 'version'> & {
  department: { id: string; name: LocalizedText };
};
export type StaffTimelineEntry = TimelineEntry & { actor: Actor };

/** A report as staff see it. The contact is masked, except in the answer to `reveal`. */
export type StaffReport = Omit<ReportView, 'timeline' | 'commands' | 'location'> & {
  version: number;
  source: Report['source'];
  location: ReportView['location'] & { area: string; latitude?: number; crs?: 'wgs84' | 'gcj02' };
  contact?: Contact;
  priority?: Priority;
  dueAt?: string;
  acknowledgedAt?: string;
  startedAt?: string;
  suggestedCategory?: { code: string; name: LocalizedText };
  classification?: {
    by: 'resident' | 'classifier' | 'staff';
    confidence: number;
    alternatives: { code: string; name: LocalizedText; confidence: number }[];
  };
  duplicates: string[];
  alert?: Report['alert'];
  supervisedAt?: string;
  accounts: ClockAccount[];
  /** A requested extension that is not decided yet. */
  extension?: NonNullable<Report['extension']> & { unit: Target['unit'] };
  /** The longest extension still possible, in the unit of the target. */
  extensionLeft?: number;
  followUp?: NonNullable<Report['followUp']>;
  parent?: NonNullable<Report['parent']>;
  support: SupportPart[];
  timeline: StaffTimelineEntry[];
  commands: StaffCommandType[];
};

/** The subtasks without an answer. */
export function openParts({ support }: StaffReport): SupportPart[] {
  return support.filter(({ state }) => state === 'asked' || state === 'acknowledged');
}

/** One line of an inbox. */
export type InboxItem = Summary;

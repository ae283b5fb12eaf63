import type { Actor } from '../../events/index.ts';
import type { Priority } from '../../shared/config/city.ts';
import type { StaffCommandType } from '../../shared/domain/commands.ts';
import type { Report } from '../../shared/domain/report.ts';
import type { TimelineEntry } from '../../shared/domain/timeline.ts';
import type { Words } from '../../shared/domain/wording.ts';
import type { Summary } from '../../shared/store/reports.ts';
import type { ReportView } from '../api/report.ts';

export type Contact = { name?: string; phone?: string };
export type StaffTimelineEntry = TimelineEntry & { actor: Actor };

/** What staff see of a report. The contact is masked, except in the answer to `reveal`. */
export type StaffReport = Omit<ReportView, 'timeline' | 'commands' | 'location'> & {
  version: number;
  source: Report['source'];
  location: ReportView['location'] & { area: string; latitude?: number; crs?: 'wgs84' | 'gcj02' };
  contact?: Contact;
  priority?: Priority;
  dueAt?: string;
  acknowledgedAt?: string;
  startedAt?: string;
  round: number;
  suggestedCategory?: { code: string; name: Words };
  classification?: {
    by: 'resident' | 'classifier' | 'staff';
    confidence: number;
    alternatives: { code: string; name: Words; confidence: number }[];
  };
  duplicates: string[];
  alert?: Report['alert'];
  supervisedAt?: string;
  timeline: StaffTimelineEntry[];
  commands: StaffCommandType[];
};

/** One line of an inbox. */
export type InboxItem = Summary;

import type { ReportEventType } from '../../events/report.ts';
import type { ResidentCommandType } from '../../shared/records/report/kind.ts';
import type { Photo } from '../../shared/kernel/photos.ts';
import type { Rating, Report } from '../../shared/records/report/model.ts';
import type { Clock, ClockName } from '../../shared/kernel/clocks/sla.ts';
import type { TimelineEntry } from '../../shared/kernel/timeline.ts';
import type { State } from '../../shared/records/report/state.ts';
import type { LocalizedText } from '../../shared/language/wording.ts';

export type ResidentCommand = ResidentCommandType;
export type LinkedPhoto = Photo & { url?: string; thumbnailUrl?: string; blurredUrl?: string };

/** What is told in a form of its own. */
export type FormCommand = Exclude<ResidentCommand, 'renew-link'>;
/** What its reporter sees of a report. */
export type ReportView = {
  number: string;
  status: { code: State } & LocalizedText;
  submittedAt: string;
  description: string;
  location: Pick<Report['location'], 'address' | 'longitude' | 'latitude' | 'crs'> & {
    areaName: LocalizedText;
    pathNames: LocalizedText[];
  };
  category?: { code: string; name: LocalizedText };
  department?: { id: string; name: LocalizedText };
  clocks: Partial<Record<ClockName, Clock>>;
  resolution?: { text: string; at: string };
  rating?: Rating;
  /** How often it was reopened; a rating is of one round. */
  round: number;
  suspension?: NonNullable<Report['suspension']>;
  mergedInto?: string;
  /** The report that this one was merged into, as far as it may be told. */
  follows?: FollowedView;
  endedAt?: string;
  /** Of a resolved one: when it closes by itself. */
  closeAt?: string;
  timeline: TimelineEntry<ReportEventType>[];
  commands: ResidentCommand[];
  photos: LinkedPhoto[];
};

/** How the report goes that another one was merged into. */
export type FollowedView = Pick<ReportView, 'number' | 'status' | 'category' | 'department' | 'timeline'> & {
  dueAt?: string;
};

/** An open report close by. */
export type NearbyReport = Pick<ReportView, 'number' | 'status' | 'submittedAt' | 'category'> & {
  area: { id: string; name: LocalizedText };
  photos: number;
  /** Away from the position asked about, where both have one. */
  metres?: number;
};

/** The answer to a submitted report; number and token open it. */
export type Receipt = { number: string; trackingToken: string; trackUrl: string };

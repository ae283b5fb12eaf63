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

/** Commands that have a form on the resident page. */
export type FormCommand = Exclude<ResidentCommand, 'renew-link'>;
/** A report as its resident sees it. */
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
  /** How often it was reopened; a rating belongs to one round. */
  round: number;
  suspension?: NonNullable<Report['suspension']>;
  mergedInto?: string;
  /** The public part of the report that this one was merged into. */
  follows?: FollowedView;
  endedAt?: string;
  /** Of a resolved report: when it closes automatically. */
  closeAt?: string;
  timeline: TimelineEntry<ReportEventType>[];
  commands: ResidentCommand[];
  photos: LinkedPhoto[];
};

/** The public part of a report that another one was merged into. */
export type FollowedView = Pick<ReportView, 'number' | 'status' | 'category' | 'department' | 'timeline'> & {
  dueAt?: string;
};

/** An open report near the place asked about. */
export type NearbyReport = Pick<ReportView, 'number' | 'status' | 'submittedAt' | 'category'> & {
  area: { id: string; name: LocalizedText };
  photos: number;
  /** Distance from the position asked about, if both positions are known. */
  metres?: number;
};

/** The answer to a submitted report; number and token together give access to it. */
export type Receipt = { number: string; trackingToken: string; trackUrl: string };

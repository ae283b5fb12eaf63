import type { ReportContracts, ReportData, ReportEvent } from '../../../events/report.ts';
import type { Priority } from '../../config/city.ts';
import type { Clock, ClockName } from '../../kernel/clocks/sla.ts';
import type { History, RecordBase } from '../../kernel/kind.ts';
import type { Position } from '../../place/cell.ts';
import type { State } from './state.ts';

export type Rating = {
  score: number;
  comment?: string;
  at: string;
  round: number;
  /** Until when it can be changed. */
  changeableUntil?: string;
};

/** A part 协办子单 for a supporting department, a report of its own. */
export type Part = {
  number: string;
  department: string;
  state: 'asked' | 'acknowledged' | 'resolved' | 'ended' | 'cancelled';
  /** The department's answer. */
  text?: string;
  /** The version of the part that this state is from. */
  version: number;
};

/** Something for a manager to take over. `extension`: one was requested; `follow-up`: a call to make 回访. */
export type Alert = {
  kind: 'warning' | 'breach' | 'extension' | 'follow-up';
  /** The clock it is about, if any. */
  clock?: ClockName;
  at: string;
  /** The area it was escalated to; none while it is the department's own. */
  area?: string;
  /** When the next reminder is due, and how many there were. */
  remindAt?: string;
  reminders?: number;
};

/** A report, folded from its events. */
export type Report = RecordBase & {
  state: State;
  description: string;
  locale: 'zh' | 'en';
  source: 'resident' | 'staff';
  location: ReportData<'report-submitted.v1'>['location'];
  /** The category that the resident chose. */
  suggestedCategory?: string;
  category?: string;
  priority?: Priority;
  /** A person set it, so description and category no longer decide it. */
  priorityIsSet?: boolean;
  classification?: Pick<ReportData<'report-classified.v1'>, 'by' | 'confidence' | 'alternatives'>;
  department?: string;
  clocks: Partial<Record<ClockName, Clock>>;
  /** How often it was reopened. */
  round: number;
  acknowledgedAt?: string;
  startedAt?: string;
  /** Why and since when it is suspended. */
  suspension?: { waitingFor: 'resident' | 'other'; text: string; at: string; resumeAt: string };
  /** The requested extension, until it is decided on. */
  extension?: { amount: number; reason: string; at: string };
  resolution?: { text: string; at: string; department: string };
  /** When it closes by itself. */
  closeAt?: string;
  rating?: Rating;
  /** The parent of this part, and the request to it. */
  parent?: { number: string; request: string };
  /** The parts of supporting departments. */
  support: Part[];
  mergedInto?: string;
  /** The most severe, then latest, alert that nobody has taken over. */
  alert?: Alert;
  /** A follow-up call has to be made. */
  followUp?: { score: number; at: string };
  supervisedAt?: string;
  /** Numbers of the reports that were merged into this one. */
  duplicates: string[];
  /** Why it was withdrawn or rejected. */
  endReason?: string;
};

/** What lists show of a report; the indexes project it so that a list needs no further read. */
export type Summary = {
  number: string;
  state: State;
  submittedAt: string;
  excerpt: string;
  area: string;
  /** The beginning of the address. */
  address?: string;
  photos: number;
  priority?: string;
  category?: string;
  department?: string;
  dueAt?: string;
  acknowledged: boolean;
  breached: boolean;
  /** A running clock is overdue. */
  overdue?: true;
  score?: number;
  resolvedAt?: string;
  /** WGS-84, where the report has a position. */
  position?: Position;
  /** With the due time of its clock, while that runs. */
  alert?: Alert & { dueAt?: string };
  supervised?: boolean;
  /** The requested extension. */
  extension?: { amount: number; reason: string };
  /** The parent of this part. */
  parent?: string;
  /** How many parts of supporting departments are open. */
  support?: number;
  /** Whom it waits for, and until when at most. */
  suspended?: { waitingFor: 'resident' | 'other'; resumeAt: string };
};

/** The refusals of a report, besides those of the kernel for every kind. */
export type ReportRefusal =
  | { kind: 'unknown-department'; department: string }
  | { kind: 'unknown-category'; category: string }
  | { kind: 'same-department'; department: string }
  | { kind: 'merge-with-itself' }
  /** The report to merge into has ended. */
  | { kind: 'merge-target-ended' }
  | { kind: 'join-target-ended' }
  /** Supporting departments have not answered, and no `override` was given. */
  | { kind: 'support-open'; parts: readonly string[] }
  /** More than may be approved; `left` is in the target's unit. */
  | { kind: 'extension-too-long'; left: number }
  | { kind: 'clock-over' }
  | { kind: 'rating-final' }
  /** The report has no such photo, or it is not ready. */
  | { kind: 'unknown-photo'; photo: string };

export type ReportModel = {
  record: Report;
  contracts: ReportContracts;
  event: ReportEvent;
  refusal: ReportRefusal;
  summary: Summary;
};
export type ReportHistory = History<ReportModel>;
export type { ReportEvent };

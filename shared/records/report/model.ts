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

/** A supporting department's part 协办子单, a report of its own. */
export type Part = {
  number: string;
  department: string;
  state: 'asked' | 'acknowledged' | 'resolved' | 'ended' | 'cancelled';
  /** What it answered. */
  text?: string;
  /** The version of the part that this was told of. */
  version: number;
};

/** Something that waits for somebody above. `extension`: more time is asked for; `follow-up`: a call to make 回访. */
export type Alert = {
  kind: 'warning' | 'breach' | 'extension' | 'follow-up';
  /** Which clock it is about, where it is about one. */
  clock?: ClockName;
  at: string;
  /** The area whose people it has climbed to; none while it is the department's own. */
  area?: string;
  /** When it is repeated, and how often it has been. */
  remindAt?: string;
  reminders?: number;
};

/** A report as its events tell it. */
export type Report = RecordBase & {
  state: State;
  description: string;
  locale: 'zh' | 'en';
  source: 'resident' | 'staff';
  location: ReportData<'report-submitted.v1'>['location'];
  /** What the resident chose, before anyone decided. */
  suggestedCategory?: string;
  category?: string;
  priority?: Priority;
  /** A person set it: the words and the category do not any more. */
  priorityIsSet?: boolean;
  classification?: Pick<ReportData<'report-classified.v1'>, 'by' | 'confidence' | 'alternatives'>;
  department?: string;
  clocks: Partial<Record<ClockName, Clock>>;
  /** How often it was reopened. */
  round: number;
  acknowledgedAt?: string;
  startedAt?: string;
  /** Why and since when its clock stands still. */
  suspension?: { waitingFor: 'resident' | 'other'; text: string; at: string; resumeAt: string };
  /** More time that is asked for and not decided on. */
  extension?: { amount: number; reason: string; at: string };
  resolution?: { text: string; at: string; department: string };
  /** When it closes by itself. */
  closeAt?: string;
  rating?: Rating;
  /** The report that this part answers to, and what is asked of it. */
  parent?: { number: string; request: string };
  /** The parts of supporting departments. */
  support: Part[];
  mergedInto?: string;
  /** What nobody has taken on yet; the gravest, then the latest. */
  alert?: Alert;
  /** The call to an unhappy resident has still to be made. */
  followUp?: { score: number; at: string };
  supervisedAt?: string;
  /** Numbers of the reports that were merged into this one. */
  duplicates: string[];
  /** Why it was withdrawn or rejected. */
  endReason?: string;
};

/** What lists show of a report; the indexes carry it so that a list reads nothing else. */
export type Summary = {
  number: string;
  state: State;
  submittedAt: string;
  excerpt: string;
  area: string;
  /** Its beginning. */
  address?: string;
  photos: number;
  priority?: string;
  category?: string;
  department?: string;
  dueAt?: string;
  acknowledged: boolean;
  breached: boolean;
  /** A clock that runs has run out. */
  overdue?: true;
  score?: number;
  resolvedAt?: string;
  /** WGS-84, where the report has a position. */
  position?: Position;
  /** With when the clock that it is about is due, while that runs. */
  alert?: Alert & { dueAt?: string };
  supervised?: boolean;
  /** More time is asked for. */
  extension?: { amount: number; reason: string };
  /** The report that this part answers to. */
  parent?: string;
  /** How many parts of supporting departments are open. */
  support?: number;
  /** Until when it is suspended at most, and whom it waits for. */
  suspended?: { waitingFor: 'resident' | 'other'; resumeAt: string };
};

/** Why a report does not take a command, beyond what the kernel says for every kind. */
export type ReportRefusal =
  | { kind: 'unknown-department'; department: string }
  | { kind: 'unknown-category'; category: string }
  | { kind: 'same-department'; department: string }
  | { kind: 'merge-with-itself' }
  /** The report to merge into has ended. */
  | { kind: 'merge-target-ended' }
  | { kind: 'join-target-ended' }
  /** Supporting departments have not answered, and no reason was given not to wait for them. */
  | { kind: 'support-open'; parts: readonly string[] }
  /** More than may be granted; `left` is in the unit of the promise. */
  | { kind: 'extension-too-long'; left: number }
  | { kind: 'clock-over' }
  | { kind: 'rating-final' }
  /** The report has no such photo that could be shown. */
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

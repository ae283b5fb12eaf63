import type { Target } from '../../../shared/config/city.ts';
import type { StaffCommandType } from '../../../shared/records/report/kind.ts';
import type { Rating, Report } from '../../../shared/records/report/model.ts';
import type { TimelineEntry } from '../../../shared/kernel/timeline.ts';
import type { State } from '../../../shared/records/report/state.ts';
import type { LocalizedText } from '../../../shared/language/wording.ts';
import { newIdempotencyKey } from '../../api/request.ts';
import { staffRequest, type StaffOutcome } from '../../session/session.ts';
import { read } from '../read.ts';

/** The part of a report that the alerts use. */
export type StaffReport = {
  number: string;
  version: number;
  status: { code: State } & LocalizedText;
  description: string;
  location: { address?: string; pathNames: LocalizedText[] };
  clocks: Report['clocks'];
  alert?: NonNullable<Report['alert']>;
  /** A requested extension, with its unit. */
  extension?: NonNullable<Report['extension']> & { unit: Target['unit'] };
  rating?: Rating;
  timeline: TimelineEntry[];
  commands: StaffCommandType[];
};

export type AlertCommand =
  | { type: 'take-alert' | 'grant' }
  | { type: 'decline'; reason: string }
  | { type: 'supervise'; text: string }
  | { type: 'follow-up'; outcome: 'satisfied' | 'unreachable' | 'reopen'; text: string };

function pathOf(number: string): string {
  return `/api/desk/reports/${encodeURIComponent(number)}`;
}

export function readReport(number: string): Promise<StaffOutcome<StaffReport>> {
  return read<StaffReport>(pathOf(number));
}

/** Idempotency keys of unanswered commands by content, so that repeating one does not carry it out twice. */
const keys = new Map<string, string>();

export async function sendAlertCommand(
  command: AlertCommand,
  { number, version }: StaffReport,
): Promise<StaffOutcome<StaffReport>> {
  const body = { ...command, version };
  const content = JSON.stringify([number, body]);
  const idempotencyKey = keys.get(content) ?? newIdempotencyKey();
  keys.set(content, idempotencyKey);
  const outcome = await staffRequest<StaffReport>(`${pathOf(number)}/commands`, { body, idempotencyKey });
  if (outcome.kind !== 'unanswered') keys.delete(content);
  return outcome;
}

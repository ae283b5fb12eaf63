import type { Target } from '../../../shared/config/city.ts';
import type { StaffCommandType } from '../../../shared/records/report/kind.ts';
import type { Rating, Report } from '../../../shared/records/report/model.ts';
import type { TimelineEntry } from '../../../shared/kernel/timeline.ts';
import type { State } from '../../../shared/records/report/state.ts';
import type { LocalizedText } from '../../../shared/language/wording.ts';
import { newIdempotencyKey } from '../../api/request.ts';
import { staffRequest, type StaffOutcome } from '../../session/session.ts';
import { read } from '../read.ts';

/** As much of a report as its overseer needs here. */
export type StaffReport = {
  number: string;
  version: number;
  status: { code: State } & LocalizedText;
  description: string;
  location: { address?: string; pathNames: LocalizedText[] };
  clocks: Report['clocks'];
  alert?: NonNullable<Report['alert']>;
  /** More time that is asked for, in a unit of its own. */
  extension?: NonNullable<Report['extension']> & { unit: Target['unit'] };
  rating?: Rating;
  timeline: TimelineEntry[];
  commands: StaffCommandType[];
};

export type Order =
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

/** The same order on the same version has the same key: repeating it after unansweredReason does not repeat what it does. */
const keys = new Map<string, string>();

export async function give(
  order: Order,
  { number, version }: StaffReport,
): Promise<StaffOutcome<StaffReport>> {
  const body = { ...order, version };
  const content = JSON.stringify([number, body]);
  const idempotencyKey = keys.get(content) ?? newIdempotencyKey();
  keys.set(content, idempotencyKey);
  const outcome = await staffRequest<StaffReport>(`${pathOf(number)}/commands`, { body, idempotencyKey });
  if (outcome.kind !== 'unanswered') keys.delete(content);
  return outcome;
}

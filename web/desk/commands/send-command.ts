import rules from 'virtual:desk-rules';
import type { Problem, UnansweredReason } from '../../api/request.ts';
import { staffRequest } from '../../session/session.ts';
import type { StaffReport, StaffTimelineEntry } from '../staff-report.ts';

export type CommandOutcome =
  | { kind: 'done'; report: StaffReport }
  /** The report has changed since it was read: its current state, and the changes. */
  | { kind: 'conflict'; latest: StaffReport; changes: StaffTimelineEntry[] }
  | { kind: 'problem'; problem: Problem }
  | { kind: 'unanswered'; why: UnansweredReason }
  | { kind: 'signed-out' };

/** Refusals that mean that the report has changed since it was read. */
const conflictCodes = ['stale-version', 'wrong-state'];
const maxAttempts = 3;

export function isBackground(changes: StaffTimelineEntry[]): boolean {
  return changes.every(({ type }) => rules.backgroundEvents.includes(type));
}

/** Sends a command for the version shown, and again for a later one if only background events came in between. */
export async function sendCommand(
  shown: StaffReport,
  body: Record<string, unknown>,
  idempotencyKey: string,
): Promise<CommandOutcome> {
  const path = `/api/desk/reports/${encodeURIComponent(shown.number)}`;
  let { version } = shown;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await staffRequest<StaffReport>(`${path}/commands`, {
      body: { ...body, version },
      idempotencyKey,
    });
    if (outcome.kind === 'answer') return { kind: 'done', report: outcome.body };
    if (outcome.kind !== 'problem' || !conflictCodes.includes(outcome.problem.code)) return outcome;
    const read = await staffRequest<StaffReport>(path);
    if (read.kind !== 'answer') return outcome;
    const latest = read.body;
    const changes = latest.timeline.slice(shown.timeline.length);
    if (outcome.problem.code !== 'stale-version' || !isBackground(changes) || attempt === maxAttempts)
      return { kind: 'conflict', latest, changes };
    version = latest.version;
  }
}

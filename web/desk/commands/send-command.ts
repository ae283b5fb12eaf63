import rules from 'virtual:desk-rules';
import type { Problem, UnansweredReason } from '../../api/request.ts';
import { staffRequest } from '../../session/session.ts';
import type { StaffReport, StaffTimelineEntry } from '../staff-report.ts';

export type CommandOutcome =
  | { kind: 'done'; report: StaffReport }
  /** Somebody was faster: how the report is now, and what they did since it was read. */
  | { kind: 'overtaken'; latest: StaffReport; changes: StaffTimelineEntry[] }
  | { kind: 'problem'; problem: Problem }
  | { kind: 'unanswered'; why: UnansweredReason }
  | { kind: 'signed-out' };

/** Refusals after which the report is another than the one shown. */
const overtaking = ['stale-version', 'wrong-state'];
const mostTries = 3;

export function isBackground(changes: StaffTimelineEntry[]): boolean {
  return changes.every(({ type }) => rules.backgroundEvents.includes(type));
}

/** Gives a command on the version that is shown, and on later ones while those differ by background events alone. */
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
    if (outcome.kind !== 'problem' || !overtaking.includes(outcome.problem.code)) return outcome;
    const read = await staffRequest<StaffReport>(path);
    if (read.kind !== 'answer') return outcome;
    const latest = read.body;
    const changes = latest.timeline.slice(shown.timeline.length);
    if (outcome.problem.code !== 'stale-version' || !isBackground(changes) || attempt === mostTries)
      return { kind: 'overtaken', latest, changes };
    version = latest.version;
  }
}

import { clockNames, nextOf } from '../../kernel/clocks/sla.ts';
import type { Timer } from '../../kernel/kind.ts';
import { partsDue } from '../../kernel/timers.ts';
import { triaged } from './assignment.ts';
import { emitDue, remind, resumeFirst } from './clocks.ts';
import { erased } from './erasing.ts';
import { rowKeys } from './facts.ts';
import type { Report, ReportHistory } from './model.ts';

/** A report not classified by then, because the message was lost or parked, goes to triage. */
const triageAfterMilliseconds = 600_000;

/** The timers of a report, unordered. */
export function timers(report: Report): Timer[] {
  const { alert, suspension, closeAt, state, submittedAt } = report;
  const isOver = report.endedAt !== undefined;
  const triageAt = new Date(Date.parse(submittedAt) + triageAfterMilliseconds).toISOString();
  const candidates: (Timer | false | undefined)[] = [
    ...clockNames.map((clock) => {
      const next = report.clocks[clock] && nextOf(report.clocks[clock]);
      return next && { at: next.at, does: { kind: 'clock', clock } };
    }),
    state === 'submitted' && { at: triageAt, does: { kind: 'sort' } },
    suspension && { at: suspension.resumeAt, does: { kind: 'resume' } },
    alert?.remindAt !== undefined &&
      !isOver &&
      !suspension && { at: alert.remindAt, does: { kind: 'remind' } },
    closeAt !== undefined && state === 'resolved' && { at: closeAt, does: { kind: 'close' } },
  ];
  return candidates.filter((timer) => typeof timer === 'object');
}

export function fire(history: ReportHistory, { does }: Timer): void {
  if ('clock' in does) {
    emitDue(history, does.clock);
    return;
  }
  const { state: report, context } = history;
  switch (does.kind) {
    case 'sort':
      triaged(history, 'unsure');
      break;
    case 'resume':
      resumeFirst(history);
      break;
    case 'remind':
      remind(history);
      break;
    case 'close':
      history.add('report-closed.v1', rowKeys(report));
      break;
    case 'erase':
      erased(history, partsDue(report, context.now), report.erasureAsked ? 'request' : 'retention');
      break;
    default:
      throw new Error(`${report.number} has no timer ${does.kind}`);
  }
}

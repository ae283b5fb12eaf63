import * as z from 'zod';
import { instantAfter } from '../../../kernel/clocks/sla.ts';
import { refuse } from '../../../kernel/decide.ts';
import { reasonField, textSchema } from '../../../kernel/fields.ts';
import { retention, reopened } from '../assignment.ts';
import { rowKeys, knownRowKeys } from '../facts.ts';
import { currentRating, mayRate } from '../rating.ts';
import { openStates } from '../state.ts';
import { cancelSupport } from '../support.ts';
import { command } from './rule.ts';

/** Commands that end a report, rate it, and reopen it. */
export const endingCommands = {
  reject: command({
    fields: { reason: reasonField },
    by: ['dispatcher', 'overseer'],
    from: openStates,
    to: ['rejected'],
    ends: true,
    run: (history, { reason }) =>
      cancelSupport(history, reason)
        .add('report-rejected.v1', { ...knownRowKeys(history.state), reason, eraseAt: retention(history) })
        .decision(),
  }),
  withdraw: command({
    fields: { reason: reasonField.optional() },
    by: ['resident'],
    from: openStates,
    to: ['withdrawn'],
    ends: true,
    isDone: ({ state }) => state === 'withdrawn',
    run: (history, { reason }) =>
      cancelSupport(history, reason ?? '居民已撤回')
        .add('report-withdrawn.v1', {
          ...knownRowKeys(history.state),
          ...(reason !== undefined && { reason }),
          eraseAt: retention(history),
        })
        .decision(),
  }),
  rate: command({
    fields: { score: z.int().min(1).max(5), comment: textSchema(1, 500).optional() },
    by: ['resident'],
    from: ['resolved', 'closed'],
    to: ['closed'],
    needs: 'text',
    ends: true,
    isDone: ({ rating, round }, { score, comment }) =>
      rating?.round === round && rating.score === score && rating.comment === comment,
    isUseful: mayRate,
    run: (history, { score, comment }) => {
      const { state: report, context } = history;
      const { city, now } = context;
      if (!mayRate(report, now)) return refuse({ kind: 'rating-final' });
      const earlier = currentRating(report);
      const { changeRatingWithin, followUpAtMost } = city.afterResolution;
      return history
        .add('report-rated.v1', {
          ...rowKeys(report),
          department: report.resolution?.department ?? rowKeys(report).department,
          score,
          round: report.round,
          changeableUntil: earlier?.changeableUntil ?? instantAfter(city, now, changeRatingWithin),
          ...(comment !== undefined && { comment }),
          ...(earlier && { replaces: earlier.score }),
          ...(score <= followUpAtMost && { followUp: true }),
        })
        .decision();
    },
  }),
  reopen: command({
    fields: { reason: reasonField },
    by: ['overseer', 'resident'],
    from: ['resolved', 'closed'],
    to: ['assigned'],
    needs: 'text',
    notOnPart: true,
    run: (history, { reason }) => reopened(history, reason).decision(),
  }),
  close: command({
    fields: { reason: reasonField.optional() },
    by: ['overseer'],
    from: ['resolved'],
    to: ['closed'],
    needs: 'text',
    ends: true,
    isDone: ({ state }) => state === 'closed',
    run: (history, { reason }) =>
      history
        .add('report-closed.v1', { ...rowKeys(history.state), ...(reason !== undefined && { reason }) })
        .decision(),
  }),
  'follow-up': command({
    fields: { outcome: z.enum(['satisfied', 'unreachable', 'reopen']), text: textSchema(2, 500) },
    by: ['dispatcher', 'area-worker', 'overseer'],
    from: ['closed'],
    to: ['same', 'assigned'],
    needs: 'text',
    isDone: ({ followUp, state }) => followUp === undefined && state === 'closed',
    isUseful: ({ followUp }) => followUp !== undefined,
    run: (history, { outcome, text }) => {
      history.add('follow-up-recorded.v1', { ...rowKeys(history.state), outcome, text });
      return (outcome === 'reopen' ? reopened(history, text) : history).decision();
    },
  }),
};

import type { Context } from 'aws-lambda';
import { withCorrelationId } from './correlation.ts';
import { logFailure, logInfo, type LogFields } from './log.ts';

/**
 * The Lambda handler of a function that a schedule calls: logs the run's start, outcome and failure. Its correlation id
 * is the id of the invocation.
 */
export function scheduledRun<Result extends LogFields>(run: () => Promise<Result>) {
  return (_event?: unknown, context?: Pick<Context, 'awsRequestId'>): Promise<Result> =>
    withCorrelationId(context?.awsRequestId, async () => {
      const startedAt = performance.now();
      const milliseconds = () => Math.round(performance.now() - startedAt);
      logInfo('run-started');
      try {
        const result = await run();
        logInfo('run-ended', { ...result, milliseconds: milliseconds() });
        return result;
      } catch (error) {
        logFailure('run-failed', error, { milliseconds: milliseconds() });
        throw error;
      }
    });
}

import type { MiddlewareObj } from '@middy/core';
import type { LogCode } from './codes.ts';
import { logInfo, type LogFields } from './log.ts';

export type CallLog<Event, Result> = {
  started: LogCode;
  ended: LogCode;
  fieldsOf: (event: Event) => LogFields;
  outcomeOf?: (result: Result) => LogFields;
};

/**
 * middy's middleware that logs the start of each call, and its outcome with how long it took. Used first, it also sees
 * what another middleware answers in place of an error. An error without an answer is logged where it is caught.
 */
export function logCalls<Event, Result>({
  started,
  ended,
  fieldsOf,
  outcomeOf = () => ({}),
}: CallLog<Event, Result>): MiddlewareObj<Event, Result> {
  const startedAt = new WeakMap<object, number>();
  const logEnd = (request: { event: Event; response: Result | null | undefined }): void => {
    const { event, response } = request;
    if (response === undefined || response === null) return;
    const milliseconds = Math.round(performance.now() - (startedAt.get(request) ?? 0));
    logInfo(ended, { ...fieldsOf(event), ...outcomeOf(response), milliseconds });
  };
  return {
    before: (request) => {
      startedAt.set(request, performance.now());
      logInfo(started, fieldsOf(request.event));
    },
    after: logEnd,
    onError: logEnd,
  };
}

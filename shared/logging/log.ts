import type { LogCode } from './codes.ts';
import { currentCorrelationId } from './correlation.ts';

/** All that a line may say. It is a closed list, so that personal data cannot get into the log by accident. */
export type LogFields = {
  /** Of the record that the line is about. */
  number?: string | undefined;
  numbers?: readonly string[];
  /** Event types. */
  events?: readonly string[];
  /** As API Gateway names it: `POST /api/reports`. */
  route?: string;
  status?: number;
  milliseconds?: number;
  messageId?: string;
  /** The queue that a message came from: its ARN or name. */
  source?: string;
  /** Why a message was parked. */
  reason?: string;
  /** Of a digest: `head#…`, `area#…` or `department#…`. */
  recipient?: string;
  /** Of a run: events of timers, timers that failed, recipients, lines of their digests. */
  fired?: number;
  failed?: number;
  told?: number;
  lines?: number;
};

/** One line of JSON. Lambda adds the time, the level and the id of the invocation. */
export function logInfo(code: LogCode, fields: LogFields = {}): void {
  console.info(lineOf(code, fields));
}

export function logWarning(code: LogCode, fields: LogFields = {}): void {
  console.warn(lineOf(code, fields));
}

export function logFailure(code: LogCode, error: unknown, fields: LogFields = {}): void {
  console.error({
    ...lineOf(code, fields),
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
}

function lineOf(code: LogCode, fields: LogFields): object {
  const correlationId = currentCorrelationId();
  return { code, ...(correlationId !== undefined && { correlationId }), ...fields };
}

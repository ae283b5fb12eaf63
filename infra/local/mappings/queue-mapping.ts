import { denialMessage, type AccessControl } from '../iam/access-control.ts';
import { callerOf } from '../iam/callers.ts';
import type { FunctionPool, Lease } from '../lambda/function-pool.ts';
import type { MessageEngine, ReceivedMessage } from '../messaging/engine.ts';
import type { QueueMappingPlan } from '../template/plan.ts';
import { place } from '../template/resource-types.ts';
import { readBatchResponse } from './batch-response.ts';

/**
 * An SQS event source mapping: invokes its function with batches of messages and deletes those not reported as failed.
 * The others become visible again after the visibility timeout, and go to the DLQ after too many receives.
 */
export class QueueMapping {
  readonly plan: QueueMappingPlan;
  readonly #engine: MessageEngine;
  readonly #pool: FunctionPool;
  readonly #access: AccessControl;
  readonly #report: (line: string) => void;
  #batches = 0;
  #waitingForSandbox = false;
  #stopped = false;

  constructor(options: {
    plan: QueueMappingPlan;
    engine: MessageEngine;
    pool: FunctionPool;
    access: AccessControl;
    report: (line: string) => void;
  }) {
    this.plan = options.plan;
    this.#report = options.report;
    this.#engine = options.engine;
    this.#pool = options.pool;
    this.#access = options.access;
  }

  start(): void {
    // Lambda needs this permission to scale its pollers by the backlog.
    if (!this.#may('GetQueueAttributes')) return;
    this.#engine.onMessage(this.plan.queueArn, () => {
      this.#pump();
    });
    this.#pump();
  }

  stop(): void {
    this.#stopped = true;
  }

  get idle(): boolean {
    const { ready, inFlight, delayed } = this.#engine.stateOf(this.plan.queueArn);
    return this.#batches === 0 && ready + inFlight + delayed === 0;
  }

  /**
   * Receives messages only when a sandbox is free: waiting would use up their visibility timeout and count as an
   * attempt.
   */
  #pump(): void {
    if (this.#stopped || this.#waitingForSandbox || this.#batches >= this.plan.maximumConcurrency) return;
    if (this.#engine.stateOf(this.plan.queueArn).ready === 0) return;
    this.#waitingForSandbox = true;
    void this.#pool.acquire().then((lease) => this.#runBatch(lease));
  }

  async #runBatch(lease: Lease): Promise<void> {
    this.#waitingForSandbox = false;
    this.#batches++;
    try {
      if (!this.#stopped && !this.#may('ReceiveMessage')) this.#stopped = true;
      const received = this.#stopped ? [] : this.#engine.receive(this.plan.queueArn, this.plan.batchSize);
      // There may be more messages and another free sandbox.
      this.#pump();
      if (received.length > 0) await this.#process(received, lease);
    } catch (error) {
      // For example a full disk. The messages become visible again after the visibility timeout.
      this.#report(`${this.plan.id}: ${String(error)}`);
    } finally {
      lease.release();
      this.#batches--;
      this.#pump();
    }
  }

  async #process(received: ReceivedMessage[], lease: Lease): Promise<void> {
    const outcome = await lease.invoke({ Records: received.map((one) => recordOf(one, this.plan.queueArn)) });
    if (!outcome.ok) return;
    const identifiers = new Set(received.map(({ message }) => message.messageId));
    const result = readBatchResponse(outcome.payload, this.plan.reportsFailures, identifiers);
    if (result.kind === 'failed') return;
    const done = received
      .filter(({ message }) => !result.failures.has(message.messageId))
      .map(({ receiptHandle }) => receiptHandle);
    if (done.length > 0 && this.#may('DeleteMessage')) this.#engine.remove(this.plan.queueArn, done);
  }

  /** Lambda reads with the function's permissions. Reports a denial. */
  #may(operation: 'GetQueueAttributes' | 'ReceiveMessage' | 'DeleteMessage'): boolean {
    const denial = this.#access.check(callerOf(this.#pool.fn), `sqs:${operation}`, this.plan.queueArn);
    if (denial) this.#report(`${this.plan.id}: ${denialMessage(denial)}`);
    return !denial;
  }
}

/** A message in the shape of Lambda's SQS event. */
function recordOf({ message, receiptHandle }: ReceivedMessage, queueArn: string): object {
  const messageAttributes: Record<string, object> = {};
  for (const [name, value] of Object.entries(message.messageAttributes)) {
    messageAttributes[name] = {
      ...(value.StringValue === undefined ? {} : { stringValue: value.StringValue }),
      ...(value.BinaryValue === undefined ? {} : { binaryValue: value.BinaryValue }),
      stringListValues: [],
      binaryListValues: [],
      dataType: value.DataType,
    };
  }
  return {
    messageId: message.messageId,
    receiptHandle,
    body: message.body,
    attributes: {
      ApproximateReceiveCount: String(message.approximateReceiveCount),
      SentTimestamp: String(message.sentTimestamp),
      SenderId: place.account,
      ApproximateFirstReceiveTimestamp: String(
        message.approximateFirstReceiveTimestamp ?? message.sentTimestamp,
      ),
    },
    messageAttributes,
    md5OfBody: message.md5OfBody,
    ...(message.md5OfMessageAttributes ? { md5OfMessageAttributes: message.md5OfMessageAttributes } : {}),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: place.region,
  };
}

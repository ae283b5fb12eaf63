import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type DynamoDBStreamsClient,
  type Shard,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import { randomUUID } from 'node:crypto';
import { denialMessage, type AccessControl } from '../iam/access-control.ts';
import { callerOf } from '../iam/callers.ts';
import type { FunctionPool } from '../lambda/function-pool.ts';
import type { Checkpoints } from '../messaging/checkpoints.ts';
import type { StreamMappingPlan } from '../template/plan.ts';
import { place } from '../template/resource-types.ts';
import { readBatchResponse } from './batch-response.ts';

/** The polling interval; the end of an invocation also triggers a poll. */
const pollMilliseconds = 150;
/** A poll costs as much as an invocation; under load this pause groups records into batches. */
const minPollMilliseconds = 20;
const maxBackOffMilliseconds = 10_000;
/** How often to look for new shards: some engines close a shard after hours and open another. */
const shardsMilliseconds = 30_000;

export type StreamMappingOptions = {
  plan: StreamMappingPlan;
  tables: DynamoDBClient;
  streams: DynamoDBStreamsClient;
  pool: FunctionPool;
  checkpoints: Checkpoints;
  access: AccessControl;
  /** Sends a message about abandoned records to the failure queue. */
  sendFailure: (queueArn: string, body: string) => void;
  report: (line: string) => void;
};

/** A shard's read state: the records read but not processed, and the iterator for the next ones. */
type Reader = {
  shard: Shard & { ShardId: string };
  iterator: string | undefined;
  /** The shard has no records after the pending ones. */
  closed: boolean;
  pending: StreamRecord[];
  /** Failed invocations with the first of the pending records. */
  failures: number;
  /** Smaller than the batch size while a batch that failed is being split. */
  limit: number;
};

/**
 * A DynamoDB stream's event source mapping. Processes one batch at a time in stream order, which keeps the order of each
 * item's changes. The checkpoint is stored after a batch is processed: after a crash records are delivered again, and
 * none is skipped.
 */
export class StreamMapping {
  readonly plan: StreamMappingPlan;
  readonly #options: StreamMappingOptions;
  readonly #startedAt = Date.now();
  #readers: Reader[] = [];
  #stopped = false;
  #running: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;
  #woken = false;
  #passes = 0;
  #waiters: { pass: number; done: () => void }[] = [];

  constructor(options: StreamMappingOptions) {
    this.plan = options.plan;
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Stops after the current batch. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.wake();
    await this.#running;
  }

  /** Polls at once, since something may have been written. */
  wake(): void {
    this.#woken = true;
    this.#wake();
  }

  /** Waits until a poll that starts after this call finds no records. */
  async caughtUp(): Promise<void> {
    const pass = this.#passes + 1;
    this.wake();
    await new Promise<void>((done) => this.#waiters.push({ pass, done }));
  }

  async #run(): Promise<void> {
    let failures = 0;
    let shardsReadAt = 0;
    while (!this.#stopped) {
      const pass = ++this.#passes;
      const notBefore = performance.now() + minPollMilliseconds;
      this.#woken = false;
      try {
        if (
          Date.now() - shardsReadAt > shardsMilliseconds ||
          this.#readers.every((reader) => reader.closed)
        ) {
          await this.#findShards();
          shardsReadAt = Date.now();
        }
        let found = false;
        for (const reader of this.#readers) found = (await this.#read(reader)) || found;
        failures = 0;
        if (!found) {
          this.#resolveWaiters(pass);
          await this.#pause(pollMilliseconds);
        }
        const early = notBefore - performance.now();
        if (early > 1) await new Promise((next) => setTimeout(next, early));
      } catch (error) {
        if (this.#hasStopped()) break;
        // The engine is restarting or an iterator has expired: continue from the checkpoint.
        for (const reader of this.#readers)
          Object.assign(reader, { iterator: undefined, pending: [], failures: 0 });
        failures++;
        if (failures === 3)
          this.#options.report(`the stream of ${this.plan.tableName} cannot be read: ${String(error)}`);
        await this.#pause(Math.min(50 * 2 ** failures, 2_000));
      }
    }
    for (const { done } of this.#waiters) done();
  }

  #resolveWaiters(emptyPass: number): void {
    this.#waiters = this.#waiters.filter(({ pass, done }) => {
      if (pass > emptyPass) return true;
      done();
      return false;
    });
  }

  /** A method, since TypeScript would narrow the field to false across an `await`. */
  #hasStopped(): boolean {
    return this.#stopped;
  }

  async #pause(milliseconds: number): Promise<void> {
    if (this.#woken) return;
    await new Promise<void>((done) => {
      const timer = setTimeout(done, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        done();
      };
    });
    this.#wake = () => undefined;
  }

  /** Lists the shards, parents before children; known shards keep their readers. */
  async #findShards(): Promise<void> {
    // Lambda requires ListStreams to create a mapping.
    this.#require('ListStreams');
    this.#require('DescribeStream');
    const { tables, streams } = this.#options;
    const { Table } = await tables.send(new DescribeTableCommand({ TableName: this.plan.tableName }));
    const shards: Shard[] = [];
    let last: string | undefined;
    do {
      const { StreamDescription: page } = await streams.send(
        new DescribeStreamCommand({
          StreamArn: Table?.LatestStreamArn,
          ...(last === undefined ? {} : { ExclusiveStartShardId: last }),
        }),
      );
      shards.push(...(page?.Shards ?? []));
      last = page?.LastEvaluatedShardId;
    } while (last !== undefined);

    const byId = new Map(shards.map((shard) => [shard.ShardId, shard]));
    const depth = (shard: Shard): number => {
      const parent = byId.get(shard.ParentShardId);
      return parent === undefined ? 0 : depth(parent) + 1;
    };
    this.#readers = shards
      .sort((a, b) => depth(a) - depth(b))
      .flatMap((shard) => {
        const { ShardId } = shard;
        if (ShardId === undefined) return [];
        const known = this.#readers.find((reader) => reader.shard.ShardId === ShardId);
        return (
          known ?? {
            shard: { ...shard, ShardId },
            iterator: undefined,
            closed: false,
            pending: [],
            failures: 0,
            limit: this.plan.batchSize,
          }
        );
      });
    this.#streamArn = Table?.LatestStreamArn;
  }

  #streamArn: string | undefined;

  /** Reads once and processes the records; returns whether there were any. */
  async #read(reader: Reader): Promise<boolean> {
    if (reader.closed) return false;
    reader.iterator ??= await this.#iterator(reader);
    this.#require('GetRecords');
    const { Records = [], NextShardIterator } = await this.#options.streams.send(
      new GetRecordsCommand({ ShardIterator: reader.iterator, Limit: Math.min(this.plan.batchSize, 1000) }),
    );
    reader.pending = Records;
    while (reader.pending.length > 0 && !this.#stopped) await this.#process(reader);
    if (reader.pending.length > 0) return true;
    reader.iterator = NextShardIterator;
    reader.closed = NextShardIterator === undefined;
    return Records.length > 0;
  }

  /** Lambda reads with the function's permissions. */
  #require(operation: 'ListStreams' | 'DescribeStream' | 'GetShardIterator' | 'GetRecords'): void {
    const { access, pool } = this.#options;
    access.require(callerOf(pool.fn), `dynamodb:${operation}`, this.plan.streamArn);
  }

  async #iterator({ shard }: Reader): Promise<string | undefined> {
    this.#require('GetShardIterator');
    const after = this.#options.checkpoints.get(this.plan.id, shard.ShardId);
    const from =
      after === undefined
        ? { ShardIteratorType: this.plan.startingPosition }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, SequenceNumber: after };
    const ask = { StreamArn: this.#streamArn, ShardId: shard.ShardId };
    try {
      return (await this.#options.streams.send(new GetShardIteratorCommand({ ...ask, ...from })))
        .ShardIterator;
    } catch (error) {
      // The records after the checkpoint have expired.
      if ((error as Error).name !== 'TrimmedDataAccessException') throw error;
      return (
        await this.#options.streams.send(
          new GetShardIteratorCommand({ ...ask, ShardIteratorType: 'TRIM_HORIZON' }),
        )
      ).ShardIterator;
    }
  }

  /** Invokes the function with the first pending records, and removes those processed. */
  async #process(reader: Reader): Promise<void> {
    const { plan } = this;
    const batch = reader.pending.slice(0, reader.limit);
    const identifiers = new Set(batch.map(sequenceOf));
    const outcome = await this.#options.pool.invoke({
      Records: batch.map((record) => eventRecordOf(record, plan.streamArn)),
    });
    const result = outcome.ok
      ? readBatchResponse(outcome.payload, plan.reportsFailures, identifiers)
      : { kind: 'failed' as const };

    const firstFailure =
      result.kind === 'failed' ? 0 : batch.findIndex((record) => result.failures.has(sequenceOf(record)));
    const done = firstFailure < 0 ? batch.length : firstFailure;
    if (done > 0) {
      this.#advance(reader, done);
      if (firstFailure < 0) reader.limit = plan.batchSize;
    }
    if (firstFailure < 0) return;

    reader.failures++;
    if (result.kind === 'failed' && plan.bisect && batch.length > 1) {
      reader.limit = Math.ceil(batch.length / 2);
      // Bisecting does not count as a retry.
      reader.failures--;
      await this.#pause(100);
      return;
    }
    const remaining = batch.slice(done);
    const condition = this.#reasonToAbandon(reader, remaining);
    if (condition !== undefined) {
      this.#abandon(reader, remaining, condition, outcome.ok ? undefined : outcome.error.errorType);
      return;
    }
    const backOff = Math.min(100 * 2 ** Math.min(reader.failures, 10), maxBackOffMilliseconds);
    // Not `#pause`, which new records would end early. Stopping ends this wait.
    const until = Date.now() + backOff;
    while (!this.#stopped && Date.now() < until)
      await new Promise((next) => setTimeout(next, Math.min(50, until - Date.now())));
  }

  #advance(reader: Reader, count: number): void {
    const last = reader.pending[count - 1];
    if (last) this.#options.checkpoints.set(this.plan.id, reader.shard.ShardId, sequenceOf(last));
    reader.pending = reader.pending.slice(count);
    reader.failures = 0;
  }

  #reasonToAbandon(reader: Reader, [first]: StreamRecord[]): string | undefined {
    const { maximumRetries, maximumAgeSeconds } = this.plan;
    if (maximumRetries !== undefined && reader.failures > maximumRetries) return 'RetryAttemptsExhausted';
    // Counts from the start of this process at the earliest: while it was off, nothing was retried.
    const since = Math.max(this.#startedAt, first?.dynamodb?.ApproximateCreationDateTime?.getTime() ?? 0);
    if (maximumAgeSeconds !== undefined && Date.now() - since > maximumAgeSeconds * 1000)
      return 'RecordAgeExpired';
    return undefined;
  }

  #abandon(reader: Reader, batch: StreamRecord[], condition: string, errorType: string | undefined): void {
    const { plan } = this;
    const [first, last] = [batch[0], batch.at(-1)];
    this.#options.report(
      `${plan.id}: ${batch.length} records from ${first ? sequenceOf(first) : '?'} on are abandoned (${condition})`,
    );
    if (plan.failureQueueArn !== undefined && this.#maySendTo(plan.failureQueueArn)) {
      const arrival = (record: StreamRecord | undefined): string | undefined =>
        record?.dynamodb?.ApproximateCreationDateTime?.toISOString();
      this.#options.sendFailure(
        plan.failureQueueArn,
        JSON.stringify({
          requestContext: {
            requestId: randomUUID(),
            functionArn: plan.functionArn,
            condition,
            approximateInvokeCount: reader.failures,
          },
          responseContext: {
            statusCode: 200,
            executedVersion: '$LATEST',
            functionError: errorType === undefined ? null : 'Unhandled',
          },
          version: '1.0',
          timestamp: new Date().toISOString(),
          DDBStreamBatchInfo: {
            shardId: reader.shard.ShardId,
            startSequenceNumber: first && sequenceOf(first),
            endSequenceNumber: last && sequenceOf(last),
            approximateArrivalOfFirstRecord: arrival(first),
            approximateArrivalOfLastRecord: arrival(last),
            batchSize: batch.length,
            streamArn: plan.streamArn,
          },
        }),
      );
    }
    this.#advance(reader, batch.length);
    reader.limit = plan.batchSize;
  }

  /** Reports a denial: without the permission the failure message is lost. */
  #maySendTo(queueArn: string): boolean {
    const { access, pool, report } = this.#options;
    const denial = access.check(callerOf(pool.fn), 'sqs:SendMessage', queueArn);
    if (denial) report(`${this.plan.id}: ${denialMessage(denial)}`);
    return !denial;
  }
}

function sequenceOf(record: StreamRecord): string {
  return record.dynamodb?.SequenceNumber ?? '';
}

/** A record in the shape of Lambda's DynamoDB event. */
function eventRecordOf(record: StreamRecord, streamArn: string): object {
  const { Keys, NewImage, OldImage, SequenceNumber, SizeBytes, StreamViewType, ApproximateCreationDateTime } =
    record.dynamodb ?? {};
  return {
    eventID: record.eventID,
    eventName: record.eventName,
    eventVersion: record.eventVersion,
    eventSource: 'aws:dynamodb',
    awsRegion: place.region,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor((ApproximateCreationDateTime?.getTime() ?? 0) / 1000),
      Keys: withTextBinaries(Keys),
      NewImage: withTextBinaries(NewImage),
      OldImage: withTextBinaries(OldImage),
      SequenceNumber,
      SizeBytes,
      StreamViewType,
    },
    eventSourceARN: streamArn,
  };
}

/** Lambda's events contain binary values as base64. */
function withTextBinaries(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(withTextBinaries);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withTextBinaries(inner)]));
}

import { Duration, Names } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AlarmTopic, AlarmText } from './alarm-topic.ts';
import { allow } from './allow.ts';
import { HoldingQueue } from './holding-queue.ts';
import type { ServiceFunction } from './service-function.ts';

export type ConsumerQueueProps = {
  consumer: ServiceFunction;
  alarms: AlarmTopic;
  /** The alarm when messages are in the dead-letter queue. */
  alarm: AlarmText;
  /** How many batches are processed at once. */
  maxConcurrency: number;
  /** Messages per invocation. */
  batchSize?: number;
  queueName?: string;
  /** An external system reads the queue, so it must have no other consumer. */
  readElsewhere?: boolean;
};

/** Attempts before a message is a dead letter. */
const maxReceiveCount = 5;

/** A queue, its consumer function, and a dead-letter queue that raises an alarm at its first message. */
export class ConsumerQueue extends Construct {
  readonly consumer: ServiceFunction;
  readonly queue: Queue;
  readonly deadLetters: HoldingQueue;

  constructor(scope: Construct, id: string, props: ConsumerQueueProps) {
    super(scope, id);
    this.consumer = props.consumer;
    this.deadLetters = new HoldingQueue(this, 'DeadLetters', {
      alarms: props.alarms,
      alarm: props.alarm,
      ...(props.queueName === undefined ? {} : { queueName: `${props.queueName}-dlq` }),
    });
    this.queue = new Queue(this, 'Queue', {
      enforceSSL: true,
      encryption: QueueEncryption.SQS_MANAGED,
      // AWS recommends six times the timeout: with less, a slow batch is delivered again while it is processed.
      visibilityTimeout: Duration.seconds(6 * props.consumer.timeoutSeconds),
      // Shorter than the dead-letter queue's retention, which also counts from the first send.
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.deadLetters.queue, maxReceiveCount },
      ...(props.queueName === undefined ? {} : { queueName: props.queueName }),
    });
    if (props.readElsewhere === true) return;
    // Not the CDK's event source, which grants more actions.
    allow(
      props.consumer,
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      [this.queue.queueArn],
    );
    // The id that the CDK's event source would use. With another id a deployment would create a second mapping before
    // it deletes the first, and Lambda refuses two mappings of one queue.
    props.consumer.function.addEventSourceMapping(`SqsEventSource:${Names.nodeUniqueId(this.queue.node)}`, {
      eventSourceArn: this.queue.queueArn,
      batchSize: props.batchSize ?? 10,
      maxConcurrency: props.maxConcurrency,
      reportBatchItemFailures: true,
      // No batching window: it would delay every report and use up visibility timeout.
    });
  }
}

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
  /** Said when messages have failed for good. */
  alarm: AlarmText;
  /** How many batches are worked on at once. */
  maxConcurrency: number;
  /** Messages that one call is given. */
  batchSize?: number;
  queueName?: string;
  /** Somebody outside reads the queue: two readers would take each other's messages. */
  readElsewhere?: boolean;
};

/** Attempts before a message is a dead letter. */
const maxReceiveCount = 5;

/**
 * A queue, the function that works on it, and the dead letter queue whose first message raises the alarm.
 */
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
      // AWS's own advice: less, and a slow batch is handed out a second time while the first still runs.
      visibilityTimeout: Duration.seconds(6 * props.consumer.timeoutSeconds),
      // A dead letter keeps the time it was first sent: the dead letter queue must keep messages longer than this one.
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.deadLetters.queue, maxReceiveCount },
      ...(props.queueName === undefined ? {} : { queueName: props.queueName }),
    });
    if (props.readElsewhere === true) return;
    // Not the library's event source: that one grants what reading by hand takes as well.
    allow(
      props.consumer,
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      [this.queue.queueArn],
    );
    // Named as the library would: under another name a deployment would add a second reader before it takes the first
    // away, and Lambda refuses two of one queue.
    props.consumer.function.addEventSourceMapping(`SqsEventSource:${Names.nodeUniqueId(this.queue.node)}`, {
      eventSourceArn: this.queue.queueArn,
      batchSize: props.batchSize ?? 10,
      maxConcurrency: props.maxConcurrency,
      reportBatchItemFailures: true,
      // No batching window: it would delay every report, and eats visibility time.
    });
  }
}

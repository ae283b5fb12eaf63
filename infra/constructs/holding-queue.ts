import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, Stats, TreatMissingData, type Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { AlarmText, AlarmTopic } from './alarm-topic.ts';
import { allow } from './allow.ts';

export type HoldingQueueProps = {
  alarms: AlarmTopic;
  alarm: AlarmText;
  queueName?: string;
};

/** A queue whose messages wait for an operator (dead letters, parked messages). The first one raises the alarm. */
export class HoldingQueue extends Construct {
  readonly queue: Queue;
  readonly alarm: Alarm;

  constructor(scope: Construct, id: string, props: HoldingQueueProps) {
    super(scope, id);
    this.queue = new Queue(this, 'Queue', {
      enforceSSL: true,
      encryption: QueueEncryption.SQS_MANAGED,
      retentionPeriod: Duration.days(14),
      ...(props.queueName === undefined ? {} : { queueName: props.queueName }),
    });
    acknowledge(this.queue, {
      SQS3: 'Messages wait here for an operator; there is no consumer that could fail.',
    });
    this.alarm = props.alarms.alarm(this, 'Alarm', props.alarm, {
      metric: this.queue.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(1),
        statistic: Stats.MAXIMUM,
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  allowSend(to: IGrantable): void {
    allow(to, ['sqs:SendMessage'], [this.queue.queueArn]);
  }
}

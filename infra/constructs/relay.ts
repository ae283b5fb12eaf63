import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { settings } from '../../functions/relay/settings.ts';
import type { BuiltFunctions } from '../build.ts';
import type { AlarmTopic } from './alarm-topic.ts';
import { allow } from './allow.ts';
import type { EventTopic } from './event-topic.ts';
import { HoldingQueue } from './holding-queue.ts';
import type { RecordsTable } from './records-table.ts';
import { ServiceFunction } from './service-function.ts';

export type RelayProps = {
  functions: BuiltFunctions;
  records: RecordsTable;
  events: EventTopic;
  alarms: AlarmTopic;
};

/** Publishes what happened to a report: from the table's stream to the event topic, in order for each report. */
export class Relay extends Construct {
  readonly function: ServiceFunction;

  constructor(scope: Construct, id: string, props: RelayProps) {
    super(scope, id);
    const { former } = props.records;
    this.function = new ServiceFunction(this, 'Relay', {
      name: 'relay',
      functions: props.functions,
      settings,
      environment: { EVENT_TOPIC_ARN: props.events.topic.topicArn },
      timeoutSeconds: 30,
      description: 'Publishes the new events of each report version.',
    });
    props.events.allowPublish(this.function);
    // Not the library's grant: that one lists the streams of the whole account.
    allow(
      this.function,
      ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
      [props.records.streamArn, ...(former ? [former.stream] : [])],
    );

    const failed = new HoldingQueue(this, 'Failed', {
      alarms: props.alarms,
      alarm: {
        hurt: 'Events of some reports were never published: those reports are not routed, or people are not told. The events lie in the reports still.',
        runbook: 'relay-failed',
      },
    });
    const mapping = {
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      // Records of one report never run side by side: they share a key.
      parallelizationFactor: 4,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      // Waits out an outage of the topic. A record that can never be published holds up its shard this long at most.
      maxRecordAge: Duration.hours(12),
      // Not the library's destination: that one grants looking at the queue, too.
      onFailure: { bind: () => ({ destination: failed.queue.queueArn }) },
    };
    this.function.function.addEventSourceMapping('RecordsStream', {
      ...mapping,
      eventSourceArn: props.records.streamArn,
    });
    // Under the name that the version before gave it: it goes on from where it is.
    if (former)
      this.function.function.addEventSourceMapping('Stream', { ...mapping, eventSourceArn: former.stream });
    allow(this.function, ['sqs:SendMessage'], [failed.queue.queueArn]);
    props.alarms.alarm(
      this,
      'Behind',
      {
        hurt: 'Reports wait over five minutes to be routed; departments and residents hear nothing new.',
        runbook: 'relay-behind',
      },
      {
        metric: this.function.function.metric('IteratorAge', {
          period: Duration.minutes(1),
          statistic: Stats.MAXIMUM,
        }),
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        threshold: Duration.minutes(5).toMilliseconds(),
        evaluationPeriods: 2,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      },
    );
  }
}

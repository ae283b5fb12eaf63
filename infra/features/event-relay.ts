import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { settings } from '../../functions/relay/settings.ts';
import { allow } from '../constructs/allow.ts';
import { HoldingQueue } from '../constructs/holding-queue.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import type { SharedResources } from './shared-resources.ts';

/** Publishes events from the table's stream to the event topic, in order for each report. */
export function addEventRelay(shared: SharedResources): ServiceFunction {
  const { stack, functions, records, events, alarms } = shared;
  const { former } = records;
  const scope = new Construct(stack, 'Relay');

  const relay = new ServiceFunction(scope, 'Relay', {
    name: 'relay',
    description: 'Publishes the new events of each report version.',
    functions,
    timeoutSeconds: 30,
    settings,
    environment: { EVENT_TOPIC_ARN: events.topic.topicArn },
  });
  events.allowPublish(relay);
  // Not the CDK's grant, which lists the streams of the whole account.
  allow(
    relay,
    ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
    [records.streamArn, ...(former ? [former.stream] : [])],
  );

  const failed = new HoldingQueue(scope, 'Failed', {
    alarms,
    alarm: {
      impact:
        'Events of some reports were never published: those reports are not routed, or notices are missing. The reports still contain the events.',
      runbook: 'relay-failed',
    },
  });
  failed.allowSend(relay);
  const mapping = {
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: 100,
    // Records of one report have the same key, so they are never processed in parallel.
    parallelizationFactor: 4,
    reportBatchItemFailures: true,
    bisectBatchOnError: true,
    // Long enough for an outage of the topic; also the longest that an unpublishable record blocks its shard.
    maxRecordAge: Duration.hours(12),
    // Not the CDK's destination, which grants more actions on the queue.
    onFailure: { bind: () => ({ destination: failed.queue.queueArn }) },
  };
  relay.function.addEventSourceMapping('RecordsStream', { ...mapping, eventSourceArn: records.streamArn });
  // With the former version's id, so that the mapping keeps its position in the stream.
  if (former) relay.function.addEventSourceMapping('Stream', { ...mapping, eventSourceArn: former.stream });

  alarms.alarm(
    scope,
    'Behind',
    {
      impact: 'Reports wait over five minutes to be routed; departments and residents hear nothing new.',
      runbook: 'relay-behind',
    },
    {
      metric: relay.function.metric('IteratorAge', {
        period: Duration.minutes(1),
        statistic: Stats.MAXIMUM,
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: Duration.minutes(5).toMilliseconds(),
      evaluationPeriods: 2,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    },
  );
  return relay;
}

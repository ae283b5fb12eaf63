import { Aws } from 'aws-cdk-lib';
import { Alarm, type AlarmProps } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

/** Pages of docs/runbook.md that an alarm may send its reader to. */
export const runbookPages = [
  'dead-letters',
  'parked-messages',
  'relay-behind',
  'relay-failed',
  'clocks-stand-still',
  'digests-not-sent',
  'sign-in-fails',
  'api-errors',
] as const;
export type RunbookPage = (typeof runbookPages)[number];

export type AlarmText = {
  /** Who is affected and how, in a sentence that someone woken at night understands. */
  impact: string;
  runbook: RunbookPage;
};

/** Where alarms go. Operators subscribe to it by whatever way wakes them. */
export class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { enforceSSL: true });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        actions: ['sns:Publish'],
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
  }

  /** An alarm that calls when it starts, under `scope`. */
  alarm(scope: Construct, id: string, text: AlarmText, props: Omit<AlarmProps, 'alarmDescription'>): Alarm {
    const alarm = new Alarm(scope, id, {
      ...props,
      alarmDescription: `${text.impact} See docs/runbook.md#${text.runbook}`,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    return alarm;
  }
}

import { Aws } from 'aws-cdk-lib';
import { Alarm, type AlarmProps } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

/** Sections of docs/runbook.md that alarms refer to. */
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
  /** Who is affected and how, in one plain sentence. */
  impact: string;
  runbook: RunbookPage;
};

/** The topic for alarms; operators subscribe to it. */
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

  /** Creates an alarm under `scope` that notifies the topic when it starts. */
  alarm(scope: Construct, id: string, text: AlarmText, props: Omit<AlarmProps, 'alarmDescription'>): Alarm {
    const alarm = new Alarm(scope, id, {
      ...props,
      alarmDescription: `${text.impact} See docs/runbook.md#${text.runbook}`,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    return alarm;
  }
}

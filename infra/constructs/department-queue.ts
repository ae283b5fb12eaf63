import { Subscription, SubscriptionProtocol, SubscriptionFilter, type ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { recipientName, type DigestRecipient } from '../../shared/kernel/notices.ts';
import type { City } from '../../shared/config/city.ts';
import type { AlarmTopic } from './alarm-topic.ts';
import { ConsumerQueue } from './consumer-queue.ts';
import type { EventTopic } from './event-topic.ts';
import type { ServiceFunction } from './service-function.ts';

export type DepartmentQueueProps = {
  department: City['departments'][number];
  /** The part of the queue's name before `-dept-<id>`. */
  prefix: string;
  events: EventTopic;
  notices: ITopic;
  deliver: ServiceFunction;
  alarms: AlarmTopic;
};

/**
 * A department's own queue: every assignment to it and nothing else. Its name is a promise to departments that read it
 * with their own system (`readsQueue`); the others' is read by deliver.
 */
export class DepartmentQueue extends Construct {
  constructor(scope: Construct, id: string, props: DepartmentQueueProps) {
    super(scope, id);
    const { department } = props;
    const assignments = new ConsumerQueue(this, 'Assignments', {
      queueName: `${props.prefix}-dept-${department.id}`,
      consumer: props.deliver,
      alarms: props.alarms,
      alarm: {
        hurt: `${department.name.en} ${department.name.zh} (${department.id}) was assigned reports that its own system has not received; residents wait.`,
        runbook: 'dead-letters',
      },
      // The smallest there is: one department's slow system must not take the others' share of deliver.
      maxConcurrency: 2,
      readElsewhere: department.readsQueue === true,
    });
    props.events.feed(assignments, { types: ['report-assigned.v1'], department: department.id });

    const mail = (id: string, endpoint: string | undefined, to: DigestRecipient): void => {
      if (endpoint === undefined) return;
      new Subscription(this, id, {
        topic: props.notices,
        protocol: SubscriptionProtocol.EMAIL,
        endpoint,
        filterPolicy: { recipient: SubscriptionFilter.stringFilter({ allowlist: [recipientName(to)] }) },
      });
    };
    mail('Email', department.email, { kind: 'department', department: department.id });
    mail('HeadEmail', department.alerts?.email, { kind: 'head', department: department.id });
  }
}

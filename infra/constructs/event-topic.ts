import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { allow } from './allow.ts';
import type { ConsumerQueue } from './consumer-queue.ts';

export type EventFilter = {
  /** Event types with versions; undefined: all. */
  types?: readonly string[];
  /** Only events that require photo processing. */
  photos?: true;
  /** Only events between a report and its subtasks at supporting departments. */
  joint?: true;
  department?: string;
};

/** Every event of every report, published once by the relay. */
export class EventTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { enforceSSL: true });
  }

  /** Subscribes the queue to the events that match the filter, with raw message delivery. */
  feed(consumer: ConsumerQueue, filter: EventFilter = {}): void {
    const filterPolicy: Record<string, SubscriptionFilter> = {};
    if (filter.types !== undefined)
      filterPolicy['type'] = SubscriptionFilter.stringFilter({ allowlist: [...filter.types] });
    if (filter.photos) filterPolicy['photos'] = SubscriptionFilter.stringFilter({ allowlist: ['yes'] });
    if (filter.joint) filterPolicy['joint'] = SubscriptionFilter.stringFilter({ allowlist: ['yes'] });
    if (filter.department !== undefined)
      filterPolicy['department'] = SubscriptionFilter.stringFilter({ allowlist: [filter.department] });
    this.topic.addSubscription(
      new SqsSubscription(consumer.queue, {
        rawMessageDelivery: true,
        // Otherwise undeliverable messages would be lost, for example when the queue's policy is deleted.
        deadLetterQueue: consumer.deadLetters.queue,
        ...(Object.keys(filterPolicy).length === 0 ? {} : { filterPolicy }),
      }),
    );
  }

  allowPublish(grantee: IGrantable): void {
    allow(grantee, ['sns:Publish'], [this.topic.topicArn]);
  }
}

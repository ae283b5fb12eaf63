import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { allow } from './allow.ts';
import type { ConsumerQueue } from './consumer-queue.ts';

export type EventFilter = {
  /** Event types with their versions; without them all. */
  types?: readonly string[];
  /** Only events that ask something of photos. */
  photos?: true;
  /** Only what passes between a report and the parts of supporting departments. */
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

  /** Sends the events that pass the filter to the queue, as the relay wrote them. */
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
        // What the topic cannot hand over, a deleted policy say, is lost otherwise.
        deadLetterQueue: consumer.deadLetters.queue,
        ...(Object.keys(filterPolicy).length === 0 ? {} : { filterPolicy }),
      }),
    );
  }

  allowPublish(grantee: IGrantable): void {
    allow(grantee, ['sns:Publish'], [this.topic.topicArn]);
  }
}

import { settings } from '../../functions/joint/settings.ts';
import { ConsumerQueue } from '../constructs/consumer-queue.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import type { SharedResources } from './shared-resources.ts';

/** Sends commands between a report and the subtasks of its supporting departments. */
export function addJointWork(shared: SharedResources): void {
  const { stack, functions, records, events, parked, alarms } = shared;

  const joint = new ServiceFunction(stack, 'Joint', {
    name: 'joint',
    description: 'Sends commands between a report and its subtasks.',
    functions,
    timeoutSeconds: 30,
    settings,
    environment: { ...records.environment, PARKING_QUEUE_URL: parked.queue.queueUrl },
  });
  records.allow(joint, 'GetItem', 'PutItem');
  parked.allowSend(joint);
  const queue = new ConsumerQueue(stack, 'JointQueue', {
    consumer: joint,
    alarms,
    alarm: {
      impact:
        'Supporting departments were not asked, or their answers did not reach the lead: joint work waits.',
      runbook: 'dead-letters',
    },
    maxConcurrency: 5,
  });
  events.feed(queue, { joint: true });
}

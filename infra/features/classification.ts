import { settings } from '../../functions/classify/settings.ts';
import { ConsumerQueue } from '../constructs/consumer-queue.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import type { SharedResources } from './shared-resources.ts';

/** Classification: finds the category and department of each new report. */
export function addClassification(shared: SharedResources): void {
  const { stack, functions, records, events, parked, alarms } = shared;

  const classify = new ServiceFunction(stack, 'Classify', {
    name: 'classify',
    description: 'Finds category and department of a new report.',
    functions,
    timeoutSeconds: 30,
    settings,
    environment: { ...records.environment, PARKING_QUEUE_URL: parked.queue.queueUrl },
  });
  records.allow(classify, 'GetItem', 'PutItem');
  parked.allowSend(classify);
  const queue = new ConsumerQueue(stack, 'ClassifyQueue', {
    consumer: classify,
    alarms,
    alarm: {
      impact: 'New reports were not routed to any department; their residents wait.',
      runbook: 'dead-letters',
    },
    maxConcurrency: 10,
  });
  events.feed(queue, { types: ['report-submitted.v1'] });
}

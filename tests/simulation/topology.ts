import type { City } from '../../shared/config/city.ts';
import { noticeEventTypes } from '../../shared/kernel/notices.ts';
import { notices } from '../../shared/records/notices.ts';
import type { FilterPolicy, QueueShape } from './messaging.ts';

/**
 * The queues that the stack makes, their subscriptions and consumers. Photos have none: cleaning pixels is slow,
 * and what it decides is one more command. `topology.test.ts` holds this to the synthesized template.
 */
export function queuesOf(city: City): QueueShape[] {
  return [
    queue('classify', 'classify', { type: ['report-submitted.v1'] }, 10),
    queue('notify', 'notify', { type: noticeEventTypes(notices) }, 5),
    queue('joint', 'joint', { joint: ['yes'] }, 5),
    queue('stats', 'stats', {}, 2),
    ...city.departments.map(({ id }) =>
      queue(`dept-${id}`, 'deliver', { type: ['report-assigned.v1'], department: [id] }, 2),
    ),
  ];
}

function queue(name: string, consumer: string, filter: FilterPolicy, maxConcurrency: number): QueueShape {
  return {
    name,
    consumer,
    filter,
    batchSize: 10,
    maxConcurrency,
    visibilitySeconds: 180,
    maxReceiveCount: 5,
  };
}

/** How long each function may take. */
export const timeoutSeconds: Record<string, number> = {
  submit: 10,
  'resident-command': 10,
  desk: 10,
  classify: 30,
  notify: 30,
  joint: 30,
  stats: 30,
  deliver: 30,
  relay: 30,
  sweep: 55,
  digest: 55,
};

import { expect, it } from 'vitest';
import { asList, ofType, pointsTo, synthesize, type Template } from '../infra/template.ts';
import { city } from '../support/city.ts';
import type { FilterPolicy } from './messaging.ts';
import { queuesOf, timeoutSeconds } from './topology.ts';

/** What the simulation takes for the stack's queues is what the stack makes. */

const { platform, departments } = synthesize();

/** Of every queue with a consumer or a subscription: how it is worked and what it wants. */
function queuesIn(template: Template): Record<string, unknown>[] {
  return ofType(template, 'AWS::SNS::Subscription').flatMap(([, subscription]) => {
    const { Endpoint, FilterPolicy = {} } = subscription.Properties;
    const queue = template.Resources[pointsTo(Endpoint) ?? ''];
    if (queue?.Type !== 'AWS::SQS::Queue') return [];
    const mapping = ofType(template, 'AWS::Lambda::EventSourceMapping').find(
      ([, { Properties }]) => pointsTo(Properties['EventSourceArn']) === pointsTo(Endpoint),
    )?.[1].Properties;
    const { maxReceiveCount } = queue.Properties['RedrivePolicy'] as { maxReceiveCount: number };
    return {
      filter: FilterPolicy as FilterPolicy,
      batchSize: mapping?.['BatchSize'],
      maxConcurrency: (mapping?.['ScalingConfig'] as { MaximumConcurrency: number } | undefined)
        ?.MaximumConcurrency,
      visibilitySeconds: queue.Properties['VisibilityTimeout'],
      maxReceiveCount,
      reportsFailures: asList(mapping?.['FunctionResponseTypes']),
    };
  });
}

it('have the consumers and subscriptions of the templates', () => {
  const simulated = queuesOf(city).map(({ name: _name, consumer: _consumer, ...shape }) => ({
    ...shape,
    reportsFailures: ['ReportBatchItemFailures'],
  }));
  const stacked = [...queuesIn(platform), ...queuesIn(departments)].filter(
    // Photos are not simulated.
    ({ filter }) => !Object.hasOwn(filter as FilterPolicy, 'photos'),
  );
  expect(simulated.map((queue) => JSON.stringify(sorted(queue))).sort()).toEqual(
    stacked.map((queue) => JSON.stringify(sorted(queue))).sort(),
  );
});

it('have functions with the timeouts of the templates', () => {
  const descriptions = [
    ...ofType(platform, 'AWS::Lambda::Function'),
    ...ofType(departments, 'AWS::Lambda::Function'),
  ];
  for (const [name, seconds] of Object.entries(timeoutSeconds)) {
    const id = name.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase());
    const found = descriptions.filter(([logicalId]) => logicalId.startsWith(id));
    expect(
      found.map(([, { Properties }]) => Properties['Timeout']),
      name,
    ).toContain(seconds);
  }
});

function sorted(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

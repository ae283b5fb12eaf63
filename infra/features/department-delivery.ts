import type { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { settings } from '../../functions/deliver/settings.ts';
import type { Department } from '../../shared/config/city.ts';
import { allow } from '../constructs/allow.ts';
import { ConsumerQueue } from '../constructs/consumer-queue.ts';
import { addNoticeMail } from '../constructs/notice-mail.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import type { SharedResources } from './shared-resources.ts';

/**
 * A queue per department with its assignments, and the function that delivers from all of them. Departments that read
 * their queue with their own system (`readsQueue`) rely on its name.
 * @param stack the departments' stack, not the stack of the shared resources.
 */
export function addDepartmentDelivery(stack: Stack, shared: SharedResources): void {
  const { city, functions, secret, parked } = shared;

  const deliver = new ServiceFunction(stack, 'Deliver', {
    name: 'deliver',
    description: "Delivers assignments to departments' own systems.",
    functions,
    timeoutSeconds: 30,
    settings,
    environment: { SECRET_ARN: secret.secretArn, PARKING_QUEUE_URL: parked.queue.queueUrl },
  });
  allow(deliver, ['secretsmanager:GetSecretValue'], [secret.secretArn]);
  parked.allowSend(deliver);

  for (const department of city.departments) addDepartment(stack, shared, deliver, department);
}

function addDepartment(
  stack: Stack,
  { stack: platform, events, notices, alarms }: SharedResources,
  deliver: ServiceFunction,
  department: Department,
): void {
  const scope = new Construct(stack, `Department-${department.id}`);
  const assignments = new ConsumerQueue(scope, 'Assignments', {
    queueName: `${platform.stackName}-dept-${department.id}`,
    consumer: deliver,
    alarms,
    alarm: {
      impact: `${department.name.en} ${department.name.zh} (${department.id}) was assigned reports that its own system has not received; residents wait.`,
      runbook: 'dead-letters',
    },
    // The minimum, so that one department's slow system does not block deliveries to others.
    maxConcurrency: 2,
    readElsewhere: department.readsQueue === true,
  });
  events.feed(assignments, { types: ['report-assigned.v1'], department: department.id });

  addNoticeMail(scope, 'Email', notices, { kind: 'department', department: department.id }, department.email);
  addNoticeMail(
    scope,
    'HeadEmail',
    notices,
    { kind: 'head', department: department.id },
    department.alerts?.email,
  );
}

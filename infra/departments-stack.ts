import { CfnResource, CrossStackReferences, ReferenceStrength, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { settings } from '../functions/deliver/settings.ts';
import type { City } from '../shared/config/city.ts';
import type { BuiltFunctions } from './build.ts';
import { allow } from './constructs/allow.ts';
import { DepartmentQueue } from './constructs/department-queue.ts';
import { ServiceFunction } from './constructs/service-function.ts';
import type { PlatformStack } from './platform-stack.ts';

export type DepartmentsStackProps = StackProps & {
  city: City;
  functions: BuiltFunctions;
  platform: PlatformStack;
};

/** CloudFormation's limit. */
const mostResources = 500;

/** A queue for each department of the city, and the function that delivers from all of them. */
export class DepartmentsStack extends Stack {
  constructor(scope: Construct, id: string, props: DepartmentsStackProps) {
    super(scope, id, props);
    const { platform, city } = props;
    // CloudFormation then refuses to remove or replace what this stack still uses.
    CrossStackReferences.of(this).consume(ReferenceStrength.STRONG);

    const deliver = new ServiceFunction(this, 'Deliver', {
      name: 'deliver',
      description: "Hands assignments to departments' own systems.",
      functions: props.functions,
      settings,
      environment: {
        SECRET_ARN: platform.secret.secretArn,
        PARKING_QUEUE_URL: platform.parked.queue.queueUrl,
      },
      timeoutSeconds: 30,
    });
    allow(deliver, ['secretsmanager:GetSecretValue'], [platform.secret.secretArn]);
    allow(deliver, ['sqs:SendMessage'], [platform.parked.queue.queueArn]);

    for (const department of city.departments) {
      new DepartmentQueue(this, `Department-${department.id}`, {
        department,
        prefix: platform.stackName,
        events: platform.events,
        notices: platform.notices,
        deliver,
        alarms: platform.alarms,
      });
    }

    const resources = this.node.findAll().filter((construct) => CfnResource.isCfnResource(construct)).length;
    if (resources > mostResources) {
      const each = resources / city.departments.length;
      throw new Error(
        `The city has ${city.departments.length} departments, whose queues, alarms and subscriptions are ${resources} resources. ` +
          `One CloudFormation stack holds ${mostResources}, which is about ${Math.floor(mostResources / each)} departments. ` +
          'Let departments that need no queue of their own share one: a department may have several areas and services.',
      );
    }
  }
}

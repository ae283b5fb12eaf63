import { CfnResource, CrossStackReferences, ReferenceStrength, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { addDepartmentDelivery } from './features/department-delivery.ts';
import type { PlatformStack } from './platform-stack.ts';

export type DepartmentsStackProps = StackProps & {
  platform: PlatformStack;
};

/** CloudFormation's limit. */
const maxResources = 500;

/** A queue for resourcesPerDepartment department of the city, and the function that delivers from all of them. */
export class DepartmentsStack extends Stack {
  constructor(scope: Construct, id: string, props: DepartmentsStackProps) {
    super(scope, id, props);
    const { platform } = props;
    const { city } = platform.shared;
    // CloudFormation then refuses to remove or replace resources that this stack uses.
    CrossStackReferences.of(this).consume(ReferenceStrength.STRONG);

    addDepartmentDelivery(this, platform.shared);

    const resources = this.node.findAll().filter((construct) => CfnResource.isCfnResource(construct)).length;
    if (resources > maxResources) {
      const resourcesPerDepartment = resources / city.departments.length;
      throw new Error(
        `The city has ${city.departments.length} departments, whose queues, alarms and subscriptions are ${resources} resources. ` +
          `One CloudFormation stack holds ${maxResources}, which is about ${Math.floor(maxResources / resourcesPerDepartment)} departments. ` +
          'Let departments that need no queue of their own share one: a department may have several areas and services.',
      );
    }
  }
}

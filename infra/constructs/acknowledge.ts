import { Stack, Validations, type CfnElement } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Accepts findings of cdk-nag's AwsSolutions at this construct and below, each with the reason a reviewer may weigh.
 * A finding about one action or resource is accepted for that one alone: `IAM5[Resource::…]`.
 */
export function acknowledge(scope: IConstruct, findings: Record<string, string>): void {
  Validations.of(scope).acknowledge(
    ...Object.entries(findings).map(([finding, reason]) => ({ id: `AwsSolutions-${finding}`, reason })),
  );
}

/** How a finding names the resources below one: `Resource::<LogicalId.Arn>/prefix/*`. */
export function resourceFinding(owner: IConstruct, path: string): string {
  return `Resource::<${Stack.of(owner).getLogicalId(owner.node.defaultChild as CfnElement)}.Arn>${path}`;
}

import { Stack, Validations, type CfnElement } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Acknowledges findings of cdk-nag's AwsSolutions for this construct and its children, each with a reason for reviewers.
 * A finding about one action or resource is acknowledged for it alone: `IAM5[Resource::…]`.
 */
export function acknowledge(scope: IConstruct, findings: Record<string, string>): void {
  Validations.of(scope).acknowledge(
    ...Object.entries(findings).map(([finding, reason]) => ({ id: `AwsSolutions-${finding}`, reason })),
  );
}

/** A finding's name for the resources under one: `Resource::<LogicalId.Arn>/prefix/*`. */
export function resourceFinding(owner: IConstruct, path: string): string {
  return `Resource::<${Stack.of(owner).getLogicalId(owner.node.defaultChild as CfnElement)}.Arn>${path}`;
}

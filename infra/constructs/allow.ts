import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';

/**
 * Allows exactly these actions on exactly these resources. The CDK's grants add more than a function needs (wildcards,
 * every index of a table).
 */
export function allow(
  grantee: IGrantable,
  actions: readonly string[],
  resourceArns: readonly string[],
): void {
  Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [...resourceArns] });
}

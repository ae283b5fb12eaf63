import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';

/**
 * Allows exactly these actions on exactly these resources. The library's own grants add what most applications want
 * (wildcards, every index of a table); this stack gives a function what it uses and no more.
 */
export function allow(
  grantee: IGrantable,
  actions: readonly string[],
  resourceArns: readonly string[],
): void {
  Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [...resourceArns] });
}

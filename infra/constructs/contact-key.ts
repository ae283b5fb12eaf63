import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AccountRootPrincipal, PolicyDocument, PolicyStatement, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { allow } from './allow.ts';

/** The key that encrypts the data keys of contacts. Retained, since deleting it would make every contact unreadable. */
export class ContactKey extends Construct {
  readonly key: Key;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      description: "Encrypts residents' names and telephone numbers.",
      enableKeyRotation: true,
      rotationPeriod: Duration.days(365),
      pendingWindow: Duration.days(30),
      removalPolicy: RemovalPolicy.RETAIN,
      policy: new PolicyDocument({
        statements: [
          new PolicyStatement({
            sid: 'AdministeredByThisAccount',
            principals: [new AccountRootPrincipal()],
            // Everything except use, grants and import of key material.
            actions: [
              'CancelKeyDeletion',
              'DescribeKey',
              'DisableKey',
              'EnableKey',
              'EnableKeyRotation',
              'GetKeyPolicy',
              'GetKeyRotationStatus',
              'ListKeyPolicies',
              'ListResourceTags',
              'PutKeyPolicy',
              'ScheduleKeyDeletion',
              'TagResource',
              'UntagResource',
              'UpdateKeyDescription',
            ].map((action) => `kms:${action}`),
            resources: ['*'],
          }),
          new PolicyStatement({
            sid: 'UsedAsPoliciesOfThisAccountSay',
            principals: [new AccountRootPrincipal()],
            actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
            resources: ['*'],
            conditions: { StringEquals: { 'kms:EncryptionContext:purpose': 'contact' } },
          }),
        ],
      }),
    });
  }

  allow(to: IGrantable, action: 'GenerateDataKey' | 'Decrypt'): void {
    allow(to, [`kms:${action}`], [this.key.keyArn]);
  }
}

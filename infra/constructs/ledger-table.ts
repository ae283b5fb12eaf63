import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ledgerTable } from '../../shared/store/schema.ts';
import { allow } from './allow.ts';

/** Idempotency marks of consumers, and figures counted from events. */
export class LedgerTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: ledgerTable.hashKey, type: AttributeType.STRING },
      sortKey: { name: ledgerTable.rangeKey, type: AttributeType.STRING },
      timeToLiveAttribute: ledgerTable.timeToLive,
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  /** Transactions need the actions of the writes in them. */
  allow(
    grantee: IGrantable,
    ...actions: (
      'GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'BatchGetItem' | 'BatchWriteItem' | 'Query'
    )[]
  ): void {
    allow(
      grantee,
      actions.map((action) => `dynamodb:${action}`),
      [this.table.tableArn],
    );
  }
}

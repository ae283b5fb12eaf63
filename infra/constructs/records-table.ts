import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { recordsTable } from '../../shared/store/schema.ts';
import { allow } from './allow.ts';

/** One item a record, and what lies beside it; its stream is the outbox. */
export class RecordsTable extends Construct {
  readonly table: Table;
  readonly streamArn: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: recordsTable.hashKey, type: AttributeType.STRING },
      sortKey: { name: recordsTable.rangeKey, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    for (const index of Object.values(recordsTable.indexes)) {
      this.table.addGlobalSecondaryIndex({
        indexName: index.name,
        partitionKey: { name: index.hashKey, type: AttributeType.STRING },
        sortKey: { name: index.rangeKey, type: AttributeType.STRING },
        ...(index.include === undefined
          ? { projectionType: ProjectionType.KEYS_ONLY }
          : { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...index.include] }),
      });
    }
    if (this.table.tableStreamArn === undefined) throw new Error('the records table has no stream');
    this.streamArn = this.table.tableStreamArn;
  }

  allow(
    grantee: IGrantable,
    ...actions: ('GetItem' | 'BatchGetItem' | 'PutItem' | 'ConditionCheckItem')[]
  ): void {
    allow(
      grantee,
      actions.map((action) => `dynamodb:${action}`),
      [this.table.tableArn],
    );
  }

  /** Allows reading these indexes, not the table behind them. */
  allowQuery(grantee: IGrantable, ...indexes: (keyof typeof recordsTable.indexes)[]): void {
    allow(
      grantee,
      ['dynamodb:Query'],
      indexes.map((index) => `${this.table.tableArn}/index/${recordsTable.indexes[index].name}`),
    );
  }
}

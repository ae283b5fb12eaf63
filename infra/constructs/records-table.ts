import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { recordsTable } from '../../shared/store/schema.ts';
import { allow } from './allow.ts';

/** The records table of the version before, by its name, and its stream by its ARN. */
export type FormerTable = { table: string; stream: string };

/** One item a record, and what lies beside it; its stream is the outbox. */
export class RecordsTable extends Construct {
  readonly table: Table;
  readonly streamArn: string;
  /** Set while records are moved out of it. */
  readonly former: FormerTable | undefined;
  /** Environment variables of the functions that use it. */
  readonly environment: { REPORTS_TABLE: string; FORMER_TABLE?: string };

  constructor(scope: Construct, id: string, former?: FormerTable) {
    super(scope, id);
    this.former = former;
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
    this.environment = {
      REPORTS_TABLE: this.table.tableName,
      ...(former && { FORMER_TABLE: former.table }),
    };
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
    if (!this.former) return;
    const resourceName = this.former.table;
    const formerArn = Stack.of(this).formatArn({ service: 'dynamodb', resource: 'table', resourceName });
    // The former table is read without batches.
    const onFormer = new Set(['GetItem', ...actions.filter((action) => action !== 'BatchGetItem')]);
    allow(
      grantee,
      [...onFormer].map((action) => `dynamodb:${action}`),
      [formerArn],
    );
    // A record that was moved while it was looked for is read here once more.
    allow(grantee, ['dynamodb:GetItem'], [this.table.tableArn]);
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

import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { recordsTable } from '../../shared/store/schema.ts';
import { allow } from './allow.ts';

/** The former version's records table: its name and its stream's ARN. */
export type FormerTable = { table: string; stream: string };

/** One item per record, and related items; its stream is the transactional outbox. */
export class RecordsTable extends Construct {
  readonly table: Table;
  readonly streamArn: string;
  /** Set while records are being migrated. */
  readonly former: FormerTable | undefined;
  /** Environment variables for functions that use the table. */
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
    // The former table is read by single items.
    const onFormer = new Set(['GetItem', ...actions.filter((action) => action !== 'BatchGetItem')]);
    allow(
      grantee,
      [...onFormer].map((action) => `dynamodb:${action}`),
      [formerArn],
    );
    // A record moved during the lookup is read here again.
    allow(grantee, ['dynamodb:GetItem'], [this.table.tableArn]);
  }

  /** Allows querying these indexes, not the table. */
  allowQuery(grantee: IGrantable, ...indexes: (keyof typeof recordsTable.indexes)[]): void {
    allow(
      grantee,
      ['dynamodb:Query'],
      indexes.map((index) => `${this.table.tableArn}/index/${recordsTable.indexes[index].name}`),
    );
  }
}

import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Template as Synthesized } from 'aws-cdk-lib/assertions';
import { RecordsTable } from '../constructs/records-table.ts';

/** Changes of the records table that a single deployment cannot make, each as a template of its own. */

type Key = { AttributeName: string; KeyType: string };
type Index = { IndexName: string; KeySchema: Key[]; Projection: object };
type TableProperties = {
  KeySchema: Key[];
  AttributeDefinitions: { AttributeName: string; AttributeType: string }[];
  GlobalSecondaryIndexes?: Index[];
};
type Resource = { Type: string; Properties?: Record<string, unknown> };
export type Template = {
  Resources: Record<string, Resource>;
  Outputs?: Record<string, { Value: unknown; Description?: string }>;
  Parameters?: Record<string, unknown>;
};

export type WantedTable = { id: string; resource: Resource; outputs: NonNullable<Template['Outputs']> };

/** The records table in this version's template. @param stackName the platform stack's name. */
export function wantedRecordsTable(stackName = 'Suishoubao'): WantedTable {
  const stack = new Stack(new App({ analyticsReporting: false }), stackName);
  const { table } = new RecordsTable(stack, 'Records');
  new CfnOutput(stack, 'RecordsTableName', { value: table.tableName });
  const template = Synthesized.fromStack(stack).toJSON() as Template;
  const id = Object.keys(template.Resources)[0] ?? '';
  const resource = template.Resources[id];
  if (!resource) throw new Error('the records table is not in its template');
  return { id, resource, outputs: template.Outputs ?? {} };
}

export type Change = { template: Template; zh: string; en: string };

/**
 * The next step from the deployed table to the wanted one: add the table, else add a missing index, else remove an
 * index no longer wanted. CloudFormation adds or removes one index per update. Undefined when nothing is left to do.
 * @throws when an index has changed but kept its name: replacing it would leave the table without it for a while.
 */
export function nextChange(deployed: Template, wanted: WantedTable): Change | undefined {
  const { id, resource, outputs } = wanted;
  const deployedTable = deployed.Resources[id];
  if (!deployedTable)
    return {
      template: {
        ...deployed,
        Resources: { ...deployed.Resources, [id]: resource },
        Outputs: { ...deployed.Outputs, ...outputs },
      },
      zh: '新建记录表',
      en: 'adding the records table',
    };
  const [has, wants] = [propertiesOf(deployedTable), propertiesOf(resource)];
  const [hasIndexes, wantsIndexes] = [has.GlobalSecondaryIndexes ?? [], wants.GlobalSecondaryIndexes ?? []];
  const nameIn = (indexes: readonly Index[], name: string): Index | undefined =>
    indexes.find(({ IndexName }) => IndexName === name);
  for (const index of wantsIndexes) {
    const same = nameIn(hasIndexes, index.IndexName);
    if (same && JSON.stringify(same) !== JSON.stringify(index))
      throw new Error(`the index ${index.IndexName} has changed: give the new one another name`);
  }
  const withIndexes = (indexes: Index[]): Template => {
    const keys = [has.KeySchema, ...indexes.map(({ KeySchema }) => KeySchema)].flat();
    const keyAttributes = new Set(keys.map(({ AttributeName }) => AttributeName));
    const types = new Map(
      [...has.AttributeDefinitions, ...wants.AttributeDefinitions].map((one) => [one.AttributeName, one]),
    );
    const properties: TableProperties = {
      ...has,
      // DynamoDB refuses an attribute definition that no key uses.
      AttributeDefinitions: [...types.values()].filter(({ AttributeName }) =>
        keyAttributes.has(AttributeName),
      ),
      GlobalSecondaryIndexes: indexes,
    };
    return {
      ...deployed,
      Resources: { ...deployed.Resources, [id]: { ...deployedTable, Properties: properties } },
    };
  };
  const missing = wantsIndexes.find(({ IndexName }) => !nameIn(hasIndexes, IndexName));
  if (missing)
    return {
      template: withIndexes([...hasIndexes, missing]),
      zh: `新建索引 ${missing.IndexName}`,
      en: `adding the index ${missing.IndexName}`,
    };
  const obsolete = hasIndexes.find(({ IndexName }) => !nameIn(wantsIndexes, IndexName));
  if (obsolete)
    return {
      template: withIndexes(hasIndexes.filter((index) => index !== obsolete)),
      zh: `删除索引 ${obsolete.IndexName}`,
      en: `removing the index ${obsolete.IndexName}`,
    };
  return undefined;
}

function propertiesOf({ Properties }: Resource): TableProperties {
  return Properties as unknown as TableProperties;
}

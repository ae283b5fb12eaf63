import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Template as Synthesized } from 'aws-cdk-lib/assertions';
import { RecordsTable } from '../constructs/records-table.ts';

/** The changes of the records table that a deployment cannot make, or not all at once, each a template of its own. */

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

/** The records table as this version's template has it. @param stack the name of the platform's stack. */
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
 * The next change on the way from what is deployed to the wanted table: the table itself, else an index that is
 * missing, else one that is not wanted any more; CloudFormation makes or removes one index at a time. Undefined when
 * nothing is left.
 * @throws when an index has changed under its name: it would have to be gone for a while.
 */
export function nextChange(deployed: Template, wanted: WantedTable): Change | undefined {
  const { id, resource, outputs } = wanted;
  const there = deployed.Resources[id];
  if (!there)
    return {
      template: {
        ...deployed,
        Resources: { ...deployed.Resources, [id]: resource },
        Outputs: { ...deployed.Outputs, ...outputs },
      },
      zh: '新建记录表',
      en: 'adding the records table',
    };
  const [has, wants] = [propertiesOf(there), propertiesOf(resource)];
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
    const named = new Set(keys.map(({ AttributeName }) => AttributeName));
    const types = new Map(
      [...has.AttributeDefinitions, ...wants.AttributeDefinitions].map((one) => [one.AttributeName, one]),
    );
    const properties: TableProperties = {
      ...has,
      // An attribute that no key names is refused.
      AttributeDefinitions: [...types.values()].filter(({ AttributeName }) => named.has(AttributeName)),
      GlobalSecondaryIndexes: indexes,
    };
    return {
      ...deployed,
      Resources: { ...deployed.Resources, [id]: { ...there, Properties: properties } },
    };
  };
  const missing = wantsIndexes.find(({ IndexName }) => !nameIn(hasIndexes, IndexName));
  if (missing)
    return {
      template: withIndexes([...hasIndexes, missing]),
      zh: `新建索引 ${missing.IndexName}`,
      en: `adding the index ${missing.IndexName}`,
    };
  const surplus = hasIndexes.find(({ IndexName }) => !nameIn(wantsIndexes, IndexName));
  if (surplus)
    return {
      template: withIndexes(hasIndexes.filter((index) => index !== surplus)),
      zh: `删除索引 ${surplus.IndexName}`,
      en: `removing the index ${surplus.IndexName}`,
    };
  return undefined;
}

function propertiesOf({ Properties }: Resource): TableProperties {
  return Properties as unknown as TableProperties;
}

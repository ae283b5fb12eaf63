import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  ListTablesCommand,
  type ListTablesCommandOutput,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  type GlobalSecondaryIndexDescription,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { setTimeout as wait } from 'node:timers/promises';
import { StartRefused } from '../start-refused.ts';
import type { TablePlan } from '../template/plan.ts';

type IndexPlan = NonNullable<TablePlan['GlobalSecondaryIndexes']>[number];

/**
 * Creates the template's tables. Existing tables keep their data: a missing index, stream or TTL is added.
 *
 * @param withoutStream a table that, if it is new, is created without its stream, to be filled first.
 * @throws StartRefused, listing the differences that would need a new table.
 */
export async function prepareTables(
  client: DynamoDBClient,
  tables: TablePlan[],
  report: (line: string) => void,
  withoutStream?: string,
): Promise<void> {
  const existing = await tableNames(client);
  const problems: string[] = [];
  for (const table of tables) {
    const { StreamSpecification: _stream, ...streamless } = table;
    const wanted = table.name === withoutStream ? streamless : table;
    if (!existing.has(table.name)) {
      await create(client, wanted);
    } else {
      const described = await describe(client, table.name);
      const found = differences(wanted, described);
      problems.push(...found);
      if (found.length === 0) await addMissing(client, wanted, described, report);
    }
    if (table.TimeToLiveSpecification) await setTimeToLive(client, table);
  }
  if (problems.length > 0)
    throw new StartRefused(
      '数据目录里的表与模板不一致，本机无法转换：',
      `The tables in the data folder differ from the template in what cannot be changed:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
}

export async function tableNames(client: DynamoDBClient): Promise<Set<string>> {
  const names = new Set<string>();
  let last: string | undefined;
  do {
    const page: ListTablesCommandOutput = await client.send(
      new ListTablesCommand(last === undefined ? {} : { ExclusiveStartTableName: last }),
    );
    for (const name of page.TableNames ?? []) names.add(name);
    last = page.LastEvaluatedTableName;
  } while (last !== undefined);
  return names;
}

async function create(client: DynamoDBClient, table: TablePlan): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: table.name,
      BillingMode: table.BillingMode,
      KeySchema: table.KeySchema,
      AttributeDefinitions: table.AttributeDefinitions,
      ...(table.GlobalSecondaryIndexes
        ? { GlobalSecondaryIndexes: table.GlobalSecondaryIndexes.map(indexOf) }
        : {}),
      ...(table.StreamSpecification
        ? { StreamSpecification: { StreamEnabled: true, ...table.StreamSpecification } }
        : {}),
    }),
  );
  await waitUntilActive(client, table.name);
}

function indexOf(index: IndexPlan): {
  IndexName: string;
  KeySchema: IndexPlan['KeySchema'];
  Projection: { ProjectionType: IndexPlan['Projection']['ProjectionType']; NonKeyAttributes?: string[] };
} {
  const { ProjectionType, NonKeyAttributes } = index.Projection;
  return {
    IndexName: index.IndexName,
    KeySchema: index.KeySchema,
    Projection: NonKeyAttributes === undefined ? { ProjectionType } : { ProjectionType, NonKeyAttributes },
  };
}

function differences(table: TablePlan, described: TableDescription): string[] {
  const problems: string[] = [];
  const differ = (what: string, wanted: string, there: string): void => {
    if (wanted !== there) problems.push(`${table.name}: ${what} is ${there}, the template wants ${wanted}`);
  };
  differ('its key', keyText(table.KeySchema), keyText(described.KeySchema));
  const types = new Map(described.AttributeDefinitions?.map((one) => [one.AttributeName, one.AttributeType]));
  for (const { AttributeName: name, AttributeType: type } of table.AttributeDefinitions) {
    const there = types.get(name);
    if (there !== undefined) differ(`the type of ${name}`, type, there);
  }
  for (const index of table.GlobalSecondaryIndexes ?? []) {
    const there = described.GlobalSecondaryIndexes?.find((one) => one.IndexName === index.IndexName);
    if (there) differ(`the index ${index.IndexName}`, indexText(index), indexText(there));
  }
  const view = described.StreamSpecification?.StreamViewType;
  if (table.StreamSpecification && view) differ('its stream', table.StreamSpecification.StreamViewType, view);
  return problems;
}

async function addMissing(
  client: DynamoDBClient,
  table: TablePlan,
  described: TableDescription,
  report: (line: string) => void,
): Promise<void> {
  const there = new Set(described.GlobalSecondaryIndexes?.map((one) => one.IndexName));
  for (const index of table.GlobalSecondaryIndexes ?? []) {
    if (there.has(index.IndexName)) continue;
    report(`${table.name}: adding the index ${index.IndexName}`);
    await client.send(
      new UpdateTableCommand({
        TableName: table.name,
        AttributeDefinitions: table.AttributeDefinitions,
        GlobalSecondaryIndexUpdates: [{ Create: indexOf(index) }],
      }),
    );
    await waitUntilActive(client, table.name);
  }
  if (table.StreamSpecification && described.StreamSpecification?.StreamEnabled !== true) {
    await client.send(
      new UpdateTableCommand({
        TableName: table.name,
        StreamSpecification: { StreamEnabled: true, ...table.StreamSpecification },
      }),
    );
    await waitUntilActive(client, table.name);
  }
}

async function setTimeToLive(client: DynamoDBClient, table: TablePlan): Promise<void> {
  const wanted = table.TimeToLiveSpecification;
  if (!wanted) return;
  const { TimeToLiveDescription: there } = await client.send(
    new DescribeTimeToLiveCommand({ TableName: table.name }),
  );
  const enabled = there?.TimeToLiveStatus === 'ENABLED' || there?.TimeToLiveStatus === 'ENABLING';
  if (enabled === wanted.Enabled && (!enabled || there.AttributeName === wanted.AttributeName)) return;
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: table.name,
      TimeToLiveSpecification: { AttributeName: wanted.AttributeName, Enabled: wanted.Enabled },
    }),
  );
}

async function waitUntilActive(client: DynamoDBClient, name: string): Promise<void> {
  for (;;) {
    const table = await describe(client, name);
    const indexes = table.GlobalSecondaryIndexes ?? [];
    if (table.TableStatus === 'ACTIVE' && indexes.every((index) => index.IndexStatus === 'ACTIVE')) return;
    await wait(50);
  }
}

export async function describe(client: DynamoDBClient, name: string): Promise<TableDescription> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
  if (!Table) throw new Error(`the engine has no table ${name}`);
  return Table;
}

function keyText(
  schema: { AttributeName?: string | undefined; KeyType?: string | undefined }[] | undefined,
): string {
  return (schema ?? []).map((key) => `${key.AttributeName} ${key.KeyType}`).join(', ');
}

function indexText(index: IndexPlan | GlobalSecondaryIndexDescription): string {
  const { ProjectionType: type, NonKeyAttributes: attributes } = index.Projection ?? {};
  return `(${keyText(index.KeySchema)}) ${type}${attributes?.length ? ` ${[...attributes].sort().join(' ')}` : ''}`;
}

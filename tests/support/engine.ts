import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { setTimeout } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ledgerTable, recordsTable } from '../../shared/store/schema.ts';
import { freePort } from './instance.ts';

export type Engine = {
  client: DynamoDBClient;
  reports: string;
  ledger: string;
  /** Another, empty ledger on the same engine. */
  newLedger: () => Promise<string>;
  stop: () => void;
};

/**
 * A real DynamoDB engine in memory with the product's two tables. `DYNAMODB_ENDPOINT` sets another, such as
 * DynamoDB Local, on platforms without a build of the bundled engine.
 */
export async function startEngine(): Promise<Engine> {
  const given = process.env['DYNAMODB_ENDPOINT'];
  const { endpoint, stop } = given === undefined ? await launch() : { endpoint: given };
  const client = clientOf(endpoint);
  const reports = `reports-${suffix()}`;
  await createReports(client, reports);
  const newLedger = async (): Promise<string> => {
    const name = `ledger-${suffix()}`;
    await createLedger(client, name);
    return name;
  };
  const ledger = await newLedger();
  return {
    client,
    reports,
    ledger,
    newLedger,
    stop: () => {
      client.destroy();
      stop?.();
    },
  };
}

/** The bundled engine alone; without a file its data is in memory. Waits until it responds. */
export async function launch(file?: string): Promise<{ endpoint: string; stop: () => void }> {
  const port = await freePort();
  const place = file === undefined ? [] : ['--db-path', file];
  const engine = spawn(engineBinary(), ['--port', String(port), ...place], { stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  const client = clientOf(endpoint);
  await untilReady(client);
  client.destroy();
  return { endpoint, stop: () => void engine.kill() };
}

export function clientOf(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({
    region: 'us-east-1',
    endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
}

function suffix(): string {
  return Math.random().toString(36).slice(2, 8);
}

export function engineBinary(): string {
  return createRequire(import.meta.url).resolve(`@dynoxide/${process.platform}-${process.arch}/dynoxide`);
}

async function untilReady(client: DynamoDBClient): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await client.send(new ListTablesCommand({}));
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await setTimeout(50);
    }
  }
}

async function createReports(client: DynamoDBClient, name: string): Promise<void> {
  const indexes = Object.values(recordsTable.indexes);
  const keys = new Set([
    recordsTable.hashKey,
    recordsTable.rangeKey,
    ...indexes.flatMap((index) => [index.hashKey, index.rangeKey]),
  ]);
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: recordsTable.hashKey, KeyType: 'HASH' },
        { AttributeName: recordsTable.rangeKey, KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [...keys].map((key) => ({ AttributeName: key, AttributeType: 'S' })),
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      GlobalSecondaryIndexes: indexes.map((index) => ({
        IndexName: index.name,
        KeySchema: [
          { AttributeName: index.hashKey, KeyType: 'HASH' },
          { AttributeName: index.rangeKey, KeyType: 'RANGE' },
        ],
        Projection: index.include
          ? { ProjectionType: 'INCLUDE', NonKeyAttributes: [...index.include] }
          : { ProjectionType: 'KEYS_ONLY' },
      })),
    }),
  );
}

export async function createLedger(client: DynamoDBClient, name: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: ledgerTable.hashKey, KeyType: 'HASH' },
        { AttributeName: ledgerTable.rangeKey, KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [ledgerTable.hashKey, ledgerTable.rangeKey].map((key) => ({
        AttributeName: key,
        AttributeType: 'S',
      })),
    }),
  );
}

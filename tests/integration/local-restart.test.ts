import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startCloud, type Cloud } from '../../infra/local/cloud.ts';
import { startDatabase } from '../../infra/local/database/engine-process.ts';
import { StreamUpkeep } from '../../infra/local/database/stream-upkeep.ts';
import { StartRefused } from '../../infra/local/start-refused.ts';
import {
  arnOf,
  eventually,
  mapping,
  queue,
  recordingCode,
  Seen,
  table,
  temporaryFolder,
  writeAssembly,
  type TinyStack,
} from './local-tiny-cloud.ts';

/** The state after a kill, and the recovery at the next start. */

/** Its functions wait until the file GO exists; until then messages stay unprocessed. */
function stackOf(folder: string, seen: Seen): TinyStack {
  const GO = join(folder, 'go');
  const code = `${recordingCode}
    import { existsSync } from 'node:fs';
    export const handler = async ({ Records }) => {
      record({ started: true });
      while (!existsSync(process.env.GO)) await new Promise((done) => setTimeout(done, 20));
      for (const { body, dynamodb } of Records) record(body === undefined ? { stream: dynamodb.Keys.id.S } : { message: body });
    };`;
  return {
    resources: {
      Work: queue({ QueueName: 'work', VisibilityTimeout: 600 }),
      WorkMapping: mapping('QueueFunction', arnOf('Work')),
      Items: table(),
      StreamMapping: mapping('StreamFunction', arnOf('Items', 'StreamArn'), {
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: 2,
      }),
      Files: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'files' } },
      Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { GenerateSecretString: {} } },
    },
    functions: {
      QueueFunction: { code, timeout: 60, environment: { SEEN: seen.file, GO } },
      StreamFunction: { code, timeout: 60, environment: { SEEN: seen.file, GO } },
    },
  };
}

function clientsOf(cloud: Pick<Cloud, 'endpoints' | 'region' | 'credentials'>): {
  tables: DynamoDBClient;
  objects: S3Client;
  queues: SQSClient;
} {
  const { endpoints, region, credentials } = cloud;
  return {
    tables: new DynamoDBClient({ endpoint: endpoints.dynamodb, region, credentials }),
    objects: new S3Client({ endpoint: endpoints.s3, region, credentials, forcePathStyle: true }),
    queues: new SQSClient({ endpoint: endpoints.sqs, region, credentials }),
  };
}

/** The embedded cloud in a separate process, which can be killed. */
async function spawnCloud(
  folder: string,
  templatesDir: string,
  dataDir: string,
): Promise<{ child: ChildProcess; cloud: Pick<Cloud, 'endpoints' | 'region' | 'credentials' | 'url'> }> {
  const script = join(folder, 'run.mjs');
  const module = pathToFileURL(join(import.meta.dirname, '../../infra/local/cloud.ts')).href;
  writeFileSync(
    script,
    `import { startCloud } from ${JSON.stringify(module)};
     const { endpoints, region, credentials, url } = await startCloud({ templatesDir: ${JSON.stringify(templatesDir)}, dataDir: ${JSON.stringify(dataDir)}, port: 0 });
     process.send({ endpoints, region, credentials, url });`,
  );
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const cloud = await new Promise<Pick<Cloud, 'endpoints' | 'region' | 'credentials' | 'url'>>(
    (done, fail) => {
      child.once('message', (message) => {
        done(message as Pick<Cloud, 'endpoints' | 'region' | 'credentials' | 'url'>);
      });
      child.once('exit', (code) => {
        fail(new Error(`ended with ${code}`));
      });
    },
  );
  return { child, cloud };
}

describe('a kill', () => {
  it('loses no item, object, message, notice or stream position', async () => {
    const { path: folder, remove } = temporaryFolder();
    onTestFinished(remove);
    const seen = new Seen(folder);
    const templatesDir = writeAssembly(join(folder, 'templates'), { Tiny: stackOf(folder, seen) });
    const dataDir = join(folder, 'data');

    const { child, cloud: first } = await spawnCloud(folder, templatesDir, dataDir);
    const { tables, objects, queues } = clientsOf(first);
    const ids = ['a', 'b', 'c', 'd', 'e'];
    for (const id of ids)
      await tables.send(new PutItemCommand({ TableName: 'items', Item: { id: { S: id } } }));
    await objects.send(new PutObjectCommand({ Bucket: 'files', Key: 'kept/one', Body: 'bytes' }));
    for (const MessageBody of ['1', '2'])
      await queues.send(
        new SendMessageCommand({ QueueUrl: `${first.endpoints.sqs}/000000000000/work`, MessageBody }),
      );
    await fetch(`${first.url}/local/clock`, { method: 'POST', body: '{"advance":"PT1H"}' });
    // Both functions are running.
    await eventually(() => seen.all<{ started?: true }>().filter(({ started }) => started).length >= 2);
    const killed = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await killed;
    const engineBefore = readFileSync(join(dataDir, 'dynamodb/process.json'), 'utf8');
    const secretsBefore = readFileSync(join(dataDir, 'secrets.json'), 'utf8');
    // A partly written object, as after a kill.
    mkdirSync(join(dataDir, 'objects/buckets/files/objects/half'), { recursive: true });
    writeFileSync(join(dataDir, 'objects/buckets/files/objects/half/two.meta.json'), '');

    writeFileSync(join(folder, 'go'), '');
    const cloud = await startCloud({ templatesDir, dataDir, port: 0 });
    onTestFinished(() => cloud.stop());
    // The engine that survived the kill is ended, and there is a new one.
    const { pid } = JSON.parse(engineBefore) as { pid: number };
    expect(readFileSync(join(dataDir, 'dynamodb/process.json'), 'utf8')).not.toBe(engineBefore);
    if (existsSync(`/proc/${pid}`)) expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toBe('');
    await cloud.idle();
    const done = seen.all<{ message?: string; stream?: string }>();
    expect(done.flatMap(({ message }) => message ?? []).sort()).toEqual(['1', '2']);
    expect(done.flatMap(({ stream }) => stream ?? [])).toEqual(ids);
    const again = clientsOf(cloud);
    expect(
      (await again.tables.send(new GetItemCommand({ TableName: 'items', Key: { id: { S: 'e' } } }))).Item,
    ).toEqual({ id: { S: 'e' } });
    const object = await again.objects.send(new GetObjectCommand({ Bucket: 'files', Key: 'kept/one' }));
    expect(await object.Body?.transformToString()).toBe('bytes');
    expect(cloud.now() - Date.now()).toBeGreaterThan(3_590_000);
    expect(readFileSync(join(dataDir, 'secrets.json'), 'utf8')).toBe(secretsBefore);
    expect(statSync(join(dataDir, 'secrets.json')).mode & 0o077).toBe(0);
    expect(existsSync(join(dataDir, 'objects/buckets/files/objects/half/two.meta.json'))).toBe(false);

    // A third start continues from the stream position: nothing is processed twice.
    const before = seen.all().length;
    await cloud.stop();
    const third = await startCloud({ templatesDir, dataDir, port: 0 });
    onTestFinished(() => third.stop());
    await third.idle();
    expect(seen.all()).toHaveLength(before);
  });

  it('of the DynamoDB engine alone is followed by its restart', async () => {
    const { path: folder, remove } = temporaryFolder();
    onTestFinished(remove);
    const seen = new Seen(folder);
    writeFileSync(join(folder, 'go'), '');
    const templatesDir = writeAssembly(join(folder, 'templates'), { Tiny: stackOf(folder, seen) });
    const cloud = await startCloud({ templatesDir, dataDir: join(folder, 'data'), port: 0 });
    onTestFinished(() => cloud.stop());
    const { tables } = clientsOf(cloud);
    await tables.send(new PutItemCommand({ TableName: 'items', Item: { id: { S: 'before' } } }));
    const { pid } = JSON.parse(readFileSync(join(folder, 'data/dynamodb/process.json'), 'utf8')) as {
      pid: number;
    };
    process.kill(pid, 'SIGKILL');
    await eventually(async () => {
      try {
        await tables.send(new PutItemCommand({ TableName: 'items', Item: { id: { S: 'after' } } }));
        return true;
      } catch {
        return false;
      }
    });
    await cloud.idle();
    expect(seen.all<{ stream?: string }>().flatMap(({ stream }) => stream ?? [])).toEqual([
      'before',
      'after',
    ]);
  });
});

describe('a start', () => {
  it('is refused when the folder or the port is in use, or the folder is not writable', async () => {
    const { path: folder, remove } = temporaryFolder();
    onTestFinished(remove);
    const templatesDir = writeAssembly(join(folder, 'templates'), { Tiny: { resources: {} } });
    const dataDir = join(folder, 'data');
    const cloud = await startCloud({ templatesDir, dataDir, port: 0 });
    onTestFinished(() => cloud.stop());
    const refusal = (options: { dataDir: string; port: number }): Promise<unknown> =>
      startCloud({ templatesDir, ...options }).catch((error: unknown) => error);

    const second = await refusal({ dataDir, port: 0 });
    expect(second).toBeInstanceOf(StartRefused);
    expect(String(second)).toMatch(/另一个随手报实例[\s\S]*in use by another instance/);

    const taken = createServer();
    await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done));
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as { port: number };
    expect(String(await refusal({ dataDir: join(folder, 'other'), port }))).toMatch(
      new RegExp(`端口 ${port}[\\s\\S]*Port ${port} cannot be used`),
    );

    writeFileSync(join(folder, 'file'), '');
    expect(String(await refusal({ dataDir: join(folder, 'file'), port: 0 }))).toMatch(
      /不可写[\s\S]*cannot be written/,
    );
    // Failed starts release everything: the folder can be used.
    const other = await startCloud({ templatesDir, dataDir: join(folder, 'other'), port: 0 });
    await other.stop();
  });

  it('uses the DynamoDB engine at DYNAMODB_ENDPOINT, and fails when it does not respond', async () => {
    const { path: folder, remove } = temporaryFolder();
    onTestFinished(remove);
    const seen = new Seen(folder);
    writeFileSync(join(folder, 'go'), '');
    const templatesDir = writeAssembly(join(folder, 'templates'), { Tiny: stackOf(folder, seen) });
    mkdirSync(join(folder, 'elsewhere'));
    const engine = await startDatabase(join(folder, 'elsewhere'), () => undefined);
    onTestFinished(() => engine.stop());
    const options = {
      templatesDir,
      dataDir: join(folder, 'data'),
      port: 0,
      dynamodbEndpoint: engine.endpoint,
    };
    const cloud = await startCloud(options);
    onTestFinished(() => cloud.stop());
    expect(existsSync(join(folder, 'data/dynamodb'))).toBe(false);
    await clientsOf(cloud).tables.send(new PutItemCommand({ TableName: 'items', Item: { id: { S: 'a' } } }));
    await cloud.idle();
    expect(seen.all<{ stream?: string }>().flatMap(({ stream }) => stream ?? [])).toEqual(['a']);
    await cloud.stop();
    await engine.stop();
    await expect(startCloud(options)).rejects.toThrow(
      `Nothing answers at DYNAMODB_ENDPOINT ${engine.endpoint}`,
    );
  });

  it('adds new indexes of a template, and refuses changes to existing ones and to keys', async () => {
    const { path: folder, remove } = temporaryFolder();
    onTestFinished(remove);
    const dataDir = join(folder, 'data');
    let version = 0;
    const run = async (
      properties: object,
      check?: (tables: DynamoDBClient) => Promise<unknown>,
    ): Promise<void> => {
      const templatesDir = writeAssembly(join(folder, `templates${version++}`), {
        Tiny: { resources: { Items: table(properties) } },
      });
      const cloud = await startCloud({ templatesDir, dataDir, port: 0 });
      await check?.(clientsOf(cloud).tables);
      await cloud.stop();
    };
    const attributes = ['id', 'place', 'at'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' }));
    const index = (range: string): object => ({
      IndexName: 'byPlace',
      KeySchema: [
        { AttributeName: 'place', KeyType: 'HASH' },
        { AttributeName: range, KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['x', 'y'] },
    });
    const Item = { id: { S: '1' }, place: { S: 'p' }, at: { S: '2' }, x: { S: 'x' }, z: { S: 'z' } };
    await run({ AttributeDefinitions: attributes.slice(0, 1) }, (tables) =>
      tables.send(new PutItemCommand({ TableName: 'items', Item })),
    );
    await run({ AttributeDefinitions: attributes, GlobalSecondaryIndexes: [index('at')] }, async (tables) => {
      const { Items } = await tables.send(
        new QueryCommand({
          TableName: 'items',
          IndexName: 'byPlace',
          KeyConditionExpression: 'place = :p',
          ExpressionAttributeValues: { ':p': { S: 'p' } },
        }),
      );
      const { z: _, ...indexed } = Item;
      expect(Items).toEqual([indexed]);
    });
    await run({
      AttributeDefinitions: attributes,
      GlobalSecondaryIndexes: [index('at')],
      TimeToLiveSpecification: { AttributeName: 'ends', Enabled: true },
    });
    await expect(
      run({ AttributeDefinitions: attributes, GlobalSecondaryIndexes: [index('id')] }),
    ).rejects.toThrow('items: the index byPlace is (place HASH, at RANGE)');
    await expect(
      run({ KeySchema: [{ AttributeName: 'place', KeyType: 'HASH' }], AttributeDefinitions: attributes }),
    ).rejects.toThrow('items: its key is id HASH, the template wants place HASH');
  });
});

describe('stream records', () => {
  it('are deleted a day after they are read, and numbering continues', async () => {
    const { path: folder, remove } = temporaryFolder();
    onTestFinished(remove);
    const seen = new Seen(folder);
    writeFileSync(join(folder, 'go'), '');
    const templatesDir = writeAssembly(join(folder, 'templates'), { Tiny: stackOf(folder, seen) });
    const dataDir = join(folder, 'data');
    const cloud = await startCloud({ templatesDir, dataDir, port: 0 });
    onTestFinished(() => cloud.stop());
    const { tables } = clientsOf(cloud);
    const put = (id: string): Promise<unknown> =>
      tables.send(new PutItemCommand({ TableName: 'items', Item: { id: { S: id } } }));
    for (const id of ['a', 'b', 'c', 'd']) await put(id);
    await cloud.idle();

    const file = join(dataDir, 'dynamodb/tables.db');
    const upkeep = new StreamUpkeep(file, () => 2);
    onTestFinished(() => {
      upkeep.stop();
    });
    const database = new DatabaseSync(file, { readOnly: true });
    onTestFinished(() => {
      database.close();
    });
    const left = (): unknown[] =>
      database
        .prepare('SELECT sequence_number AS n FROM _stream_records ORDER BY id')
        .all()
        .map(({ n }) => Number(n));
    expect(upkeep.trim()).toBe(false);
    expect(left()).toEqual([1, 2, 3, 4]);
    upkeep.trim(Date.now() + 90_000_000);
    expect(left()).toEqual([3, 4]);
    const all = new StreamUpkeep(file, () => 4);
    onTestFinished(() => {
      all.stop();
    });
    all.trim(Date.now() + 90_000_000);
    expect(left()).toEqual([4]);

    await put('e');
    await cloud.idle();
    expect(left()).toEqual([4, 5]);
    expect(seen.all<{ stream?: string }>().flatMap(({ stream }) => stream ?? [])).toEqual([
      'a',
      'b',
      'c',
      'd',
      'e',
    ]);
    expect(
      database
        .prepare(
          'EXPLAIN QUERY PLAN SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = ?',
        )
        .all('items')[0]?.['detail'],
    ).toContain('USING COVERING INDEX stream_order');
  });
});

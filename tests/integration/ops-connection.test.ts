import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { existsSync, mkdtempSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { CredentialStore } from '../../infra/local/credentials.ts';
import { checkSignedHeaders } from '../../infra/local/http/signature.ts';
import { connectTo } from '../../infra/ops/connection.ts';
import { main } from '../../infra/ops/main.ts';
import { readTarget } from '../../infra/ops/target.ts';
import { startTiny, table, temporaryFolder } from './local-tiny-cloud.ts';

describe('the target of a command', () => {
  it.each([
    [['dlq', 'list'], { kind: 'embedded', dataDir: '/here/.data' }],
    [['--data', '/x', 'dlq', 'list'], { kind: 'embedded', dataDir: '/x' }],
    [['dlq', '--data=/x', 'list'], { kind: 'embedded', dataDir: '/x' }],
    [['dlq', 'list', '--stack', 'S'], { kind: 'aws', stack: 'S', region: undefined }],
    [
      ['dlq', '--region', 'cn-north-1', 'list', '--stack=S'],
      { kind: 'aws', stack: 'S', region: 'cn-north-1' },
    ],
  ])('%j', (typed, target) => {
    expect(readTarget(typed, { DATA_DIR: '/here/.data' })).toEqual({ target, args: ['dlq', 'list'] });
  });

  it.each([
    [['--data']],
    [['--stack', '--data', 'x']],
    [['--stack', 'S', '--data', 'x']],
    [['--region', 'r']],
  ])('%j is refused', (typed) => {
    expect(() => readTarget(typed, {})).toThrow(/[一-鿿]/);
  });
});

describe('the embedded cloud', () => {
  it('is found by its folder, also when its clock is ahead, until it stops', async () => {
    const { cloud, folder } = await startTiny({
      resources: {
        Items: table(),
        Files: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'files' } },
        Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'queue' } },
        Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { GenerateSecretString: {} } },
      },
      outputs: { SecretArn: { Value: { Ref: 'Secret' } } },
    });
    const dataDir = join(folder, 'data');
    expect(statSync(join(dataDir, 'operator.json')).mode & 0o077).toBe(0);
    await cloud.advance(3 * 3_600_000);

    const connection = await connectTo({ kind: 'embedded', dataDir });
    const { dynamodb, s3, secretsManager } = connection;
    expect((await dynamodb.send(new DescribeTableCommand({ TableName: 'items' }))).Table?.TableName).toBe(
      'items',
    );
    expect((await s3.send(new ListObjectsV2Command({ Bucket: 'files' }))).KeyCount).toBe(0);
    const secret = await secretsManager.send(
      new GetSecretValueCommand({ SecretId: connection.output('SecretArn') }),
    );
    expect(secret.SecretString).toHaveLength(32);
    expect((await connection.queueUrls()).map((url) => url.split('/').at(-1))).toEqual(['queue']);
    expect(() => connection.output('Nothing')).toThrow('no output Nothing');
    connection.close();

    await cloud.stop();
    expect(existsSync(join(dataDir, 'operator.json'))).toBe(false);
    await expect(connectTo({ kind: 'embedded', dataDir })).rejects.toThrow('No embedded cloud is running');
  });
});

describe('AWS', () => {
  it('is asked by signed requests for the outputs of a stack and all queues of its name', async () => {
    const temporary = temporaryFolder();
    onTestFinished(temporary.remove);
    const credentials = new CredentialStore(temporary.path);
    const { accessKeyId, secretAccessKey } = credentials.of('operator');
    vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
    onTestFinished(() => void vi.unstubAllEnvs());
    const member = (key: string, value: string): string =>
      `<member><Description>d</Description><OutputKey>${key}</OutputKey>\n<OutputValue>${value}</OutputValue></member>`;
    const server = createServer((request, response) => {
      void (async () => {
        const body = await buffer(request);
        // The embedded cloud's own check, which accepts signatures of the SDKs.
        const checked = await checkSignedHeaders(request, credentials, Date.now(), {
          service: 'cloudformation',
          body,
        });
        const wanted =
          checked.ok &&
          [...new URLSearchParams(body.toString())].sort().join('&') ===
            'Action,DescribeStacks&StackName,S&Version,2010-05-15';
        response
          .writeHead(wanted ? 200 : 400)
          .end(
            wanted
              ? `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><Tags><member><Key>a</Key></member></Tags><Outputs>${member('ParkedQueueUrl', 'https://q?a=1&amp;b=2')}${member('SecretArn', 'arn')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`
              : '<ErrorResponse><Error><Message>Stack with id X does not exist</Message></Error></ErrorResponse>',
          );
      })();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    onTestFinished(() => void server.close());
    vi.stubEnv(
      'AWS_ENDPOINT_URL_CLOUDFORMATION',
      `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    );

    const mock = mockClient(SQSClient);
    onTestFinished(() => {
      mock.restore();
    });
    mock.on(ListQueuesCommand, { QueueNamePrefix: 'S-' }).resolves({ QueueUrls: ['q1'], NextToken: 'more' });
    mock.on(ListQueuesCommand, { NextToken: 'more' }).resolves({ QueueUrls: ['q2'] });
    const connection = await connectTo({ kind: 'aws', stack: 'S', region: 'cn-north-1' });
    expect(connection.place).toBe('AWS: S, cn-north-1');
    expect(connection.output('ParkedQueueUrl')).toBe('https://q?a=1&b=2');
    expect(connection.output('SecretArn')).toBe('arn');
    expect(await connection.queueUrls()).toEqual(['q1', 'q2']);
    connection.close();
    await expect(connectTo({ kind: 'aws', stack: 'X', region: 'cn-north-1' })).rejects.toThrow(
      'The stack X in cn-north-1 cannot be read: Stack with id X does not exist',
    );
  });
});

describe('the command line', () => {
  it('prints usage without arguments, and messages for unknown commands and no instance', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    onTestFinished(() => {
      log.mockRestore();
    });
    await main([], {});
    await main(['dlq', '--help'], {});
    for (const [text] of log.mock.calls) expect(text).toMatch(/用法 usage[\s\S]*dlq redrive/);
    await expect(main(['frobnicate'], {})).rejects.toThrow('There is no frobnicate');
    await expect(main(['toString'], {})).rejects.toThrow('There is no toString');
    const empty = mkdtempSync(join(tmpdir(), 'suishoubao-ops-'));
    await expect(main(['dlq', 'list', '--data', empty], {})).rejects.toThrow(empty);
  });
});

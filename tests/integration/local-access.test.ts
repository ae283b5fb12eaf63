import {
  BatchGetItemCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { CopyObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { PublishBatchCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cloud } from '../../infra/local/cloud.ts';
import {
  arnOf,
  eventually,
  mapping,
  permission,
  policy,
  queue,
  recordingCode,
  Seen,
  startTiny,
  table,
  temporaryFolder,
} from './local-tiny-cloud.ts';

/** The embedded cloud enforces the policies of a template: what a role does not allow fails as on AWS. */

const scratch = temporaryFolder();
const seen = new Seen(scratch.path);
const SEEN = seen.file;
const reported: string[] = [];
let cloud: Cloud;
let folder: string;
let stop: () => Promise<void>;
/** Settings of SDK clients that call as the function Worker does. */
let worker: { region: string; credentials: { accessKeyId: string; secretAccessKey: string } };

const byKind = (name: string): object =>
  table({
    TableName: name,
    AttributeDefinitions: [
      { AttributeName: 'id', AttributeType: 'S' },
      { AttributeName: 'kind', AttributeType: 'S' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'kinds',
        KeySchema: [{ AttributeName: 'kind', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  });
const allow = (Action: unknown, Resource: unknown): object => ({ Effect: 'Allow', Action, Resource });
const under = (id: string, rest: string): object => ({ 'Fn::Join': ['', [arnOf(id), rest]] });
const logs = allow('logs:*', '*');
const letIn = (queueId: string): object => ({
  Type: 'AWS::SQS::QueuePolicy',
  Properties: {
    Queues: [{ Ref: queueId }],
    PolicyDocument: policy([
      {
        ...allow('sqs:SendMessage', arnOf(queueId)),
        Principal: { Service: 'sns.amazonaws.com' },
        Condition: { ArnEquals: { 'aws:SourceArn': { Ref: 'Topic' } } },
      },
    ]),
  },
});
const subscription = (queueId: string, rest: object = {}): object => ({
  Type: 'AWS::SNS::Subscription',
  Properties: {
    TopicArn: { Ref: 'Topic' },
    Protocol: 'sqs',
    Endpoint: arnOf(queueId),
    RawMessageDelivery: true,
    ...rest,
  },
});
const route = (key: string): object => ({
  Type: 'AWS::ApiGatewayV2::Route',
  Properties: {
    ApiId: { Ref: 'Api' },
    RouteKey: key,
    Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] },
  },
});

beforeAll(async () => {
  ({ cloud, folder, stop } = await startTiny(
    {
      closed: true,
      resources: {
        Items: byKind('items'),
        Others: byKind('others'),
        Files: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'files' } },
        Listed: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'listed' } },
        Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { SecretString: 'one' } },
        Hidden: { Type: 'AWS::SecretsManager::Secret', Properties: { SecretString: 'two' } },
        Topic: { Type: 'AWS::SNS::Topic' },
        Silent: { Type: 'AWS::SNS::Topic' },
        Open: queue({ QueueName: 'open' }),
        OpenPolicy: letIn('Open'),
        OpenSubscription: subscription('Open'),
        Shut: queue({ QueueName: 'shut' }),
        ShutSubscription: subscription('Shut', {
          RedrivePolicy: { deadLetterTargetArn: arnOf('Rejected') },
          FilterPolicy: { to: ['shut'] },
        }),
        Rejected: queue({ QueueName: 'rejected' }),
        RejectedPolicy: letIn('Rejected'),
        Unread: queue({ QueueName: 'unread' }),
        UnreadMapping: mapping('ConsumerFunction', arnOf('Unread')),
        Kept: queue({ QueueName: 'kept', VisibilityTimeout: 600 }),
        KeptMapping: mapping('ConsumerFunction', arnOf('Kept')),
        StreamMapping: mapping('ConsumerFunction', arnOf('Items', 'StreamArn'), {
          StartingPosition: 'TRIM_HORIZON',
        }),
        Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'Api', ProtocolType: 'HTTP' } },
        Integration: {
          Type: 'AWS::ApiGatewayV2::Integration',
          Properties: {
            ApiId: { Ref: 'Api' },
            IntegrationType: 'AWS_PROXY',
            IntegrationUri: arnOf('DoorFunction'),
            PayloadFormatVersion: '2.0',
          },
        },
        In: route('GET /api/in/{id}'),
        Out: route('GET /api/out'),
        InPermission: permission('DoorFunction', 'apigateway.amazonaws.com', {
          'Fn::Sub':
            'arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/*/api/in/{id}',
        }),
        ...Object.fromEntries(
          ['Early', 'Late'].map((id) => [
            id,
            {
              Type: 'AWS::Events::Rule',
              Properties: {
                ScheduleExpression: 'rate(1 minute)',
                Targets: [{ Id: 't', Arn: arnOf('DoorFunction'), Input: JSON.stringify({ rule: id }) }],
              },
            },
          ]),
        ),
        EarlyPermission: permission('DoorFunction', 'events.amazonaws.com', arnOf('Early')),
        Pool: {
          Type: 'AWS::Cognito::UserPool',
          Properties: {
            LambdaConfig: {
              PreTokenGenerationConfig: { LambdaArn: arnOf('DoorFunction'), LambdaVersion: 'V2_0' },
            },
          },
        },
        Client: {
          Type: 'AWS::Cognito::UserPoolClient',
          Properties: {
            UserPoolId: { Ref: 'Pool' },
            AllowedOAuthFlows: ['code'],
            AllowedOAuthScopes: ['openid'],
            CallbackURLs: ['https://example.org/'],
          },
        },
      },
      functions: {
        Worker: {
          code: 'export const handler = async () => process.env;',
          may: [
            allow(['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:BatchGetItem'], arnOf('Items')),
            allow('dynamodb:Query', under('Items', '/index/kinds')),
            allow('s3:*Object', under('Files', '/own/*')),
            { ...allow('s3:PutObject', under('Files', '/own/locked/*')), Effect: 'Deny' },
            allow('s3:GetObject', under('Listed', '/*')),
            allow('s3:ListBucket', arnOf('Listed')),
            allow('secretsmanager:GetSecretValue', { Ref: 'Secret' }),
            allow('sqs:SendMessage', arnOf('Open')),
            allow('sns:Publish', { Ref: 'Topic' }),
          ],
        },
        ConsumerFunction: {
          environment: { SEEN },
          code: `${recordingCode} export const handler = async ({ Records }) => { for (const { body } of Records) { record({ consumed: body }); console.log(body); } };`,
          may: [
            logs,
            allow('sqs:GetQueueAttributes', '*'),
            allow('sqs:ReceiveMessage', arnOf('Kept')),
            allow(
              ['dynamodb:ListStreams', 'dynamodb:DescribeStream', 'dynamodb:GetShardIterator'],
              arnOf('Items', 'StreamArn'),
            ),
          ],
        },
        DoorFunction: {
          environment: { SEEN },
          code: `${recordingCode} export const handler = async (event) => { record({ called: event.rawPath ?? event.rule }); console.log('called'); return { statusCode: 200, body: 'in' }; };`,
          may: [allow('logs:PutLogEvents', '*')],
        },
      },
      city: {
        name: { zh: '城', en: 'City' },
        departments: [],
        staff: [{ username: 'wang', name: '王', role: 'handler', departments: [], areas: [] }],
      },
    },
    { keep: true, report: (line) => reported.push(line) },
  ));
  const outcome = await cloud.invoke('Worker', {});
  const env = JSON.parse(outcome.ok ? (outcome.payload ?? '{}') : '{}') as Record<string, string>;
  const [accessKeyId = '', secretAccessKey = ''] = [env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY']];
  worker = { region: cloud.region, credentials: { accessKeyId, secretAccessKey } };
});

afterAll(async () => {
  await stop();
  scratch.remove();
});

const arn = (service: string, name: string): string => `arn:aws:${service}:us-east-1:000000000000:${name}`;
const self = 'arn:aws:sts::000000000000:assumed-role/Tiny-WorkerRole/Tiny-Worker';
const refused = (action: string, resource: string): string =>
  `User: ${self} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;

describe('a function', () => {
  it('can access only the tables and indexes that its role allows', async () => {
    const tables = new DynamoDBClient({ ...worker, endpoint: cloud.endpoints.dynamodb });
    const Item = { id: { S: 'a' }, kind: { S: 'k' } };
    await tables.send(new PutItemCommand({ TableName: 'items', Item }));
    await expect(
      tables.send(new GetItemCommand({ TableName: 'items', Key: { id: { S: 'a' } } })),
    ).rejects.toThrow(
      expect.objectContaining({
        name: 'AccessDeniedException',
        message: refused('dynamodb:GetItem', arn('dynamodb', 'table/items')),
      }),
    );
    const query = {
      TableName: 'items',
      KeyConditionExpression: '#k = :v',
      ExpressionAttributeValues: { ':v': { S: 'k' } },
    };
    const byKind = { ...query, IndexName: 'kinds', ExpressionAttributeNames: { '#k': 'kind' } };
    expect((await tables.send(new QueryCommand(byKind))).Count).toBe(1);
    await expect(
      tables.send(new QueryCommand({ ...query, ExpressionAttributeNames: { '#k': 'id' } })),
    ).rejects.toThrow(refused('dynamodb:Query', arn('dynamodb', 'table/items')));
    const keys = { Keys: [{ id: { S: 'a' } }] };
    await tables.send(new BatchGetItemCommand({ RequestItems: { items: keys } }));
    await expect(
      tables.send(new BatchGetItemCommand({ RequestItems: { items: keys, others: keys } })),
    ).rejects.toThrow(refused('dynamodb:BatchGetItem', arn('dynamodb', 'table/others')));
    await expect(tables.send(new ListTablesCommand({}))).rejects.toThrow(
      'does not know the permissions for DynamoDB_20120810.ListTables',
    );
    tables.destroy();
  });

  it('needs the permissions of all operations of a transaction', async () => {
    const tables = new DynamoDBClient({ ...worker, endpoint: cloud.endpoints.dynamodb });
    const Put = { TableName: 'items', Item: { id: { S: 'b' } } };
    const part = { TableName: 'items', Key: { id: { S: 'c' } } };
    const Update = {
      ...part,
      UpdateExpression: 'SET #n = :v',
      ExpressionAttributeNames: { '#n': 'n' },
      ExpressionAttributeValues: { ':v': { S: 'x' } },
    };
    await tables.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }, { Update }] }));
    await expect(
      tables.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }, { Delete: part }] })),
    ).rejects.toThrow(refused('dynamodb:DeleteItem', arn('dynamodb', 'table/items')));
    const ConditionCheck = { ...part, ConditionExpression: 'attribute_exists(id)' };
    await expect(
      tables.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }, { ConditionCheck }] })),
    ).rejects.toThrow(refused('dynamodb:ConditionCheckItem', arn('dynamodb', 'table/items')));
    tables.destroy();
  });

  it('is authenticated by its access key, even when the request arrives byte by byte', async () => {
    const strange = new DynamoDBClient({
      region: cloud.region,
      endpoint: cloud.endpoints.dynamodb,
      credentials: { accessKeyId: 'AKSTRANGER', secretAccessKey: 'x' },
    });
    await expect(strange.send(new ListTablesCommand({}))).rejects.toThrow('security token');
    strange.destroy();

    const body = JSON.stringify({ TableName: 'items', Item: { id: { S: '漏水' } } });
    const request = [
      'POST / HTTP/1.1',
      'Host: x',
      'X-Amz-Target: DynamoDB_20120810.PutItem',
      'Content-Type: application/x-amz-json-1.0',
      'X-Amz-Date: 20260101T000000Z',
      `Authorization: AWS4-HMAC-SHA256 Credential=${worker.credentials.accessKeyId}/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n');
    const socket = connect(Number(new URL(cloud.endpoints.dynamodb).port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    // Twice over one connection, one byte at a time.
    for (const expected of [1, 2]) {
      for (const byte of Buffer.from(request)) {
        await new Promise((written) => socket.write(Buffer.from([byte]), written));
      }
      await eventually(() => answer.match(/HTTP\/1\.1 200/g)?.length === expected);
    }
    socket.destroy();
  });

  it('can send only to the queues and topics that its role allows', async () => {
    const sqs = new SQSClient({ ...worker, endpoint: cloud.endpoints.sqs });
    const sns = new SNSClient({ ...worker, endpoint: cloud.endpoints.sns });
    const urlOf = (name: string): string => `${cloud.endpoints.sqs}/000000000000/${name}`;
    await sqs.send(new SendMessageCommand({ QueueUrl: urlOf('open'), MessageBody: 'x' }));
    const Entries = [{ Id: '1', MessageBody: 'y' }];
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: urlOf('open'), Entries }));
    await expect(
      sqs.send(new SendMessageBatchCommand({ QueueUrl: urlOf('rejected'), Entries })),
    ).rejects.toThrow(refused('sqs:sendmessage', arn('sqs', 'rejected')));
    const error: unknown = await sqs
      .send(new ReceiveMessageCommand({ QueueUrl: urlOf('open') }))
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      name: 'AccessDenied',
      message: refused('sqs:receivemessage', arn('sqs', 'open')),
      $metadata: { httpStatusCode: 403 },
    });

    const TopicArn = arn('sns', 'Tiny-Topic');
    await sns.send(new PublishCommand({ TopicArn, Message: 'x' }));
    await sns.send(
      new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: [{ Id: '1', Message: 'y' }] }),
    );
    const silent = arn('sns', 'Tiny-Silent');
    await expect(sns.send(new PublishCommand({ TopicArn: silent, Message: 'x' }))).rejects.toThrow(
      expect.objectContaining({
        name: 'AuthorizationErrorException',
        message: refused('SNS:Publish', silent),
      }),
    );
    expect(cloud.queue('open').ready).toBe(4);
    sqs.destroy();
    sns.destroy();
  });

  it('can read only the secret that its role allows', async () => {
    const secrets = new SecretsManagerClient({ ...worker, endpoint: cloud.endpoints.secretsManager });
    const get = (id: string) =>
      secrets.send(new GetSecretValueCommand({ SecretId: arn('secretsmanager', `secret:${id}-local1`) }));
    expect((await get('Tiny-Secret')).SecretString).toBe('one');
    await expect(get('Tiny-Hidden')).rejects.toThrow(
      expect.objectContaining({
        name: 'AccessDeniedException',
        message: refused('secretsmanager:GetSecretValue', arn('secretsmanager', 'secret:Tiny-Hidden-local1')),
      }),
    );
    await expect(get('Tiny-Nowhere')).rejects.toThrow(
      expect.objectContaining({ name: 'AccessDeniedException' }),
    );
    // Permission to read does not include writing.
    const SecretId = arn('secretsmanager', 'secret:Tiny-Secret-local1');
    await expect(secrets.send(new PutSecretValueCommand({ SecretId, SecretString: 'mine' }))).rejects.toThrow(
      expect.objectContaining({ message: refused('secretsmanager:PutSecretValue', SecretId) }),
    );
    expect((await get('Tiny-Secret')).SecretString).toBe('one');
    secrets.destroy();
  });

  it('can access only the objects that its role allows', async () => {
    const s3 = new S3Client({ ...worker, endpoint: cloud.endpoints.s3, forcePathStyle: true });
    const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket: 'files', Key, Body: 'x' }));
    await put('own/a');
    await expect(put('others/a')).rejects.toThrow(
      expect.objectContaining({
        name: 'AccessDenied',
        message: refused('s3:PutObject', '"arn:aws:s3:::files/others/a"'),
      }),
    );
    await expect(put('own/locked/a')).rejects.toThrow('with an explicit deny in an identity-based policy');
    const copy = (CopySource: string, Key: string) =>
      s3.send(new CopyObjectCommand({ Bucket: 'files', CopySource, Key }));
    await copy('files/own/a', 'own/b');
    await expect(copy('files/own/a', 'others/b')).rejects.toThrow('s3:PutObject');
    await expect(copy('files/others/a', 'own/c')).rejects.toThrow('s3:GetObject');
    s3.destroy();
  });

  it('gets NoSuchKey for a missing key only if it may list the bucket, else AccessDenied', async () => {
    const s3 = new S3Client({ ...worker, endpoint: cloud.endpoints.s3, forcePathStyle: true });
    const get = (Bucket: string, Key: string) => s3.send(new GetObjectCommand({ Bucket, Key }));
    await expect(get('listed', 'none')).rejects.toThrow(expect.objectContaining({ name: 'NoSuchKey' }));
    await expect(get('files', 'own/none')).rejects.toThrow(
      expect.objectContaining({
        name: 'AccessDenied',
        message: refused('s3:ListBucket', '"arn:aws:s3:::files"'),
      }),
    );
    s3.destroy();
  });

  it('signs links and forms that allow no more than its role', async () => {
    const s3 = new S3Client({ ...worker, endpoint: cloud.endpoints.s3, forcePathStyle: true });
    const open = async (Key: string): Promise<number> =>
      (await fetch(await getSignedUrl(s3, new GetObjectCommand({ Bucket: 'files', Key })))).status;
    const fill = async (Key: string): Promise<number> => {
      const { url, fields } = await createPresignedPost(s3, { Bucket: 'files', Key, Expires: 60 });
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      form.append('file', new Blob(['x']), 'x');
      return (await fetch(url, { method: 'POST', body: form })).status;
    };
    expect(await fill('own/sent')).toBe(204);
    expect(await open('own/sent')).toBe(200);
    expect(await fill('others/sent')).toBe(403);
    expect(await open('others/sent')).toBe(403);
    s3.destroy();
  });

  it('cannot access objects through the engine’s own port', async () => {
    const s3 = new S3Client({ ...worker, endpoint: cloud.endpoints.sqs, forcePathStyle: true });
    await expect(
      s3.send(new PutObjectCommand({ Bucket: 'files', Key: 'others/b', Body: 'x' })),
    ).rejects.toThrow(
      expect.objectContaining({ $metadata: expect.objectContaining({ httpStatusCode: 403 }) }),
    );
    s3.destroy();
  });
});

describe('the services behind a function', () => {
  it('read its queues with its role', async () => {
    const { credentials, region, endpoints } = cloud;
    const sqs = new SQSClient({ credentials, region, endpoint: endpoints.sqs });
    for (const name of ['unread', 'kept'])
      await sqs.send(
        new SendMessageCommand({ QueueUrl: `${endpoints.sqs}/000000000000/${name}`, MessageBody: name }),
      );
    // May receive but not delete: processed, and still there.
    await eventually(() => reported.some((line) => /KeptMapping: .* sqs:DeleteMessage /.test(line)));
    expect(seen.all()).toContainEqual({ consumed: 'kept' });
    expect(cloud.queue('kept')).toMatchObject({ inFlight: 1 });
    await eventually(() => reported.some((line) => /UnreadMapping: .* sqs:ReceiveMessage /.test(line)));
    expect(cloud.queue('unread')).toMatchObject({ ready: 1 });
    expect(seen.all()).not.toContainEqual({ consumed: 'unread' });
    sqs.destroy();
  });

  it('read its stream with its role', async () => {
    await eventually(() =>
      reported.some((line) => /stream of items cannot be read: .* dynamodb:GetRecords /.test(line)),
    );
  });

  it('write its log with its role', () => {
    const log = (name: string): boolean => existsSync(join(folder, 'data', 'logs', `Tiny-${name}.log`));
    expect(log('ConsumerFunction')).toBe(true);
    // May write to a log but not create one.
    expect(log('DoorFunction')).toBe(false);
    expect(log('Worker')).toBe(false);
  });
});

describe('a topic', () => {
  it('sends to a queue whose policy allows it, and otherwise to the dead-letter queue', async () => {
    const { credentials, region, endpoints } = cloud;
    const sns = new SNSClient({ credentials, region, endpoint: endpoints.sns });
    const before = cloud.queue('open').ready;
    const MessageAttributes = { to: { DataType: 'String', StringValue: 'shut' } };
    await sns.send(
      new PublishCommand({ TopicArn: arn('sns', 'Tiny-Topic'), Message: 'x', MessageAttributes }),
    );
    expect(cloud.queue('open').ready).toBe(before + 1);
    expect(cloud.queue('shut').ready).toBe(0);
    expect(cloud.queue('rejected').ready).toBe(1);
    expect(reported.filter((line) => line.includes(`may not send to ${arn('sqs', 'shut')}:`))).toHaveLength(
      1,
    );
    sns.destroy();
  });
});

describe('a function’s permissions', () => {
  it('allow calls from the routes, rules and pools that they name', async () => {
    const get = async (path: string): Promise<number> => (await fetch(cloud.url + path)).status;
    expect(await get('/api/in/1')).toBe(200);
    expect(await get('/api/out')).toBe(500);
    await cloud.advance(60_000);
    const called = seen.all<{ called?: string }>().flatMap((one) => one.called ?? []);
    expect(called.sort()).toEqual(['/api/in/1', 'Early']);
    await expect(cloud.token('wang')).rejects.toThrow(
      'User: cognito-idp.amazonaws.com is not authorized to perform: lambda:InvokeFunction',
    );
  });
});

describe('the cloud', () => {
  it('reports the use of each grant, and the denials', async () => {
    const { grants, denials } = (await (await fetch(`${cloud.url}/local/grants`)).json()) as ReturnType<
      Cloud['grants']
    >;
    const usesOf = (action: string): (number | undefined)[] =>
      grants.filter((one) => one.to === 'Tiny-WorkerRole' && one.action === action).map(({ uses }) => uses);
    expect(usesOf('sns:Publish')).toEqual([2]);
    expect(usesOf('s3:ListBucket')).toEqual([1]);
    expect(grants).toContainEqual({
      to: 'sns.amazonaws.com',
      action: 'sqs:SendMessage',
      resource: arn('sqs', 'rejected'),
      when: `aws:sourcearn ArnEquals ${arn('sns', 'Tiny-Topic')}`,
      uses: 1,
    });
    expect(denials).toContainEqual({
      caller: self,
      action: 'dynamodb:GetItem',
      resource: arn('dynamodb', 'table/items'),
      because: 'nothing-allows',
      times: 1,
    });
  });
});

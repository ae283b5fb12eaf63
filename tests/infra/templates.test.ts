import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { functionNames, readCity } from '../../infra/build.ts';
import { parseCity } from '../../shared/config/city.ts';
import { alertEventTypes, noticeEventTypes } from '../support/report-domain.ts';
import {
  asList,
  asText,
  compose,
  ofType,
  pointsTo,
  serviceFunctions,
  statementsOf,
  synthesize,
  type Resource,
  type Statement,
  type Template,
} from './template.ts';

const templates = synthesize();
const { platform, departments } = templates;
const both: [stack: string, template: Template][] = [
  ['platform', platform],
  ['departments', departments],
];

/** The functions as the stacks define them, by logical id. */
const defined = serviceFunctions(compose());

/** Short names of resources, by logical id. */
const shortNames: Record<string, string> = nameResources();

function nameResources(): Record<string, string> {
  const names: Record<string, string> = {};
  for (const [id, { Type }] of Object.entries(platform.Resources)) {
    if (Type === 'AWS::DynamoDB::Table') names[id] = id.startsWith('Records') ? 'records' : 'ledger';
    if (Type === 'AWS::S3::Bucket' && id.startsWith('Photos')) names[id] = 'bucket';
    if (Type === 'AWS::SecretsManager::Secret')
      names[id] = id.startsWith('SiteProof') ? 'site-proof' : 'secret';
    if (Type === 'AWS::KMS::Key') names[id] = 'contact-key';
    if (Type === 'AWS::SNS::Topic') names[id] = id.startsWith('Events') ? 'event-topic' : 'notice-topic';
    if (Type === 'AWS::SQS::Queue')
      names[id] = id.startsWith('Parked') ? 'parked' : id.includes('Dead') ? 'dead-letters' : 'queue';
    if (Type === 'AWS::Logs::LogGroup') names[id] = 'log';
  }
  return names;
}

/** Our functions with the names of their folders, without the CDK's function that copies the pages. */
function functionsOf(
  template: Template,
): { id: string; name: string; properties: Record<string, unknown>; actions: string[] }[] {
  return ofType(template, 'AWS::Lambda::Function')
    .filter(([, { Properties }]) => Properties['Runtime'] === 'nodejs24.x')
    .map(([id, { Properties }]) => {
      const role = pointsTo(Properties['Role']);
      const policies = ofType(template, 'AWS::IAM::Policy').filter(([, policy]) =>
        asList(policy.Properties['Roles']).some((one) => pointsTo(one) === role),
      );
      const actions = policies
        .flatMap(([, policy]) => statementsOf(policy))
        .flatMap((statement) =>
          asList(statement.Action).flatMap((action) =>
            asList(statement.Resource).map(
              (resource) => `${action as string} ${shortResource(asText(resource))}`,
            ),
          ),
        );
      return { id, name: folderOf(id), properties: Properties, actions };
    });
}

function folderOf(logicalId: string): string {
  const found = defined.get(logicalId);
  if (found === undefined) throw new Error(`unknown function ${logicalId}`);
  return found.name;
}

/** `<RecordsTable5E17AF2D.Arn>/index/area` → `records/index/area` */
function shortResource(text: string): string {
  return text.replace(
    /<(?:Suishoubao:ExportsOutput(?:FnGetAtt|Ref))?([A-Za-z0-9]+?)(?:Arn[0-9A-F]{8}|\.\w+)?>/,
    (whole, found: string) => {
      const id = Object.keys(shortNames).find((one) => found.startsWith(one));
      return (id === undefined ? undefined : shortNames[id]) ?? (found.endsWith('Log') ? 'log' : whole);
    },
  );
}

/** `… table/before` → `… before` */
function shortAction(action: string): string {
  return action.replace(/ \S*:table\/before$/, ' before');
}

const functions = both.flatMap(([, template]) => functionsOf(template));

describe('functions', () => {
  it('all exist, each with its own role and log group', () => {
    expect(functions.map(({ name }) => name).sort()).toEqual(functionNames);
    expect(new Set(functions.map(({ properties }) => asText(properties['Role']))).size).toBe(
      functions.length,
    );
    const logs = functions.map(({ properties }) =>
      asText((properties['LoggingConfig'] as { LogGroup: unknown }).LogGroup),
    );
    expect(new Set(logs).size).toBe(functions.length);
  });

  it.each(functions.map(({ name, id, properties }) => [name, id, properties] as const))(
    '%s has exactly the environment of its schema',
    (_name, id, properties) => {
      const environment = properties['Environment'] as { Variables: Record<string, unknown> } | undefined;
      const { FORMER_TABLE: _whileMigrating, ...shape } = defined.get(id)?.settings.shape ?? {};
      expect(Object.keys(environment?.Variables ?? {}).sort()).toEqual(Object.keys(shape).sort());
    },
  );

  it('may use a former table as they use the records table during a migration', () => {
    const former = { table: 'before', stream: 'arn:aws:dynamodb:r:1:table/before/stream/2026' };
    vi.stubEnv(
      'CDK_CONTEXT_JSON',
      JSON.stringify({ formerTable: former.table, formerStream: former.stream }),
    );
    const { platform: migrating } = synthesize();
    vi.unstubAllEnvs();
    const before = functionsOf(platform);
    const mayRead = before.filter(({ actions }) =>
      actions.some((one) => /(GetItem|PutItem) records$/.test(one)),
    );
    expect(mayRead.length).toBeGreaterThan(8);
    for (const { name, actions, properties } of functionsOf(migrating)) {
      const its = before.find((one) => one.name === name)?.actions ?? [];
      const onRecords = its.flatMap((one) => /^dynamodb:(\w+Item) records$/.exec(one)?.[1] ?? []);
      const onFormer = new Set(onRecords.map((action) => (action === 'BatchGetItem' ? 'GetItem' : action)));
      const added = actions.filter((one) => !its.includes(one) && one !== 'dynamodb:GetItem records');
      expect([
        name,
        added
          .filter((one) => !one.includes('/stream/'))
          .map(shortAction)
          .sort(),
      ]).toEqual([name, [...onFormer].map((action) => `dynamodb:${action} before`).sort()]);
      const { Variables = {} } = (properties['Environment'] ?? {}) as { Variables?: Record<string, unknown> };
      expect(Variables['FORMER_TABLE']).toBe(Variables['REPORTS_TABLE'] === undefined ? undefined : 'before');
    }
    const sources = ofType(migrating, 'AWS::Lambda::EventSourceMapping').map(([id, { Properties }]) => [
      id,
      asText(Properties['EventSourceArn']),
    ]);
    // The former version's mapping keeps its logical id, and so its position in the stream.
    expect(sources.filter(([, source]) => source === former.stream)).toEqual([
      [expect.stringMatching(/^RelayFunctionStream[0-9A-F]{8}$/), former.stream],
    ]);
    const ids = ofType(platform, 'AWS::Lambda::EventSourceMapping').map(([id]) => id);
    expect(sources.map(([id]) => id)).toEqual(expect.arrayContaining(ids));
  });

  it('refuse a former table without its stream', () => {
    vi.stubEnv('CDK_CONTEXT_JSON', JSON.stringify({ formerTable: 'before' }));
    expect(() => synthesize()).toThrow('give both');
    vi.unstubAllEnvs();
  });

  it('log JSON', () => {
    for (const { properties } of functions)
      expect(properties['LoggingConfig']).toMatchObject({ LogFormat: 'JSON' });
  });

  it.each([
    // API Gateway's limit is 30 seconds.
    ['apigateway.amazonaws.com', 29],
    // Cognito's limit for triggers.
    ['cognito-idp.amazonaws.com', 5],
    // The next run starts after a minute.
    ['events.amazonaws.com', 59],
  ])('invoked by %s end within %i seconds', (principal, seconds) => {
    const started = ofType(platform, 'AWS::Lambda::Permission')
      .filter(([, { Properties }]) => Properties['Principal'] === principal)
      .map(([, { Properties }]) => pointsTo(Properties['FunctionName']));
    const timeouts = functions
      .filter(({ id }) => started.includes(id))
      .map(({ name, properties }) => [name, properties['Timeout'] as number] as const);
    expect(timeouts).not.toEqual([]);
    for (const [name, timeout] of timeouts) expect(timeout, name).toBeLessThanOrEqual(seconds);
  });

  const own = ['logs:CreateLogStream log', 'logs:PutLogEvents log'];
  const consume = ['DeleteMessage', 'GetQueueAttributes', 'ReceiveMessage'].map(
    (action) => `sqs:${action} queue`,
  );
  const attach = ['s3:GetObject bucket/uploads/*', 's3:PutObject bucket/originals/*'];
  const park = 'sqs:SendMessage parked';
  const secret = 'secretsmanager:GetSecretValue secret';
  const countedBy = [secret, 'secretsmanager:GetSecretValue site-proof', 'dynamodb:UpdateItem ledger'];
  const limited = [...countedBy, 'dynamodb:BatchGetItem ledger'];
  const allowed: Record<string, string[]> = {
    submit: [
      'dynamodb:BatchGetItem records',
      'dynamodb:ConditionCheckItem records',
      'dynamodb:GetItem records',
      'dynamodb:PutItem records',
      'dynamodb:Query records/index/contact',
      ...attach,
      ...limited,
      'kms:GenerateDataKey contact-key',
    ],
    uploads: ['s3:PutObject bucket/uploads/*', ...limited],
    read: [
      'dynamodb:GetItem records',
      'dynamodb:Query records/index/nearby',
      's3:GetObject bucket/photos/*',
      ...countedBy,
    ],
    'resident-command': [
      'dynamodb:GetItem records',
      'dynamodb:PutItem records',
      ...attach,
      's3:GetObject bucket/photos/*',
      ...countedBy,
    ],
    desk: [
      'dynamodb:GetItem records',
      'dynamodb:PutItem records',
      'dynamodb:Query records/index/department',
      'dynamodb:Query records/index/area',
      'dynamodb:Query records/index/handler',
      'dynamodb:Query records/index/alerts',
      ...attach,
      's3:GetObject bucket/photos/*',
      'kms:Decrypt contact-key',
    ],
    search: ['dynamodb:BatchGetItem records', 'dynamodb:Query records/index/contact', secret],
    figures: ['dynamodb:GetItem ledger', 'dynamodb:Query ledger'],
    policy: [
      'dynamodb:GetItem records',
      'dynamodb:PutItem records',
      'dynamodb:Query records/index/department',
    ],
    relay: [
      'sns:Publish event-topic',
      ...['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'].map(
        (action) => `dynamodb:${action} records`,
      ),
      'sqs:SendMessage queue',
    ],
    classify: ['dynamodb:GetItem records', 'dynamodb:PutItem records', ...consume, park],
    photos: [
      'dynamodb:GetItem records',
      'dynamodb:PutItem records',
      's3:GetObject bucket/originals/*',
      's3:DeleteObject bucket/originals/*',
      's3:GetObject bucket/photos/*',
      's3:PutObject bucket/photos/*',
      's3:DeleteObject bucket/photos/*',
      ...consume,
      park,
    ],
    deliver: [secret, park],
    sweep: ['dynamodb:GetItem records', 'dynamodb:PutItem records', 'dynamodb:Query records/index/timers'],
    notify: [
      'dynamodb:GetItem records',
      'dynamodb:GetItem ledger',
      'dynamodb:PutItem ledger',
      'dynamodb:UpdateItem ledger',
      'sns:Publish notice-topic',
      'kms:Decrypt contact-key',
      ...consume,
      park,
    ],
    joint: ['dynamodb:GetItem records', 'dynamodb:PutItem records', ...consume, park],
    digest: ['dynamodb:Query ledger', 'dynamodb:BatchWriteItem ledger', 'sns:Publish notice-topic'],
    stats: [
      'dynamodb:GetItem ledger',
      'dynamodb:PutItem ledger',
      'dynamodb:Query ledger',
      'dynamodb:UpdateItem ledger',
      ...consume,
      park,
    ],
    claims: [],
  };
  it.each(
    functions.filter(({ name }) => name !== 'deliver').map(({ name, actions }) => [name, actions] as const),
  )('%s has exactly the permissions it uses', (name, actions) => {
    expect([...new Set(actions)].sort()).toEqual([...own, ...(allowed[name] ?? [])].sort());
  });

  it("deliver may read every department's queue, and has exactly the other permissions it uses", () => {
    const deliver = functions.find(({ name }) => name === 'deliver');
    const queues = ofType(departments, 'AWS::SQS::Queue').filter(
      ([, queue]) => queue.Properties['RedrivePolicy'],
    );
    const consumeAll = queues.flatMap(([id]) =>
      consume.map((action) => action.replace(' queue', ` <${id}.Arn>`)),
    );
    const actions = (deliver?.actions ?? []).map((action) => action.replace(/ <Deliver\w+\.Arn>$/, ' log'));
    expect(actions.sort()).toEqual([...own, ...(allowed['deliver'] ?? []), ...consumeAll].sort());
  });
});

describe('policies', () => {
  it('have no wildcards except in key patterns of buckets', () => {
    const patterns = new Set<string>();
    for (const [, template] of both) {
      for (const [id, policy] of ofType(template, 'AWS::IAM::Policy')) {
        for (const statement of statementsOf(policy)) {
          expect(statement.Effect, id).toBe('Allow');
          for (const action of asList(statement.Action)) expect(action, id).not.toContain('*');
          for (const resource of asList(statement.Resource)) {
            const text = asText(resource);
            if (text.includes('*')) patterns.add(text.replace(/<(\w+?)[0-9A-F]{8}\./, '<$1.'));
          }
        }
      }
    }
    expect([...patterns].sort()).toEqual([
      '<PhotosBucket.Arn>/originals/*',
      '<PhotosBucket.Arn>/photos/*',
      '<PhotosBucket.Arn>/uploads/*',
      // The deployment of the pages: what it writes, and the package it reads, whose key changes each time.
      '<SiteBucket.Arn>/*',
      'arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}/*.zip',
    ]);
  });

  it('of the contact key allow this account to administer it, and its use for contacts only', () => {
    const [[, key] = [], ...others] = ofType(platform, 'AWS::KMS::Key');
    expect(others).toEqual([]);
    expect(key).toMatchObject({ DeletionPolicy: 'Retain', Properties: { EnableKeyRotation: true } });
    const { Statement } = key?.Properties['KeyPolicy'] as { Statement: Statement[] };
    for (const { Effect, Principal, Action } of Statement) {
      expect(Effect).toBe('Allow');
      expect(asText((Principal as { AWS: unknown }).AWS)).toMatch(/:<AWS::AccountId>:root$/);
      for (const action of asList(Action)) expect(action).not.toContain('*');
    }
    const using = Statement.filter(({ Action }) =>
      asList(Action).some((action) => /Crypt|Encrypt|DataKey|Grant|Import|Sign|Mac/i.test(String(action))),
    );
    expect(using).toHaveLength(1);
    expect(using[0]?.Action).toEqual(['kms:Decrypt', 'kms:GenerateDataKey']);
    expect(using[0]?.Condition).toEqual({ StringEquals: { 'kms:EncryptionContext:purpose': 'contact' } });
  });

  it('make photos accessible by signed URLs only, not by the site, a policy or the public', () => {
    const [[id, bucket] = ['']] = ofType(platform, 'AWS::S3::Bucket').filter(([name]) =>
      name.startsWith('Photos'),
    );
    expect(bucket?.Properties['PublicAccessBlockConfiguration']).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    const policies = ofType(platform, 'AWS::S3::BucketPolicy').filter(
      ([, { Properties }]) => pointsTo(Properties['Bucket']) === id,
    );
    const effects = policies.flatMap(([, policy]) => statementsOf(policy)).map(({ Effect }) => Effect);
    expect(new Set(effects)).toEqual(new Set(['Deny']));
    const [[, site] = []] = ofType(platform, 'AWS::CloudFront::Distribution');
    const { Origins } = site?.Properties['DistributionConfig'] as { Origins: unknown[] };
    expect(Origins).toHaveLength(2);
    expect(JSON.stringify(Origins)).not.toContain(id);
  });

  it('are separate resources: no role has managed or inline policies', () => {
    for (const [, template] of both) {
      for (const [id, role] of ofType(template, 'AWS::IAM::Role')) {
        expect(role.Properties['ManagedPolicyArns'], id).toBeUndefined();
        expect(role.Properties['Policies'], id).toBeUndefined();
      }
    }
  });

  it('of queues, topics and buckets allow services by name only, and refuse unencrypted requests', () => {
    for (const [, template] of both) {
      for (const type of ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy', 'AWS::S3::BucketPolicy']) {
        for (const [id, policy] of ofType(template, type)) {
          const statements = statementsOf(policy);
          const plainRefused = statements.some(
            ({ Effect, Condition }) =>
              Effect === 'Deny' && Condition?.['Bool']?.['aws:SecureTransport'] === 'false',
          );
          expect(plainRefused, `${id} refuses plain HTTP`).toBe(true);
          for (const statement of statements.filter(({ Effect }) => Effect === 'Allow')) {
            expect(Object.keys(statement.Principal as object), id).toEqual(['Service']);
            expect(statement.Condition, `${id} restricts the source`).toBeDefined();
            for (const action of asList(statement.Action)) expect(action, id).not.toContain('*');
          }
        }
      }
    }
  });

  it('cover every queue, topic and bucket', () => {
    for (const [, template] of both) {
      const covered = (type: string, property: string): string[] =>
        ofType(template, type)
          .flatMap(([, policy]) => asList(policy.Properties[property]).map((one) => pointsTo(one) ?? ''))
          .sort();
      const all = (type: string): string[] =>
        ofType(template, type)
          .map(([id]) => id)
          .sort();
      expect(covered('AWS::SQS::QueuePolicy', 'Queues')).toEqual(all('AWS::SQS::Queue'));
      expect(covered('AWS::SNS::TopicPolicy', 'Topics')).toEqual(all('AWS::SNS::Topic'));
      expect(covered('AWS::S3::BucketPolicy', 'Bucket')).toEqual(all('AWS::S3::Bucket'));
    }
  });
});

describe.each(both)('queues of %s', (_stack, template) => {
  const queues = Object.fromEntries(ofType(template, 'AWS::SQS::Queue'));
  const mappings = ofType(template, 'AWS::Lambda::EventSourceMapping').flatMap(([id, { Properties }]) => {
    const queueId = pointsTo(Properties['EventSourceArn']) ?? '';
    const queue = queues[queueId];
    return queue === undefined ? [] : [{ id, Properties, queueId, queue }];
  });
  const alarmOf = (queueId: string | undefined): Resource | undefined =>
    ofType(template, 'AWS::CloudWatch::Alarm').find(
      ([, { Properties }]) =>
        Properties['MetricName'] === 'ApproximateNumberOfMessagesVisible' &&
        asList(Properties['Dimensions']).some(
          (dimension) => pointsTo((dimension as { Value: unknown }).Value) === queueId,
        ),
    )?.[1];

  it('have a dead-letter queue with longer retention and an alarm at its first message', () => {
    expect(mappings.length).toBeGreaterThan(0);
    for (const { queue, queueId } of mappings) {
      const redrive = queue.Properties['RedrivePolicy'] as {
        deadLetterTargetArn: unknown;
        maxReceiveCount: number;
      };
      const deadId = pointsTo(redrive.deadLetterTargetArn) ?? '';
      expect(redrive.maxReceiveCount, queueId).toBe(5);
      expect(queues[deadId]?.Properties['MessageRetentionPeriod'], deadId).toBeGreaterThan(
        queue.Properties['MessageRetentionPeriod'] as number,
      );
      expect(alarmOf(deadId)?.Properties, `alarm on ${deadId}`).toMatchObject({
        Threshold: 1,
        EvaluationPeriods: 1,
        TreatMissingData: 'notBreaching',
      });
    }
  });

  it('without a consumer have an alarm', () => {
    const workedOn = new Set(mappings.map(({ queueId }) => queueId));
    for (const queueId of Object.keys(queues).filter((id) => !workedOn.has(id)))
      expect(alarmOf(queueId), queueId).toBeDefined();
  });

  it('have a visibility timeout of six times the function timeout', () => {
    for (const { queue, queueId, Properties } of mappings) {
      const timeout = template.Resources[pointsTo(Properties['FunctionName']) ?? '']?.Properties[
        'Timeout'
      ] as number;
      expect(queue.Properties['VisibilityTimeout'], queueId).toBeGreaterThanOrEqual(6 * timeout);
    }
  });

  it('are consumed without a batching window, with partial batch responses', () => {
    for (const { id, Properties } of mappings) {
      expect(Properties['FunctionResponseTypes'], id).toEqual(['ReportBatchItemFailures']);
      expect(Properties['MaximumBatchingWindowInSeconds'], id).toBeUndefined();
      expect(Properties['ScalingConfig'], id).toMatchObject({
        MaximumConcurrency: expect.any(Number) as number,
      });
    }
  });

  it('are encrypted', () => {
    for (const [id, queue] of Object.entries(queues))
      expect(queue.Properties['SqsManagedSseEnabled'], id).toBe(true);
  });
});

describe('the stream', () => {
  it('is read from its beginning, with partial batch responses, bisection and a failure queue', () => {
    const [mapping, ...others] = ofType(platform, 'AWS::Lambda::EventSourceMapping').filter(
      ([, { Properties }]) => Properties['StartingPosition'],
    );
    expect(others).toEqual([]);
    expect(mapping?.[1].Properties).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 100,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
    });
    expect(asText(mapping?.[1].Properties['EventSourceArn'])).toMatch(/^<RecordsTable\w+\.StreamArn>$/);
    const onFailure = (
      mapping?.[1].Properties['DestinationConfig'] as { OnFailure: { Destination: unknown } }
    ).OnFailure;
    expect(platform.Resources[pointsTo(onFailure.Destination) ?? '']?.Type).toBe('AWS::SQS::Queue');
  });
});

describe('subscriptions', () => {
  const feeds = both.flatMap(([, template]) =>
    ofType(template, 'AWS::SNS::Subscription')
      .filter(([, { Properties }]) => Properties['Protocol'] === 'sqs')
      .map(([, { Properties }]) => ({ queue: pointsTo(Properties['Endpoint']) ?? '', Properties })),
  );

  it('deliver raw messages, with a dead-letter queue', () => {
    for (const { queue, Properties } of feeds) {
      expect(Properties['RawMessageDelivery'], queue).toBe(true);
      expect(Properties['RedrivePolicy'], queue).toBeDefined();
    }
  });

  it('filter the events for each queue of the platform', () => {
    const filters = Object.fromEntries(
      feeds
        .filter(({ queue }) => queue in platform.Resources)
        .map(({ queue, Properties }) => [queue.replace(/Queue.*$/, ''), Properties['FilterPolicy']]),
    );
    expect(filters).toEqual({
      Classify: { type: ['report-submitted.v1'] },
      Photos: { photos: ['yes'] },
      Notify: { type: [...new Set([...noticeEventTypes, ...alertEventTypes])] },
      Joint: { joint: ['yes'] },
      Stats: undefined,
    });
  });
});

describe('retained data', () => {
  it('includes both tables: pay per request, point-in-time recovery, deletion protection, retained', () => {
    const tables = ofType(platform, 'AWS::DynamoDB::Table');
    expect(tables).toHaveLength(2);
    for (const [, table] of tables) {
      expect(table).toMatchObject({
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          BillingMode: 'PAY_PER_REQUEST',
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          DeletionProtectionEnabled: true,
        },
      });
    }
  });

  it('includes the records table with its keys, stream and seven indexes', () => {
    const records = ofType(platform, 'AWS::DynamoDB::Table').find(([id]) => id.startsWith('Records'))?.[1]
      .Properties;
    expect(records?.['KeySchema']).toEqual([
      { AttributeName: 'number', KeyType: 'HASH' },
      { AttributeName: 'item', KeyType: 'RANGE' },
    ]);
    expect(records?.['StreamSpecification']).toEqual({ StreamViewType: 'NEW_AND_OLD_IMAGES' });
    const indexes = records?.['GlobalSecondaryIndexes'] as {
      IndexName: string;
      KeySchema: { AttributeName: string }[];
      Projection: unknown;
    }[];
    const including = (...NonKeyAttributes: string[]) => ({ ProjectionType: 'INCLUDE', NonKeyAttributes });
    const keysOnly = { ProjectionType: 'KEYS_ONLY' };
    expect(
      indexes.map((index) => [
        index.IndexName,
        ...index.KeySchema.map((key) => key.AttributeName),
        index.Projection,
      ]),
    ).toEqual([
      ['department', 'departmentView', 'order', including('summary', 'submittedAt', 'seen')],
      ['area', 'areaView', 'order', including('summary', 'submittedAt', 'seen')],
      ['handler', 'handlerView', 'order', including('summary', 'submittedAt', 'seen')],
      ['timers', 'timerShard', 'timerAt', keysOnly],
      ['contact', 'contactHash', 'submittedAt', keysOnly],
      ['nearby', 'cell', 'submittedAt', including('neighbour')],
      ['alerts', 'alertArea', 'alertAt', including('summary', 'submittedAt')],
    ]);
  });

  it('includes all buckets: private, encrypted, retained', () => {
    for (const [id, bucket] of ofType(platform, 'AWS::S3::Bucket')) {
      expect(bucket.DeletionPolicy, id).toBe('Retain');
      expect(bucket.Properties['PublicAccessBlockConfiguration'], id).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(bucket.Properties['BucketEncryption'], id).toBeDefined();
    }
  });

  it('includes cleaned photos; unattached uploads and originals expire', () => {
    const photos = ofType(platform, 'AWS::S3::Bucket').find(([id]) => id.startsWith('Photos'))?.[1]
      .Properties;
    expect(photos?.['VersioningConfiguration']).toEqual({ Status: 'Enabled' });
    // Deleted versions expire after a day where photos contain location and device, otherwise after a week.
    const [sent, mistakes] = [{ NoncurrentDays: 1 }, { NoncurrentDays: 7 }];
    const { Rules } = photos?.['LifecycleConfiguration'] as { Rules: Record<string, unknown>[] };
    expect(Rules).toEqual([
      expect.objectContaining({ NoncurrentVersionExpiration: mistakes, ExpiredObjectDeleteMarker: true }),
      expect.objectContaining({
        Prefix: 'uploads/',
        ExpirationInDays: 2,
        NoncurrentVersionExpiration: sent,
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      }),
      expect.objectContaining({
        Prefix: 'originals/',
        ExpirationInDays: 30,
        NoncurrentVersionExpiration: sent,
      }),
    ]);
    expect(Rules[0]).not.toHaveProperty('Prefix');
    expect(Rules.map(({ Status }) => Status)).toEqual(['Enabled', 'Enabled', 'Enabled']);
    const cors = (photos?.['CorsConfiguration'] as { CorsRules: { AllowedMethods: string[] }[] }).CorsRules;
    expect(cors.flatMap((rule) => rule.AllowedMethods).sort()).toEqual(['GET', 'POST']);
  });

  it('includes the secret and the staff accounts', () => {
    for (const type of ['AWS::SecretsManager::Secret', 'AWS::Cognito::UserPool']) {
      const found = ofType(platform, type);
      const kept = found.filter(([id]) => !id.startsWith('SiteProof'));
      expect(kept).toHaveLength(1);
      for (const [id, { DeletionPolicy }] of kept) expect(DeletionPolicy, id).toBe('Retain');
    }
  });
});

describe('the API', () => {
  const routes = ofType(platform, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties);

  it('has the agreed routes', () => {
    expect(routes.map((route) => route['RouteKey']).sort()).toEqual([
      'GET /api/city',
      'GET /api/desk/alerts',
      'GET /api/desk/counts',
      'GET /api/desk/league',
      'GET /api/desk/me',
      'GET /api/desk/reports',
      'GET /api/desk/reports/{number}',
      'GET /api/desk/stats',
      'GET /api/reports',
      'GET /api/reports/{number}',
      'POST /api/desk/policy',
      'POST /api/desk/reports',
      'POST /api/desk/reports/{number}/commands',
      'POST /api/desk/search',
      'POST /api/desk/uploads',
      'POST /api/reports',
      'POST /api/reports/{number}/commands',
      'POST /api/reports/{number}/link',
      'POST /api/uploads',
    ]);
  });

  it('requires staff access tokens on desk routes only', () => {
    for (const route of routes) {
      const key = route['RouteKey'] as string;
      if (key.includes('/api/desk/')) {
        expect(route['AuthorizationType'], key).toBe('JWT');
        expect(route['AuthorizationScopes'], key).toEqual(['openid']);
        expect(platform.Resources[pointsTo(route['AuthorizerId']) ?? '']?.Type, key).toBe(
          'AWS::ApiGatewayV2::Authorizer',
        );
      } else {
        expect(route['AuthorizationType'], key).toBe('NONE');
        expect(route['AuthorizerId'], key).toBeUndefined();
      }
    }
  });

  it('accepts tokens of the user pool for its one client', () => {
    const [authorizer] = ofType(platform, 'AWS::ApiGatewayV2::Authorizer');
    const jwt = authorizer?.[1].Properties['JwtConfiguration'] as { Issuer: unknown; Audience: unknown[] };
    expect(asText(jwt.Issuer)).toMatch(/^<StaffPool\w+\.ProviderURL>$/);
    expect(jwt.Audience.map((one) => platform.Resources[pointsTo(one) ?? '']?.Type)).toEqual([
      'AWS::Cognito::UserPoolClient',
    ]);
  });

  it('has throttling, and logs neither tokens nor texts', () => {
    const [stage] = ofType(platform, 'AWS::ApiGatewayV2::Stage');
    const { DefaultRouteSettings, AccessLogSettings } = stage?.[1].Properties as {
      DefaultRouteSettings: { ThrottlingRateLimit: number; ThrottlingBurstLimit: number };
      AccessLogSettings: { Format: string };
    };
    expect(DefaultRouteSettings.ThrottlingRateLimit).toBeGreaterThan(0);
    expect(DefaultRouteSettings.ThrottlingBurstLimit).toBeGreaterThan(0);
    expect(AccessLogSettings.Format).not.toMatch(/header|query|body|claims|\$context\.path/i);
  });

  it('has for each route an integration that may invoke its function', () => {
    const callable = new Set(
      ofType(platform, 'AWS::Lambda::Permission')
        .filter(([, { Properties }]) => Properties['Principal'] === 'apigateway.amazonaws.com')
        .map(([, { Properties }]) => pointsTo(Properties['FunctionName'])),
    );
    for (const route of routes) {
      const integration = platform.Resources[/<(\w+)>/.exec(asText(route['Target']))?.[1] ?? ''];
      expect(integration?.Properties['PayloadFormatVersion']).toBe('2.0');
      expect(callable).toContain(pointsTo(integration?.Properties['IntegrationUri']));
    }
  });
});

describe('staff', () => {
  it('cannot sign up or set their own departments', () => {
    const [pool] = ofType(platform, 'AWS::Cognito::UserPool');
    const [client] = ofType(platform, 'AWS::Cognito::UserPoolClient');
    expect(pool?.[1].Properties['AdminCreateUserConfig']).toEqual({ AllowAdminCreateUserOnly: true });
    expect(pool?.[1].Properties['MfaConfiguration']).toBe('ON');
    expect(client?.[1].Properties['WriteAttributes']).toEqual(['email', 'name']);
    expect(client?.[1].Properties['AllowedOAuthScopes']).toEqual(['openid', 'profile']);
    expect(client?.[1].Properties['AllowedOAuthFlows']).toEqual(['code']);
    expect(client?.[1].Properties['ExplicitAuthFlows']).toEqual(['ALLOW_REFRESH_TOKEN_AUTH']);
  });

  it('have the four roles as groups, and departments in the access token', () => {
    const groups = ofType(platform, 'AWS::Cognito::UserPoolGroup').map(
      ([, { Properties }]) => Properties['GroupName'],
    );
    expect(groups.sort()).toEqual(['admin', 'grid-worker', 'handler', 'manager']);
    const [pool] = ofType(platform, 'AWS::Cognito::UserPool');
    const triggers = pool?.[1].Properties['LambdaConfig'] as {
      PreTokenGenerationConfig: { LambdaVersion: string; LambdaArn: unknown };
    };
    expect(triggers.PreTokenGenerationConfig.LambdaVersion).toBe('V2_0');
    expect(pointsTo(triggers.PreTokenGenerationConfig.LambdaArn)).toMatch(/^Claims/);
    const attributes = (pool?.[1].Properties['Schema'] as { Name: string }[]).map(({ Name }) => Name);
    expect(attributes).toEqual(expect.arrayContaining(['departments', 'areas']));
  });
});

describe('the site', () => {
  const [policy] = ofType(platform, 'AWS::CloudFront::ResponseHeadersPolicy');
  const config = policy?.[1].Properties['ResponseHeadersPolicyConfig'] as {
    SecurityHeadersConfig: { ContentSecurityPolicy: { ContentSecurityPolicy: unknown } };
  };
  const csp = Object.fromEntries(
    asText(config.SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy)
      .split('; ')
      .map((directive) => {
        const [name, ...sources] = directive.split(' ');
        return [name ?? '', sources] as const;
      }),
  );

  it('allows only its own scripts, and no framing', () => {
    expect(csp['default-src']).toEqual(["'none'"]);
    expect(csp['script-src']).toEqual(["'self'"]);
    expect(csp['frame-ancestors']).toEqual(["'none'"]);
    expect(JSON.stringify(csp)).not.toMatch(/unsafe|\*/);
  });

  it("allows the city's captcha origins, and nothing else", () => {
    const captcha = parseCity({
      ...readCity(),
      captcha: {
        siteKey: 'key',
        verifyUrl: 'https://captcha.example.com/verify',
        widget: {
          script: 'https://captcha.example.com/api.js',
          global: 'captcha',
          origins: ['https://*.captcha.example.net'],
        },
      },
    });
    if (!captcha.ok) throw new Error(JSON.stringify(captcha.problems));
    const [withCaptcha] = ofType(
      synthesize({ city: captcha.city }).platform,
      'AWS::CloudFront::ResponseHeadersPolicy',
    );
    const given = asText(
      (withCaptcha?.[1].Properties['ResponseHeadersPolicyConfig'] as typeof config).SecurityHeadersConfig
        .ContentSecurityPolicy.ContentSecurityPolicy,
    );
    const origins = 'https://captcha.example.com https://*.captcha.example.net';
    expect(given).toContain(`script-src 'self' ${origins};`);
    expect(given).toContain(`frame-src ${origins};`);
    expect(csp['frame-src']).toBeUndefined();
  });

  it('passes the client address to the API, with proof that the request came through the site', () => {
    const [distribution] = ofType(platform, 'AWS::CloudFront::Distribution');
    const site = distribution?.[1].Properties['DistributionConfig'] as {
      Origins: { OriginCustomHeaders?: { HeaderName: string; HeaderValue: unknown }[] }[];
      CacheBehaviors: { PathPattern: string; FunctionAssociations?: { FunctionARN: unknown }[] }[];
    };
    const headers = site.Origins.flatMap(({ OriginCustomHeaders = [] }) => OriginCustomHeaders);
    expect(headers.map(({ HeaderName }) => HeaderName)).toEqual(['x-site-proof']);
    // A reference resolved at deployment: no template contains the value.
    expect(asText(headers[0]?.HeaderValue)).toMatch(
      /^\{\{resolve:secretsmanager:<SiteProof\w+>:SecretString:::\}\}$/,
    );
    const api = site.CacheBehaviors.find(({ PathPattern }) => PathPattern === '/api/*');
    const viewer = platform.Resources[pointsTo(api?.FunctionAssociations?.[0]?.FunctionARN) ?? ''];
    const event = {
      request: { headers: { 'x-viewer-address': { value: '10.0.0.1' } } },
      viewer: { ip: '192.0.2.7' },
    };
    const code = String(viewer?.Properties['FunctionCode']);
    const given: unknown = runInNewContext(`${code}; JSON.stringify(handler(event))`, { event });
    expect(JSON.parse(String(given))).toEqual({ headers: { 'x-viewer-address': { value: '192.0.2.7' } } });
  });

  describe('the redirect to a folder', () => {
    const [distribution] = ofType(platform, 'AWS::CloudFront::Distribution');
    const { DefaultCacheBehavior } = distribution?.[1].Properties['DistributionConfig'] as {
      DefaultCacheBehavior: { FunctionAssociations: { FunctionARN: unknown }[] };
    };
    const folders =
      platform.Resources[pointsTo(DefaultCacheBehavior.FunctionAssociations[0]?.FunctionARN) ?? ''];
    const code = String(folders?.Properties['FunctionCode']);
    const answer = (uri: string): unknown =>
      JSON.parse(
        String(runInNewContext(`${code}; JSON.stringify(handler(event))`, { event: { request: { uri } } })),
      );

    it.each(['/desk', '/board', '/a/b'])('adds the slash to %s', (uri) => {
      expect(answer(uri)).toEqual({ statusCode: 301, headers: { location: { value: `${uri}/` } } });
    });

    it.each([
      '//evil.example/desk',
      '///evil.example/desk',
      '/\\evil.example/desk',
      '/\t/evil.example/desk',
      '/%2Fevil.example/desk',
      '/%5Cevil.example/desk',
      '/desk//evil',
      'https://evil.example/desk',
      '/@evil.example/desk',
    ])('does not send anybody from %s to another site', (uri) => {
      expect(answer(uri)).toEqual({ uri });
    });
  });

  it('may upload and show photos, with both URL styles of the bucket', () => {
    const hosts = [
      /^https:\/\/<PhotosBucket\w+\.RegionalDomainName>$/,
      // The URL that forms are posted to (not matched by a path with a trailing slash), and the paths below it.
      /^https:\/\/s3\.<AWS::Region>\.<AWS::URLSuffix>\/<PhotosBucket\w+>$/,
      /^https:\/\/s3\.<AWS::Region>\.<AWS::URLSuffix>\/<PhotosBucket\w+>\/$/,
    ];
    for (const directive of ['connect-src', 'img-src', 'form-action']) {
      for (const host of hosts) expect(csp[directive], directive).toContainEqual(expect.stringMatching(host));
    }
  });

  it('has the API under its own origin, and caches only /api/city', () => {
    const [distribution] = ofType(platform, 'AWS::CloudFront::Distribution');
    const { CacheBehaviors, DefaultCacheBehavior } = distribution?.[1].Properties['DistributionConfig'] as {
      CacheBehaviors: Record<string, unknown>[];
      DefaultCacheBehavior: Record<string, unknown>;
    };
    // CloudFront's managed policies. CachingOptimized caches by URL as the response's headers say, compressed.
    const cachingOptimized = '658327ea-f89d-4fab-a63d-7e88639e58f6';
    const cachingDisabled = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
    // The first matching pattern applies.
    expect(CacheBehaviors).toEqual([
      expect.objectContaining({
        PathPattern: '/api/city',
        CachePolicyId: cachingOptimized,
        Compress: true,
        TargetOriginId: CacheBehaviors[1]?.['TargetOriginId'],
      }),
      expect.objectContaining({ PathPattern: '/api/*', CachePolicyId: cachingDisabled }),
    ]);
    expect(CacheBehaviors[0]).not.toHaveProperty('OriginRequestPolicyId');
    expect(DefaultCacheBehavior).toMatchObject({ CachePolicyId: cachingOptimized, Compress: true });
  });
});

describe("the city's map", () => {
  const policyOf = (template: Template): string => {
    const [policy] = ofType(template, 'AWS::CloudFront::ResponseHeadersPolicy');
    const { SecurityHeadersConfig } = policy?.[1].Properties['ResponseHeadersPolicyConfig'] as {
      SecurityHeadersConfig: { ContentSecurityPolicy: { ContentSecurityPolicy: unknown } };
    };
    return asText(SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy);
  };
  const map = { attribution: 'A map', crs: 'gcj02', maxZoom: 18 } as const;

  it('adds its tile origins to the allowed image sources', () => {
    const tileUrl = 'https://t{s}.example.org:8443/{z}/{x}/{y}.png?key=1';
    const { platform } = synthesize({
      city: { ...readCity(), map: { ...map, tileUrl, subdomains: ['0', '1'] } },
    });
    const directives = policyOf(platform).split('; ');
    const naming = directives.filter((directive) => directive.includes('example.org'));
    expect(naming).toEqual([
      expect.stringMatching(/^img-src .* https:\/\/t0\.example\.org:8443 https:\/\/t1\.example\.org:8443$/),
    ]);
  });

  it('needs no origin for tiles on the site itself', () => {
    const own = { ...map, tileUrl: '/tiles/{z}/{x}/{y}.png' };
    const { platform } = synthesize({ city: { ...readCity(), map: own } });
    expect(policyOf(platform)).toBe(policyOf(templates.platform));
  });
});

describe("the city's own domain", () => {
  const city = { ...readCity(), publicUrl: 'https://bao.example.org' };
  afterEach(() => {
    vi.unstubAllEnvs();
  });
  /** As `cdk deploy -c certificateArn=…` does. */
  const giveCertificate = (): void => {
    vi.stubEnv(
      'CDK_CONTEXT_JSON',
      JSON.stringify({ certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/one' }),
    );
  };

  it('is an alias of the site with TLS 1.2 or later, and a redirect target of staff sign-in', () => {
    giveCertificate();
    const { platform } = synthesize({ city });
    const [distribution] = ofType(platform, 'AWS::CloudFront::Distribution');
    expect(distribution?.[1].Properties['DistributionConfig']).toMatchObject({
      Aliases: ['bao.example.org'],
      ViewerCertificate: { MinimumProtocolVersion: 'TLSv1.2_2021' },
    });
    const [client] = ofType(platform, 'AWS::Cognito::UserPoolClient');
    expect(client?.[1].Properties['CallbackURLs']).toEqual([
      'https://bao.example.org/desk/',
      'https://bao.example.org/board/',
    ]);
  });

  it('is required for a certificate', () => {
    giveCertificate();
    expect(() => compose({ city: readCity() })).toThrow(/publicUrl/);
  });
});

describe('alarms', () => {
  const alarms = both.flatMap(([, template]) => ofType(template, 'AWS::CloudWatch::Alarm'));

  it('have an action, say who is affected, and refer to a runbook section', () => {
    for (const [id, { Properties }] of alarms) {
      expect(Properties['AlarmActions'], id).toHaveLength(1);
      expect(Properties['AlarmDescription'], id).toMatch(/^\S.{20,} See docs\/runbook\.md#[a-z-]+$/);
    }
  });

  const runbook = resolve(import.meta.dirname, '../../docs/runbook.md');
  it.skipIf(!existsSync(runbook))('refer to existing runbook sections', () => {
    const pages = [...readFileSync(runbook, 'utf8').matchAll(/<a id="([^"]+)">|^#+ (.+)$/gm)].map(
      ([, anchor, heading]) =>
        anchor ??
        heading
          ?.toLowerCase()
          .replace(/[^\p{L}\p{N} -]/gu, '')
          .trim()
          .replaceAll(' ', '-'),
    );
    for (const [id, { Properties }] of alarms)
      expect(pages, id).toContain((Properties['AlarmDescription'] as string).split('#')[1]);
  });

  it('cover the clocks and the relay', () => {
    const metrics = alarms.map(([, { Properties }]) => Properties['MetricName']);
    expect(metrics).toEqual(expect.arrayContaining(['IteratorAge', 'Errors', 'Invocations', '5xx']));
  });
});

describe('the dashboard', () => {
  it('shows the errors of every function, and the age of the oldest message of every consumer queue', () => {
    const [dashboard] = ofType(platform, 'AWS::CloudWatch::Dashboard');
    const shown = asText(dashboard?.[1].Properties['DashboardBody']);
    for (const { id } of functionsOf(platform)) expect(shown).toContain(`"Errors","FunctionName","<${id}>"`);
    const workedOn = ofType(platform, 'AWS::Lambda::EventSourceMapping')
      .map(([, { Properties }]) => pointsTo(Properties['EventSourceArn']) ?? '')
      .filter((id) => platform.Resources[id]?.Type === 'AWS::SQS::Queue');
    expect(workedOn).not.toEqual([]);
    for (const id of workedOn)
      expect(shown).toContain(`"ApproximateAgeOfOldestMessage","QueueName","<${id}.QueueName>"`);
  });
});

describe('functions that run each minute', () => {
  const rules = ofType(platform, 'AWS::Events::Rule').map(([, { Properties }]) => Properties);
  const targetsOf = (rule: Record<string, unknown>): Record<string, unknown>[] =>
    rule['Targets'] as Record<string, unknown>[];

  it('are sweep and digest, each with its own rule', () => {
    expect(rules.map((rule) => rule['ScheduleExpression'])).toEqual(['rate(1 minute)', 'rate(1 minute)']);
    const started = rules.flatMap(targetsOf).map(({ Arn }) => folderOf(pointsTo(Arn) ?? ''));
    expect(started.sort()).toEqual(['digest', 'sweep']);
  });

  it('are not retried, since the next run does the same work', () => {
    for (const target of rules.flatMap(targetsOf))
      expect(target['RetryPolicy']).toEqual({ MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 });
  });

  it.each(['Sweep', 'Digest'])('have alarms for %s failing and not running', (name) => {
    const watched = ofType(platform, 'AWS::CloudWatch::Alarm')
      .map(([, { Properties }]) => Properties)
      .filter((alarm) =>
        asList(alarm['Dimensions'] ?? []).some((dimension) =>
          pointsTo((dimension as { Value: unknown }).Value)?.startsWith(name),
        ),
      );
    expect(watched.map((alarm) => [alarm['MetricName'], alarm['TreatMissingData']]).sort()).toEqual([
      ['Errors', 'notBreaching'],
      ['Invocations', 'breaching'],
    ]);
  });
});

describe('an area with an e-mail address for alerts', () => {
  it('is subscribed to its own digests', () => {
    const city = readCity();
    const areas = city.areas.map((area) =>
      area.id === 'qilu' ? { ...area, alerts: { email: 'qilu@example.org' } } : area,
    );
    const [mail, ...others] = ofType(
      synthesize({ city: { ...city, areas } }).platform,
      'AWS::SNS::Subscription',
    )
      .map(([, { Properties }]) => Properties)
      .filter((subscription) => subscription['Protocol'] === 'email');
    expect(others).toEqual([]);
    expect(mail).toMatchObject({
      Endpoint: 'qilu@example.org',
      FilterPolicy: { recipient: ['area#qilu'] },
    });
  });
});

describe('outputs', () => {
  it('contain what an operator needs to open and subscribe to', () => {
    expect(Object.keys(platform.Outputs ?? {})).toEqual(
      expect.arrayContaining([
        'SiteUrl',
        'ApiUrl',
        'UserPoolId',
        'UserPoolClientId',
        'PhotoBucketName',
        'EventTopicArn',
        'NoticeTopicArn',
        'AlarmTopicArn',
        'ParkedQueueUrl',
      ]),
    );
  });
});

import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startCloud, type Cloud, type CloudOptions } from '../../infra/local/cloud.ts';

/** A minimal cloud assembly, to test the embedded cloud without the product. */
export type TinyStack = {
  resources: Record<string, object>;
  /** Code of an ES module that exports `handler`, by the logical id of its function. */
  functions?: Record<string, TinyFunction>;
  outputs?: Record<string, object>;
  conditions?: Record<string, object>;
  mappings?: Record<string, object>;
  /** Pages by path; if there are any, they are deployed behind a distribution. */
  pages?: Record<string, string>;
  /** Written beside every function, as in the product. */
  city?: object;
  dependsOn?: string[];
  /** No default permissions: topics, routes, rules and user pools need the permissions of the resources. */
  closed?: true;
};
export type TinyFunction = {
  code: string;
  timeout?: number;
  environment?: Record<string, unknown>;
  /** Statements of its role's policy; by default everything is allowed. */
  may?: object[];
};

/** A table of `items` by their `id`, with a stream. */
export function table(properties: object = {}): object {
  return {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      TableName: 'items',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      ...properties,
    },
  };
}

export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'suishoubao-local-'));
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Writes the assembly and returns its folder. */
export function writeAssembly(folder: string, stacks: Record<string, TinyStack>): string {
  mkdirSync(folder, { recursive: true });
  const artifacts: Record<string, object> = {};
  for (const [name, stack] of Object.entries(stacks)) {
    const resources = { ...stack.resources };
    const files: Record<string, object> = {};
    const addAsset = (id: string, contents: Record<string, string>): string => {
      const asset = `asset.${name}${id}`;
      for (const [path, content] of Object.entries(contents)) {
        const file = join(folder, asset, path);
        mkdirSync(join(file, '..'), { recursive: true });
        writeFileSync(file, content);
      }
      const objectKey = `${name}${id}.zip`;
      files[id] = { source: { path: asset, packaging: 'zip' }, destinations: { current: { objectKey } } };
      return objectKey;
    };
    if (stack.closed !== true) Object.assign(resources, openDoors(stack));
    for (const [id, { code, timeout, environment, may }] of Object.entries(stack.functions ?? {})) {
      const key = addAsset(id, {
        'index.mjs': code,
        ...(stack.city ? { 'city.json': JSON.stringify(stack.city) } : {}),
      });
      resources[id] = {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Code: { S3Bucket: { 'Fn::Sub': 'assets-${AWS::AccountId}' }, S3Key: key },
          Handler: 'index.handler',
          Runtime: 'nodejs24.x',
          Timeout: timeout ?? 10,
          MemorySize: 256,
          Environment: { Variables: environment ?? {} },
          Role: arnOf(`${id}Role`),
        },
      };
      Object.assign(resources, role(`${id}Role`, may ?? [{ Effect: 'Allow', Action: '*', Resource: '*' }]));
    }
    if (stack.pages) Object.assign(resources, site(addAsset('Pages', stack.pages)));
    const { outputs, conditions, mappings } = stack;
    writeFileSync(
      join(folder, `${name}.template.json`),
      JSON.stringify({
        Resources: resources,
        Outputs: outputs ?? {},
        Conditions: conditions ?? {},
        Mappings: mappings ?? {},
      }),
    );
    writeFileSync(join(folder, `${name}.assets.json`), JSON.stringify({ files }));
    artifacts[`${name}.assets`] = { type: 'cdk:asset-manifest', properties: { file: `${name}.assets.json` } };
    artifacts[name] = {
      type: 'aws:cloudformation:stack',
      properties: { templateFile: `${name}.template.json` },
      dependencies: [`${name}.assets`, ...(stack.dependsOn ?? [])],
    };
  }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ version: '55.0.0', artifacts }));
  return folder;
}

/** A role that Lambda may assume. */
export function role(id: string, statements: object[]): Record<string, object> {
  return {
    [id]: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: policy([
          { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
        ]),
      },
    },
    [`${id}Policy`]: {
      Type: 'AWS::IAM::Policy',
      Properties: { PolicyName: id, Roles: [{ Ref: id }], PolicyDocument: policy(statements) },
    },
  };
}

export function policy(statements: object[]): object {
  return { Version: '2012-10-17', Statement: statements };
}

/** Every topic may send to every queue, and every service that calls functions may call all of them. */
function openDoors({ resources, functions = {} }: TinyStack): Record<string, object> {
  const doors: Record<string, object> = {};
  for (const [id, resource] of Object.entries(resources)) {
    if (!('Type' in resource) || resource.Type !== 'AWS::SQS::Queue') continue;
    doors[`${id}OpenPolicy`] = {
      ...resource,
      Type: 'AWS::SQS::QueuePolicy',
      Properties: {
        Queues: [{ Ref: id }],
        PolicyDocument: policy([
          {
            Effect: 'Allow',
            Action: 'sqs:SendMessage',
            Principal: { Service: 'sns.amazonaws.com' },
            Resource: arnOf(id),
          },
        ]),
      },
    };
  }
  for (const id of Object.keys(functions))
    for (const service of ['apigateway', 'events', 'cognito-idp'])
      doors[`${id}Open${service}`] = permission(id, `${service}.amazonaws.com`);
  return doors;
}

export function permission(functionId: string, service: string, sourceArn?: unknown): object {
  return {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      Action: 'lambda:InvokeFunction',
      FunctionName: arnOf(functionId),
      Principal: service,
      ...(sourceArn === undefined ? {} : { SourceArn: sourceArn }),
    },
  };
}

function site(pagesKey: string): Record<string, object> {
  return {
    PageBucket: { Type: 'AWS::S3::Bucket' },
    Headers: {
      Type: 'AWS::CloudFront::ResponseHeadersPolicy',
      Properties: {
        ResponseHeadersPolicyConfig: {
          Name: 'h',
          SecurityHeadersConfig: {
            ContentTypeOptions: { Override: true },
            FrameOptions: { FrameOption: 'DENY', Override: true },
          },
        },
      },
    },
    Folders: {
      Type: 'AWS::CloudFront::Function',
      Properties: {
        Name: 'folders',
        FunctionCode:
          "function handler({ request }) { if (request.uri.endsWith('/')) request.uri += 'index.html'; return request; }",
      },
    },
    Distribution: {
      Type: 'AWS::CloudFront::Distribution',
      Properties: {
        DistributionConfig: {
          Enabled: true,
          DefaultRootObject: 'index.html',
          Origins: [
            { Id: 'pages', DomainName: { 'Fn::GetAtt': ['PageBucket', 'RegionalDomainName'] } },
            {
              Id: 'api',
              DomainName: {
                'Fn::Join': [
                  '',
                  [{ Ref: 'Api' }, '.execute-api.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }],
                ],
              },
            },
          ],
          DefaultCacheBehavior: {
            TargetOriginId: 'pages',
            Compress: true,
            ResponseHeadersPolicyId: { Ref: 'Headers' },
            FunctionAssociations: [
              { EventType: 'viewer-request', FunctionARN: { 'Fn::GetAtt': ['Folders', 'FunctionARN'] } },
            ],
          },
          CacheBehaviors: [
            { PathPattern: '/api/city', TargetOriginId: 'api', Compress: true },
            {
              PathPattern: '/api/*',
              TargetOriginId: 'api',
              Compress: true,
              // CloudFront's CachingDisabled.
              CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
              ResponseHeadersPolicyId: { Ref: 'Headers' },
            },
          ],
        },
      },
    },
    Deployment: {
      Type: 'Custom::CDKBucketDeployment',
      Properties: {
        ServiceToken: 'nobody',
        SourceObjectKeys: [pagesKey],
        DestinationBucketName: { Ref: 'PageBucket' },
        Exclude: ['assets/*'],
        SystemMetadata: { 'cache-control': 'no-cache' },
      },
    },
  };
}

export function queue(properties: object = {}): object {
  return { Type: 'AWS::SQS::Queue', Properties: properties };
}

export function mapping(functionId: string, source: object, properties: object = {}): object {
  return {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      FunctionName: { Ref: functionId },
      EventSourceArn: source,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ...properties,
    },
  };
}

export function arnOf(id: string, attribute = 'Arn'): object {
  return { 'Fn::GetAtt': [id, attribute] };
}

/** Starts a cloud for one test or, with `keep`, for several; then the caller stops it. */
export async function startTiny(
  stack: TinyStack,
  options: Partial<CloudOptions> & { keep?: boolean } = {},
): Promise<{ cloud: Cloud; folder: string; stop: () => Promise<void> }> {
  const { keep, ...rest } = options;
  const temporary = temporaryFolder();
  const templatesDir = writeAssembly(join(temporary.path, 'templates'), { Tiny: stack });
  const cloud = await startCloud({ templatesDir, dataDir: join(temporary.path, 'data'), port: 0, ...rest });
  const stop = async (): Promise<void> => {
    await cloud.stop();
    temporary.remove();
  };
  if (keep !== true) onTestFinished(stop);
  return { cloud, folder: temporary.path, stop };
}

/** Functions of these tests write what they received to a file of JSON lines: `record(value)`. */
export const recordingCode = `
import { appendFileSync } from 'node:fs';
const record = (value) => appendFileSync(process.env.SEEN, JSON.stringify(value) + '\\n');
`;

export class Seen {
  readonly file: string;

  constructor(folder: string) {
    this.file = join(folder, 'seen.jsonl');
    appendFileSync(this.file, '');
  }

  all<T>(): T[] {
    if (!existsSync(this.file)) return [];
    return readFileSync(this.file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T);
  }
}

/** Repeats until it returns true. */
export async function eventually(
  check: () => boolean | Promise<boolean>,
  milliseconds = 300_000,
): Promise<void> {
  const deadline = performance.now() + milliseconds;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`not within ${milliseconds} ms`);
    await new Promise((next) => setTimeout(next, 20));
  }
}

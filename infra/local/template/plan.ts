import { existsSync } from 'node:fs';
import { evaluate } from '../iam/evaluate.ts';
import type { Rule } from '../iam/rules.ts';
import { StartRefused } from '../start-refused.ts';
import { readAssembly, type Assembly, type Stack } from './assembly.ts';
import { createResolver, Unresolvable, type Identity } from './intrinsics.ts';
import {
  generatedIdentity,
  arn,
  isKnownType,
  place,
  resourceTypes,
  type Addresses,
  type CorsRule,
  type Properties,
  type TypeName,
} from './resource-types.ts';
import { ignoredTypes } from './ignored-types.ts';

/** The templates' resources with every reference resolved, for the rest of the embedded cloud. */
export type Plan = {
  tables: TablePlan[];
  queues: QueuePlan[];
  topics: TopicPlan[];
  buckets: BucketPlan[];
  functions: FunctionPlan[];
  queueMappings: QueueMappingPlan[];
  streamMappings: StreamMappingPlan[];
  schedules: SchedulePlan[];
  secrets: SecretPlan[];
  roles: RolePlan[];
  /** By the ARN of the queue, topic, bucket or function. */
  resourcePolicies: Map<string, Rule[]>;
  keys: KeyPlan[];
  api: ApiPlan | undefined;
  site: SitePlan | undefined;
  userPool: UserPoolPlan | undefined;
  outputs: Record<string, string>;
};

export type TablePlan = Properties<'AWS::DynamoDB::Table'> & { name: string; streamArn: string };
export type QueuePlan = { name: string; arn: string; attributes: Record<string, string> };
export type TopicPlan = { name: string; arn: string; subscriptions: SubscriptionPlan[] };
export type SubscriptionPlan = {
  queueArn: string;
  attributes: Record<string, string>;
  /** The queue for messages that the topic may not send to the subscribed queue. */
  deadLetterArn: string | undefined;
};
export type RolePlan = { name: string; arn: string; rules: Rule[] };
export type BucketPlan = { name: string; cors: CorsRule[]; expirations: { prefix: string; days: number }[] };

export type FunctionPlan = {
  logicalId: string;
  name: string;
  arn: string;
  /** Folder of the asset. */
  folder: string;
  handler: string;
  timeoutSeconds: number;
  memoryMegabytes: number;
  environment: Record<string, string>;
  /** Whether `console` writes JSON lines. */
  jsonLogs: boolean;
  logGroup: string;
  role: RolePlan;
};

type MappingPlan = { id: string; functionArn: string; batchSize: number; reportsFailures: boolean };
export type QueueMappingPlan = MappingPlan & { queueArn: string; maximumConcurrency: number };
export type StreamMappingPlan = MappingPlan & {
  streamArn: string;
  tableName: string;
  startingPosition: 'TRIM_HORIZON' | 'LATEST';
  bisect: boolean;
  /** Undefined: unlimited. */
  maximumRetries: number | undefined;
  maximumAgeSeconds: number | undefined;
  failureQueueArn: string | undefined;
};

export type SchedulePlan = {
  name: string;
  arn: string;
  functionArn: string;
  everySeconds: number;
  input: string | undefined;
  /** The role that invokes the function; undefined: EventBridge itself. */
  role: RolePlan | undefined;
};
export type SecretPlan = { arn: string; name: string } & Pick<
  Properties<'AWS::SecretsManager::Secret'>,
  'SecretString' | 'GenerateSecretString'
>;

export type KeyPlan = { id: string; arn: string };

export type RoutePlan = {
  /** The source ARN when invoking its function. */
  sourceArn: string;
  /** `ANY` for all methods. */
  method: string;
  path: string;
  routeKey: string;
  functionArn: string;
  timeoutMilliseconds: number;
  authorizer: { issuer: string; audience: string[]; scopes: string[] } | undefined;
  throttle: Throttle | undefined;
};
export type Throttle = { rate: number; burst: number };
export type ApiPlan = {
  id: string;
  routes: RoutePlan[];
  throttle: Throttle | undefined;
  cors: Properties<'AWS::ApiGatewayV2::Api'>['CorsConfiguration'];
};

export type BehaviourPlan = {
  /** Undefined: the default behaviour. */
  pathPattern: string | undefined;
  target: { kind: 'api' } | { kind: 'pages'; bucket: string };
  headers: Record<string, string>;
  /** JavaScript of a CloudFront function that may change the request. */
  viewerFunction: string | undefined;
  compress: boolean;
};
/** CloudFront's managed policy CachingDisabled; without caching CloudFront does not compress. */
const cachingDisabled = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';

export type DeploymentPlan = {
  folder: string;
  markers: Record<string, string>;
  include: string[];
  exclude: string[];
  cacheControl: string | undefined;
};
export type SitePlan = {
  defaultRootObject: string | undefined;
  behaviours: BehaviourPlan[];
  deployments: DeploymentPlan[];
  errorPages: { status: number; responseStatus: number; path: string }[];
};

export type UserPoolPlan = {
  id: string;
  arn: string;
  triggerArn: string | undefined;
  clients: {
    id: string;
    scopes: string[];
    redirectUrls: string[];
    logoutUrls: string[];
    accessTokenSeconds: number;
    idTokenSeconds: number;
    refreshTokenSeconds: number;
  }[];
};

type Found<T extends TypeName> = {
  stack: Stack;
  logicalId: string;
  label: string;
  properties: Properties<T>;
  identity: Identity;
};

/**
 * Reads a cloud assembly. @throws StartRefused, listing every unknown resource type, property, value and intrinsic.
 */
export function readPlan(templatesDir: string, addresses: Addresses): Plan {
  return planOf(readAssembly(templatesDir), addresses);
}

export function planOf(assembly: Assembly, addresses: Addresses): Plan {
  const { stacks } = assembly;
  const problems: string[] = [];

  const identities = new Map<string, Identity>();
  const resolver = createResolver(stacks, place, identify);
  const found = new Map<string, Found<TypeName>[]>();
  /** Logical ids of functions for a custom resource that the embedded cloud implements itself. */
  const serviceFunctions = new Set<string>();

  for (const stack of stacks) {
    for (const resource of Object.values(stack.template.Resources)) {
      if (resource.Type !== 'Custom::CDKBucketDeployment') continue;
      const token = resource.Properties?.['ServiceToken'] as { 'Fn::GetAtt'?: string[] } | undefined;
      const id = token?.['Fn::GetAtt']?.[0];
      if (id !== undefined) serviceFunctions.add(`${stack.name}/${id}`);
    }
  }

  for (const stack of stacks) {
    for (const [logicalId, resource] of Object.entries(stack.template.Resources)) {
      const label = `${stack.name}/${logicalId}`;
      attempt(label, () => {
        if (serviceFunctions.has(label) || !resolver.holds(stack, resource.Condition)) return;
        if (Object.hasOwn(ignoredTypes, resource.Type)) return;
        if (!isKnownType(resource.Type)) {
          problems.push(`${label}: the resource type ${resource.Type} is not known`);
          return;
        }
        const resolved = resolver.value(stack, resource.Properties ?? {});
        const parsed = resourceTypes[resource.Type].schema.safeParse(resolved);
        if (!parsed.success) {
          for (const issue of parsed.error.issues) {
            const path = issue.path.join('.');
            problems.push(
              issue.code === 'unrecognized_keys'
                ? `${label} (${resource.Type}): the property ${issue.keys.map((key) => (path ? `${path}.${key}` : key)).join(', ')} is not known`
                : `${label} (${resource.Type}): ${path}: ${issue.message}`,
            );
          }
          return;
        }
        const identity = identify(stack, logicalId);
        if (!identity) return;
        const list = found.get(resource.Type) ?? [];
        list.push({ stack, logicalId, label, properties: parsed.data, identity });
        found.set(resource.Type, list);
      });
    }
  }

  const outputs: Record<string, string> = {};
  for (const stack of stacks) {
    for (const [name, output] of Object.entries(stack.template.Outputs ?? {})) {
      attempt(`${stack.name} output ${name}`, () => {
        if (!output.Export && resolver.holds(stack, output.Condition))
          outputs[name] = String(resolver.value(stack, output.Value));
      });
    }
  }

  const { roles, roleFor } = planRoles();
  const functions = ofType('AWS::Lambda::Function').flatMap((one) => {
    const { properties } = one;
    const role = roleFor(one.label, properties.Role, 'lambda.amazonaws.com');
    const folder = one.stack.assets.get(properties.Code.S3Key);
    if (!/^nodejs\d+\.x$/.test(properties.Runtime))
      problems.push(`${one.label}: the runtime ${properties.Runtime} is not known`);
    if (folder === undefined || !existsSync(folder)) {
      problems.push(`${one.label}: there is no asset for ${properties.Code.S3Key}`);
      return [];
    }
    if (!role) return [];
    return {
      logicalId: one.logicalId,
      name: one.identity.ref,
      arn: attribute(one, 'Arn'),
      folder,
      handler: properties.Handler,
      timeoutSeconds: properties.Timeout,
      memoryMegabytes: properties.MemorySize,
      environment: properties.Environment?.Variables ?? {},
      jsonLogs: properties.LoggingConfig?.LogFormat === 'JSON',
      logGroup: properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${one.identity.ref}`,
      role,
    };
  });
  const functionNames = new Map(
    functions.flatMap((one) => [
      [one.name, one.arn],
      [one.arn, one.arn],
    ]),
  );
  const functionArn = (label: string, nameOrArn: string): string => {
    const known = functionNames.get(nameOrArn);
    if (known === undefined) problems.push(`${label}: no function ${nameOrArn}`);
    return known ?? nameOrArn;
  };

  const tables = ofType('AWS::DynamoDB::Table').map((one) => ({
    ...one.properties,
    name: one.identity.ref,
    streamArn: attribute(one, 'StreamArn'),
  }));

  const queues = ofType('AWS::SQS::Queue').map((one) => {
    const p = one.properties;
    if (one.identity.ref.endsWith('.fifo')) problems.push(`${one.label}: FIFO queues are not supported`);
    const attributes: Record<string, string> = {};
    const given = {
      VisibilityTimeout: p.VisibilityTimeout,
      MessageRetentionPeriod: p.MessageRetentionPeriod,
      DelaySeconds: p.DelaySeconds,
      MaximumMessageSize: p.MaximumMessageSize,
      ReceiveMessageWaitTimeSeconds: p.ReceiveMessageWaitTimeSeconds,
    };
    for (const [name, value] of Object.entries(given))
      if (value !== undefined) attributes[name] = String(value);
    if (p.RedrivePolicy) attributes['RedrivePolicy'] = JSON.stringify(p.RedrivePolicy);
    return { name: attribute(one, 'QueueName'), arn: attribute(one, 'Arn'), attributes };
  });
  const queueArns = new Set(queues.map((queue) => queue.arn));

  const topics: TopicPlan[] = ofType('AWS::SNS::Topic').map((one) => ({
    name: attribute(one, 'TopicName'),
    arn: one.identity.ref,
    subscriptions: [],
  }));
  for (const { label, properties: p } of ofType('AWS::SNS::Subscription')) {
    const topic = topics.find((candidate) => candidate.arn === p.TopicArn);
    if (!topic) problems.push(`${label}: no topic ${p.TopicArn}`);
    // E-mails are not sent: the outbox stores every notice.
    if (p.Protocol !== 'sqs') continue;
    if (!queueArns.has(p.Endpoint)) problems.push(`${label}: no queue ${p.Endpoint}`);
    const attributes: Record<string, string> = {};
    if (p.RawMessageDelivery === true) attributes['RawMessageDelivery'] = 'true';
    if (p.FilterPolicy) attributes['FilterPolicy'] = JSON.stringify(p.FilterPolicy);
    if (p.FilterPolicyScope) attributes['FilterPolicyScope'] = p.FilterPolicyScope;
    topic?.subscriptions.push({
      queueArn: p.Endpoint,
      attributes,
      deadLetterArn: p.RedrivePolicy?.deadLetterTargetArn,
    });
  }

  const buckets = ofType('AWS::S3::Bucket').map((one) => ({
    name: one.identity.ref,
    cors: one.properties.CorsConfiguration?.CorsRules ?? [],
    expirations: (one.properties.LifecycleConfiguration?.Rules ?? []).flatMap((rule) =>
      rule.Status === 'Enabled' && rule.ExpirationInDays !== undefined
        ? [{ prefix: rule.Prefix ?? '', days: rule.ExpirationInDays }]
        : [],
    ),
  }));

  const queueMappings: QueueMappingPlan[] = [];
  const streamMappings: StreamMappingPlan[] = [];
  for (const { label, properties: p } of ofType('AWS::Lambda::EventSourceMapping')) {
    if (p.Enabled === false) continue;
    const common = {
      id: label,
      functionArn: functionArn(label, p.FunctionName),
      reportsFailures: p.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
    };
    const table = tables.find((candidate) => candidate.streamArn === p.EventSourceArn);
    // A former table is not in the template.
    const tableName = table?.name ?? /^arn:.*:table\/([\w.-]+)\/stream\//.exec(p.EventSourceArn)?.[1];
    if (tableName !== undefined) {
      const failureQueueArn = p.DestinationConfig?.OnFailure?.Destination;
      if (table && !table.StreamSpecification)
        problems.push(`${label}: the table ${tableName} has no stream`);
      if (failureQueueArn !== undefined && !queueArns.has(failureQueueArn))
        problems.push(`${label}: no queue ${failureQueueArn}`);
      streamMappings.push({
        ...common,
        batchSize: p.BatchSize ?? 100,
        streamArn: p.EventSourceArn,
        tableName,
        startingPosition: p.StartingPosition ?? 'TRIM_HORIZON',
        bisect: p.BisectBatchOnFunctionError ?? false,
        maximumRetries: notNegative(p.MaximumRetryAttempts),
        maximumAgeSeconds: notNegative(p.MaximumRecordAgeInSeconds),
        failureQueueArn,
      });
    } else if (queueArns.has(p.EventSourceArn)) {
      queueMappings.push({
        ...common,
        batchSize: p.BatchSize ?? 10,
        queueArn: p.EventSourceArn,
        maximumConcurrency: p.ScalingConfig?.MaximumConcurrency ?? Number.POSITIVE_INFINITY,
      });
    } else problems.push(`${label}: the event source ${p.EventSourceArn} is not known`);
  }

  const schedules: SchedulePlan[] = [];
  const addSchedule = (
    one: Found<TypeName>,
    expression: string,
    target: { Arn: string; Input?: string | undefined; RoleArn?: string },
  ): void => {
    const everySeconds = secondsOfRate(expression);
    if (everySeconds === undefined)
      problems.push(`${one.label}: the schedule expression ${expression} is not known (rate(…) is)`);
    else
      schedules.push({
        name: one.identity.ref,
        arn: attribute(one, 'Arn'),
        functionArn: functionArn(one.label, target.Arn),
        everySeconds,
        input: target.Input,
        role:
          target.RoleArn === undefined
            ? undefined
            : roleFor(one.label, target.RoleArn, 'scheduler.amazonaws.com'),
      });
  };
  for (const one of ofType('AWS::Events::Rule')) {
    if (one.properties.State !== 'DISABLED')
      for (const target of one.properties.Targets)
        addSchedule(one, one.properties.ScheduleExpression, target);
  }
  for (const one of ofType('AWS::Scheduler::Schedule')) {
    if (one.properties.State !== 'DISABLED')
      addSchedule(one, one.properties.ScheduleExpression, one.properties.Target);
  }

  const secrets = ofType('AWS::SecretsManager::Secret').map((one) => ({
    arn: one.identity.ref,
    name: one.properties.Name ?? `${one.stack.name}-${one.logicalId}`,
    SecretString: one.properties.SecretString,
    GenerateSecretString: one.properties.GenerateSecretString,
  }));

  const keys = ofType('AWS::KMS::Key').map((one) => ({ id: one.identity.ref, arn: attribute(one, 'Arn') }));

  const plan: Plan = {
    tables,
    queues,
    topics,
    buckets,
    functions,
    queueMappings,
    streamMappings,
    schedules,
    secrets,
    roles,
    resourcePolicies: planResourcePolicies(),
    keys,
    api: planApi(),
    site: planSite(),
    userPool: planUserPool(),
    outputs,
  };
  if (problems.length > 0) {
    const listed = problems.map((problem) => `  - ${problem}`).join('\n');
    throw new StartRefused(
      `模板里有本机不认识的内容：`,
      `The template contains what the embedded cloud does not support:\n${listed}`,
    );
  }
  return plan;

  /** Every role with its rules, and a lookup that also checks that a service may assume the role. */
  function planRoles(): {
    roles: RolePlan[];
    roleFor: (label: string, roleArn: string, service: string) => RolePlan | undefined;
  } {
    const found = ofType('AWS::IAM::Role').map(({ identity, properties: p, ...one }) => ({
      plan: {
        name: identity.ref,
        arn: attribute({ identity, label: one.label }, 'Arn'),
        rules: (p.Policies ?? []).flatMap((policy) => policy.PolicyDocument),
      },
      trust: p.AssumeRolePolicyDocument,
    }));
    for (const { label, properties: p } of ofType('AWS::IAM::Policy')) {
      for (const name of p.Roles) {
        const role = found.find(({ plan }) => plan.name === name);
        if (role) role.plan.rules.push(...p.PolicyDocument);
        else problems.push(`${label}: no role ${name}`);
      }
    }
    return {
      roles: found.map(({ plan }) => plan),
      roleFor: (label, roleArn, service) => {
        const role = found.find(({ plan }) => plan.arn === roleArn);
        if (!role) {
          problems.push(`${label}: no role ${roleArn}`);
          return undefined;
        }
        const assuming = { action: 'sts:AssumeRole', resource: roleArn, context: {}, caller: { service } };
        if (evaluate(role.trust, assuming)?.effect !== 'Allow')
          problems.push(`${label}: ${service} may not assume the role ${role.plan.name}`);
        return role.plan;
      },
    };
  }

  function planResourcePolicies(): Map<string, Rule[]> {
    const policies = new Map<string, Rule[]>();
    const add = (label: string, resourceArn: string | undefined, named: string, rules: Rule[]): void => {
      if (resourceArn === undefined) problems.push(`${label}: there is no ${named}`);
      else policies.set(resourceArn, [...(policies.get(resourceArn) ?? []), ...rules]);
    };
    const queueArnOf = new Map(
      ofType('AWS::SQS::Queue').map((one) => [one.identity.ref, attribute(one, 'Arn')]),
    );
    for (const { label, properties: p } of ofType('AWS::SQS::QueuePolicy'))
      for (const url of p.Queues) add(label, queueArnOf.get(url), url, p.PolicyDocument);
    for (const { label, properties: p } of ofType('AWS::SNS::TopicPolicy'))
      for (const topicArn of p.Topics) {
        const topic = topics.find((one) => one.arn === topicArn);
        add(label, topic?.arn, topicArn, p.PolicyDocument);
      }
    const bucketArnOf = new Map(
      ofType('AWS::S3::Bucket').map((one) => [one.identity.ref, attribute(one, 'Arn')]),
    );
    for (const { label, properties: p } of ofType('AWS::S3::BucketPolicy'))
      add(label, bucketArnOf.get(p.Bucket), p.Bucket, p.PolicyDocument);
    for (const { label, properties: p } of ofType('AWS::Lambda::Permission')) {
      const resource = functionArn(label, p.FunctionName);
      const conditions: Rule['conditions'] = [];
      if (p.SourceArn !== undefined)
        conditions.push({ operator: 'ArnLike', key: 'aws:sourcearn', values: [p.SourceArn] });
      if (p.SourceAccount !== undefined)
        conditions.push({ operator: 'StringEquals', key: 'aws:sourceaccount', values: [p.SourceAccount] });
      add(label, resource, p.FunctionName, [
        {
          effect: 'Allow',
          action: p.Action,
          resource,
          principals: [{ kind: 'service', name: p.Principal }],
          conditions,
        },
      ]);
    }
    return policies;
  }

  function planApi(): ApiPlan | undefined {
    const [api, second] = ofType('AWS::ApiGatewayV2::Api');
    if (second) problems.push(`${second.label}: a second API is not supported`);
    if (!api) return undefined;
    const [stage] = ofType('AWS::ApiGatewayV2::Stage');
    const throttleOf = (
      settings:
        { ThrottlingRateLimit?: number | undefined; ThrottlingBurstLimit?: number | undefined } | undefined,
    ): Throttle | undefined =>
      settings?.ThrottlingRateLimit === undefined
        ? undefined
        : {
            rate: settings.ThrottlingRateLimit,
            burst: settings.ThrottlingBurstLimit ?? settings.ThrottlingRateLimit,
          };
    // References to these are generated names.
    const integrations = new Map(
      ofType('AWS::ApiGatewayV2::Integration').map((one) => [one.identity.ref, one.properties]),
    );
    const authorizers = new Map(
      ofType('AWS::ApiGatewayV2::Authorizer').map((one) => [one.identity.ref, one.properties]),
    );
    const routes = ofType('AWS::ApiGatewayV2::Route').flatMap(({ label, properties: p }) => {
      const integration = integrations.get(p.Target.replace(/^integrations\//, ''));
      if (!integration) {
        problems.push(`${label}: no integration ${p.Target}`);
        return [];
      }
      const [method, path] = p.RouteKey === '$default' ? ['ANY', '/{proxy+}'] : p.RouteKey.split(' ');
      const authorizer = p.AuthorizerId === undefined ? undefined : authorizers.get(p.AuthorizerId);
      if (method === undefined || path === undefined)
        problems.push(`${label}: the route key ${p.RouteKey} is not known`);
      if (p.AuthorizationType === 'JWT' && !authorizer)
        problems.push(`${label}: no authorizer ${p.AuthorizerId ?? ''}`);
      return {
        sourceArn: arn(
          'execute-api',
          `${api.identity.ref}/${stage?.properties.StageName ?? '$default'}/${p.RouteKey === '$default' ? '$default' : `${method ?? ''}${path ?? ''}`}`,
        ),
        method: method ?? '',
        path: path ?? '',
        routeKey: p.RouteKey,
        functionArn: functionArn(label, integration.IntegrationUri),
        timeoutMilliseconds: integration.TimeoutInMillis ?? 30_000,
        authorizer:
          p.AuthorizationType === 'JWT' && authorizer
            ? {
                issuer: authorizer.JwtConfiguration.Issuer,
                audience: authorizer.JwtConfiguration.Audience,
                scopes: p.AuthorizationScopes ?? [],
              }
            : undefined,
        throttle: throttleOf(stage?.properties.RouteSettings?.[p.RouteKey]),
      };
    });
    return {
      id: api.identity.ref,
      routes,
      throttle: throttleOf(stage?.properties.DefaultRouteSettings),
      cors: api.properties.CorsConfiguration,
    };
  }

  function planSite(): SitePlan | undefined {
    const [distribution, second] = ofType('AWS::CloudFront::Distribution');
    if (second) problems.push(`${second.label}: a second distribution is not supported`);
    if (!distribution) return undefined;
    const config = distribution.properties.DistributionConfig;
    const headers = new Map(
      ofType('AWS::CloudFront::ResponseHeadersPolicy').map((one) => [
        one.identity.ref,
        headersOf(one.properties),
      ]),
    );
    const viewerFunctions = new Map(
      ofType('AWS::CloudFront::Function').map((one) => [one.identity.ref, one.properties.FunctionCode]),
    );
    const [api] = ofType('AWS::ApiGatewayV2::Api');
    const bucketDomains = new Map(
      ofType('AWS::S3::Bucket').map((one) => [attribute(one, 'RegionalDomainName'), one.identity.ref]),
    );
    const behaviours = [...(config.CacheBehaviors ?? []), config.DefaultCacheBehavior].flatMap(
      (behaviour): BehaviourPlan[] => {
        const domain =
          config.Origins.find((origin) => origin.Id === behaviour.TargetOriginId)?.DomainName ?? '';
        const bucket = bucketDomains.get(domain);
        const isApi = api !== undefined && domain.startsWith(`${api.identity.ref}.execute-api.`);
        if (bucket === undefined && !isApi) {
          problems.push(`${distribution.label}: the origin ${domain} is not known`);
          return [];
        }
        const policy = behaviour.ResponseHeadersPolicyId;
        if (policy !== undefined && !headers.has(policy))
          problems.push(`${distribution.label}: no response headers policy ${policy}`);
        const [association] = behaviour.FunctionAssociations ?? [];
        return [
          {
            pathPattern: behaviour.PathPattern,
            target: bucket === undefined ? { kind: 'api' } : { kind: 'pages', bucket },
            headers: policy === undefined ? {} : (headers.get(policy) ?? {}),
            viewerFunction: association && viewerFunctions.get(association.FunctionARN),
            compress: behaviour.Compress === true && behaviour.CachePolicyId !== cachingDisabled,
          },
        ];
      },
    );
    const pageBuckets = new Set(
      behaviours.flatMap(({ target }) => (target.kind === 'pages' ? [target.bucket] : [])),
    );
    const deployments = ofType('Custom::CDKBucketDeployment').flatMap(({ label, stack, properties: p }) => {
      if (!pageBuckets.has(p.DestinationBucketName))
        problems.push(`${label}: the bucket ${p.DestinationBucketName} holds no pages`);
      return p.SourceObjectKeys.flatMap((key, index): DeploymentPlan[] => {
        const folder = stack.assets.get(key);
        if (folder === undefined) {
          problems.push(`${label}: there is no asset for ${key}`);
          return [];
        }
        return [
          {
            folder,
            markers: p.SourceMarkers?.[index] ?? {},
            include: p.Include ?? [],
            exclude: p.Exclude ?? [],
            cacheControl: p.SystemMetadata?.['cache-control'],
          },
        ];
      });
    });
    const errorPages = (config.CustomErrorResponses ?? []).flatMap((one) =>
      one.ResponsePagePath === undefined
        ? []
        : [
            {
              status: one.ErrorCode,
              responseStatus: one.ResponseCode ?? one.ErrorCode,
              path: one.ResponsePagePath,
            },
          ],
    );
    return { defaultRootObject: config.DefaultRootObject, behaviours, deployments, errorPages };
  }

  function planUserPool(): UserPoolPlan | undefined {
    const [pool, second] = ofType('AWS::Cognito::UserPool');
    if (second) problems.push(`${second.label}: a second user pool is not supported`);
    if (!pool) return undefined;
    const trigger = pool.properties.LambdaConfig?.PreTokenGenerationConfig?.LambdaArn;
    const seconds = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 };
    // The template's site URL is https; on one machine it may be http.
    const secure = addresses.publicUrl.replace(/^http:/, 'https:');
    const local = (url: string): string =>
      url.startsWith(`${secure}/`) ? addresses.publicUrl + url.slice(secure.length) : url;
    return {
      id: pool.identity.ref,
      arn: attribute(pool, 'Arn'),
      triggerArn: trigger === undefined ? undefined : functionArn(pool.label, trigger),
      clients: ofType('AWS::Cognito::UserPoolClient').map(({ identity, properties: p }) => ({
        id: identity.ref,
        scopes: p.AllowedOAuthScopes,
        redirectUrls: p.CallbackURLs.map(local),
        logoutUrls: (p.LogoutURLs ?? []).map(local),
        // Cognito's default units.
        accessTokenSeconds:
          (p.AccessTokenValidity ?? 1) * seconds[p.TokenValidityUnits?.['AccessToken'] ?? 'hours'],
        idTokenSeconds: (p.IdTokenValidity ?? 1) * seconds[p.TokenValidityUnits?.['IdToken'] ?? 'hours'],
        refreshTokenSeconds:
          (p.RefreshTokenValidity ?? 30) * seconds[p.TokenValidityUnits?.['RefreshToken'] ?? 'days'],
      })),
    };
  }

  function ofType<T extends TypeName>(type: T): Found<T>[] {
    return found.get(type) ?? [];
  }

  function attribute(one: { label: string; identity: Identity }, name: string): string {
    const value = one.identity.attribute(name);
    if (value === undefined) throw new Error(`${one.label} has no ${name}`);
    return value;
  }

  function identify(stack: Stack, logicalId: string): Identity | undefined {
    const key = `${stack.name}/${logicalId}`;
    const known = identities.get(key);
    if (known) return known;
    const resource = stack.template.Resources[logicalId];
    if (!resource) return undefined;
    // Only names are resolved here: a name may contain other names, and identities need no other properties.
    const properties: Record<string, unknown> = {};
    for (const [name, node] of Object.entries(resource.Properties ?? {})) {
      if (name.endsWith('Name')) properties[name] = resolver.value(stack, node);
    }
    const naming = { stack: stack.name, logicalId, properties, addresses };
    const identity = isKnownType(resource.Type)
      ? resourceTypes[resource.Type].identity(naming)
      : generatedIdentity(naming);
    identities.set(key, identity);
    return identity;
  }

  function attempt(label: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Unresolvable)) throw error;
      problems.push(`${label}: ${error.message}`);
    }
  }
}

/** CloudFormation writes -1 for "unlimited". */
function notNegative(value: number | undefined): number | undefined {
  return value === undefined || value < 0 ? undefined : value;
}

function secondsOfRate(expression: string): number | undefined {
  const match = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  if (!match) return undefined;
  return Number(match[1]) * { minute: 60, hour: 3600, day: 86_400 }[match[2] as 'minute' | 'hour' | 'day'];
}

function headersOf(properties: Properties<'AWS::CloudFront::ResponseHeadersPolicy'>): Record<string, string> {
  const { CustomHeadersConfig: custom, SecurityHeadersConfig: security } =
    properties.ResponseHeadersPolicyConfig;
  const headers: Record<string, string> = {};
  for (const item of custom?.Items ?? []) headers[item.Header.toLowerCase()] = item.Value;
  if (security?.ContentSecurityPolicy)
    headers['content-security-policy'] = security.ContentSecurityPolicy.ContentSecurityPolicy;
  if (security?.ContentTypeOptions) headers['x-content-type-options'] = 'nosniff';
  if (security?.FrameOptions) headers['x-frame-options'] = security.FrameOptions.FrameOption;
  if (security?.ReferrerPolicy) headers['referrer-policy'] = security.ReferrerPolicy.ReferrerPolicy;
  if (security?.StrictTransportSecurity) {
    const {
      AccessControlMaxAgeSec: age,
      IncludeSubdomains: subdomains,
      Preload: preload,
    } = security.StrictTransportSecurity;
    headers['strict-transport-security'] =
      `max-age=${age}${subdomains === true ? '; includeSubDomains' : ''}${preload === true ? '; preload' : ''}`;
  }
  if (security?.XSSProtection) {
    const { Protection: on, ModeBlock: block } = security.XSSProtection;
    headers['x-xss-protection'] = on ? (block === true ? '1; mode=block' : '1') : '0';
  }
  return headers;
}

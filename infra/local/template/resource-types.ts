import { createHash } from 'node:crypto';
import * as z from 'zod';
import { identityPolicySchema, resourcePolicySchema, trustPolicySchema } from '../iam/rules.ts';
import type { Identity } from './intrinsics.ts';

/** The base URLs of this machine's resources. */
export type Addresses = {
  /** The site, the API and signed photo URLs, without a final slash. */
  publicUrl: string;
  /** SQS for functions, without a final slash. */
  queueUrl: string;
};

export const place = { account: '000000000000', region: 'us-east-1' };

export type Naming = {
  stack: string;
  logicalId: string;
  properties: Record<string, unknown>;
  addresses: Addresses;
};

type ResourceType = {
  /** The supported properties; any other is refused, since it might change the behaviour. */
  schema: z.ZodType;
  identity: (naming: Naming) => Identity;
};

/** A property without effect here; a comment at each use says why. */
const noEffect = z.unknown().optional();
const text = z.string();
const flag = z.union([z.boolean(), z.stringbool()]);
const number = z.coerce.number();
const tags = { Tags: noEffect };

export const tableSchema = z.strictObject({
  TableName: text.optional(),
  KeySchema: z.array(z.strictObject({ AttributeName: text, KeyType: z.enum(['HASH', 'RANGE']) })),
  AttributeDefinitions: z.array(
    z.strictObject({ AttributeName: text, AttributeType: z.enum(['S', 'N', 'B']) }),
  ),
  GlobalSecondaryIndexes: z
    .array(
      z.strictObject({
        IndexName: text,
        KeySchema: z.array(z.strictObject({ AttributeName: text, KeyType: z.enum(['HASH', 'RANGE']) })),
        Projection: z.strictObject({
          ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
          NonKeyAttributes: z.array(text).optional(),
        }),
      }),
    )
    .optional(),
  BillingMode: z.literal('PAY_PER_REQUEST'),
  StreamSpecification: z
    .strictObject({ StreamViewType: z.enum(['NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES', 'KEYS_ONLY']) })
    .optional(),
  TimeToLiveSpecification: z.strictObject({ AttributeName: text, Enabled: flag }).optional(),
  // No table is deleted here; `npm run ops -- backup` makes backups; disk encryption is up to the machine's owner.
  DeletionProtectionEnabled: noEffect,
  PointInTimeRecoverySpecification: noEffect,
  SSESpecification: noEffect,
  ContributorInsightsSpecification: noEffect,
  ...tags,
});

export const queueSchema = z.strictObject({
  QueueName: text.optional(),
  VisibilityTimeout: number.optional(),
  MessageRetentionPeriod: number.optional(),
  DelaySeconds: number.optional(),
  MaximumMessageSize: number.optional(),
  ReceiveMessageWaitTimeSeconds: number.optional(),
  RedrivePolicy: z.strictObject({ deadLetterTargetArn: text, maxReceiveCount: number }).optional(),
  // Redrive permissions and encryption at rest.
  RedriveAllowPolicy: noEffect,
  SqsManagedSseEnabled: noEffect,
  KmsMasterKeyId: noEffect,
  ...tags,
});

export const topicSchema = z.strictObject({
  TopicName: text.optional(),
  // E-mail sender name, encryption at rest, tracing.
  DisplayName: noEffect,
  KmsMasterKeyId: noEffect,
  TracingConfig: noEffect,
  ...tags,
});

export const subscriptionSchema = z.strictObject({
  TopicArn: text,
  Protocol: z.enum(['sqs', 'email', 'email-json']),
  Endpoint: text,
  FilterPolicy: z.record(text, z.unknown()).optional(),
  FilterPolicyScope: z.enum(['MessageAttributes', 'MessageBody']).optional(),
  RawMessageDelivery: flag.optional(),
  RedrivePolicy: z.strictObject({ deadLetterTargetArn: text }).optional(),
});

const corsRuleSchema = z.strictObject({
  AllowedHeaders: z.array(text).optional(),
  AllowedMethods: z.array(z.enum(['GET', 'HEAD', 'PUT', 'POST', 'DELETE'])),
  AllowedOrigins: z.array(text),
  ExposedHeaders: z.array(text).optional(),
  MaxAge: number.optional(),
  Id: noEffect,
});
export type CorsRule = z.infer<typeof corsRuleSchema>;

export const bucketSchema = z.strictObject({
  BucketName: text.optional(),
  CorsConfiguration: z.strictObject({ CorsRules: z.array(corsRuleSchema) }).optional(),
  LifecycleConfiguration: z
    .strictObject({
      Rules: z.array(
        z.strictObject({
          Status: z.enum(['Enabled', 'Disabled']),
          Prefix: text.optional(),
          ExpirationInDays: number.optional(),
          // There is no versioning here.
          NoncurrentVersionExpiration: noEffect,
          ExpiredObjectDeleteMarker: noEffect,
          // No function uploads in parts.
          AbortIncompleteMultipartUpload: noEffect,
          Id: noEffect,
        }),
      ),
    })
    .optional(),
  // Every request must be signed and all objects have one owner; access logs and encryption are AWS features.
  PublicAccessBlockConfiguration: noEffect,
  VersioningConfiguration: noEffect,
  OwnershipControls: noEffect,
  AccessControl: noEffect,
  BucketEncryption: noEffect,
  LoggingConfiguration: noEffect,
  ...tags,
});

export const functionSchema = z.strictObject({
  FunctionName: text.optional(),
  Code: z.strictObject({ S3Bucket: noEffect, S3Key: text }),
  Handler: text,
  Runtime: text,
  Timeout: number.default(3),
  MemorySize: number.default(128),
  Environment: z.strictObject({ Variables: z.record(text, z.coerce.string()).optional() }).optional(),
  LoggingConfig: z
    .strictObject({
      LogFormat: z.enum(['JSON', 'Text']).optional(),
      LogGroup: text.optional(),
      ApplicationLogLevel: noEffect,
      SystemLogLevel: noEffect,
    })
    .optional(),
  Role: text,
  // Processor and concurrency are the machine's; there are no traces and no layers.
  Architectures: noEffect,
  Description: noEffect,
  Layers: noEffect,
  ReservedConcurrentExecutions: noEffect,
  TracingConfig: noEffect,
  ...tags,
});

export const eventSourceMappingSchema = z.strictObject({
  EventSourceArn: text,
  FunctionName: text,
  BatchSize: number.optional(),
  Enabled: flag.optional(),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).optional(),
  ScalingConfig: z.strictObject({ MaximumConcurrency: number.optional() }).optional(),
  MaximumBatchingWindowInSeconds: number.optional(),
  StartingPosition: z.enum(['TRIM_HORIZON', 'LATEST']).optional(),
  BisectBatchOnFunctionError: flag.optional(),
  MaximumRetryAttempts: number.optional(),
  MaximumRecordAgeInSeconds: number.optional(),
  DestinationConfig: z
    .strictObject({ OnFailure: z.strictObject({ Destination: text }).optional() })
    .optional(),
  // Processing one batch at a time keeps the order per item, which is all that this setting guarantees.
  ParallelizationFactor: noEffect,
  MetricsConfig: noEffect,
  ...tags,
});

export const ruleSchema = z.strictObject({
  Name: text.optional(),
  ScheduleExpression: text,
  State: z.enum(['ENABLED', 'DISABLED']).optional(),
  Targets: z.array(
    z.strictObject({
      Id: noEffect,
      Arn: text,
      Input: text.optional(),
      // The next run serves as the retry.
      RetryPolicy: noEffect,
      DeadLetterConfig: noEffect,
    }),
  ),
  Description: noEffect,
});

export const scheduleSchema = z.strictObject({
  Name: text.optional(),
  ScheduleExpression: text,
  State: z.enum(['ENABLED', 'DISABLED']).optional(),
  Target: z.strictObject({
    Arn: text,
    Input: text.optional(),
    RoleArn: text,
    RetryPolicy: noEffect,
    DeadLetterConfig: noEffect,
  }),
  FlexibleTimeWindow: noEffect,
  ScheduleExpressionTimezone: noEffect,
  Description: noEffect,
  GroupName: noEffect,
});

export const roleSchema = z.strictObject({
  RoleName: text.optional(),
  AssumeRolePolicyDocument: trustPolicySchema,
  Policies: z.array(z.strictObject({ PolicyName: text, PolicyDocument: identityPolicySchema })).optional(),
  // Applies to sessions of people only.
  MaxSessionDuration: noEffect,
  Description: noEffect,
  ...tags,
});

export const rolePolicySchema = z.strictObject({
  PolicyName: text,
  PolicyDocument: identityPolicySchema,
  Roles: z.array(text),
});

export const queuePolicySchema = z.strictObject({
  PolicyDocument: resourcePolicySchema,
  Queues: z.array(text),
});

export const topicPolicySchema = z.strictObject({
  PolicyDocument: resourcePolicySchema,
  Topics: z.array(text),
});

export const bucketPolicySchema = z.strictObject({ PolicyDocument: resourcePolicySchema, Bucket: text });

export const permissionSchema = z.strictObject({
  Action: z.literal('lambda:InvokeFunction'),
  FunctionName: text,
  // Services only: another account would be a number or an ARN.
  Principal: text.regex(/^[\w.-]+\.amazonaws\.com$/),
  SourceArn: text.optional(),
  SourceAccount: text.optional(),
});

export const logGroupSchema = z.strictObject({
  LogGroupName: text.optional(),
  // Each function has a size-limited file in the logs folder.
  RetentionInDays: noEffect,
  LogGroupClass: noEffect,
  ...tags,
});

export const secretSchema = z.strictObject({
  Name: text.optional(),
  SecretString: text.optional(),
  GenerateSecretString: z
    .strictObject({
      PasswordLength: number.optional(),
      ExcludeCharacters: text.optional(),
      ExcludeLowercase: flag.optional(),
      ExcludeNumbers: flag.optional(),
      ExcludePunctuation: flag.optional(),
      ExcludeUppercase: flag.optional(),
      IncludeSpace: flag.optional(),
      RequireEachIncludedType: flag.optional(),
      SecretStringTemplate: text.optional(),
      GenerateStringKey: text.optional(),
    })
    .optional(),
  KmsKeyId: noEffect,
  Description: noEffect,
  ...tags,
});

export const keySchema = z.strictObject({
  KeyPolicy: noEffect,
  // The only supported kind of key.
  KeySpec: z.literal('SYMMETRIC_DEFAULT').optional(),
  KeyUsage: z.literal('ENCRYPT_DECRYPT').optional(),
  Enabled: z.literal(true).optional(),
  // Keys are neither rotated nor deleted here.
  EnableKeyRotation: noEffect,
  RotationPeriodInDays: noEffect,
  PendingWindowInDays: noEffect,
  Description: noEffect,
  ...tags,
});

const routeSettings = z.strictObject({
  ThrottlingBurstLimit: number.optional(),
  ThrottlingRateLimit: number.optional(),
  DetailedMetricsEnabled: noEffect,
});

export const apiSchema = z.strictObject({
  Name: text.optional(),
  ProtocolType: z.literal('HTTP'),
  CorsConfiguration: z
    .strictObject({
      AllowCredentials: flag.optional(),
      AllowHeaders: z.array(text).optional(),
      AllowMethods: z.array(text).optional(),
      AllowOrigins: z.array(text).optional(),
      ExposeHeaders: z.array(text).optional(),
      MaxAge: number.optional(),
    })
    .optional(),
  DisableExecuteApiEndpoint: noEffect,
  Description: noEffect,
  ...tags,
});

export const stageSchema = z.strictObject({
  ApiId: text,
  StageName: z.literal('$default'),
  AutoDeploy: noEffect,
  DefaultRouteSettings: routeSettings.optional(),
  RouteSettings: z.record(text, routeSettings).optional(),
  AccessLogSettings: noEffect,
  Description: noEffect,
  ...tags,
});

export const routeSchema = z.strictObject({
  ApiId: text,
  RouteKey: text,
  Target: text,
  AuthorizationType: z.enum(['NONE', 'JWT']).default('NONE'),
  AuthorizerId: text.optional(),
  AuthorizationScopes: z.array(text).optional(),
});

export const integrationSchema = z.strictObject({
  ApiId: text,
  IntegrationType: z.literal('AWS_PROXY'),
  IntegrationUri: text,
  PayloadFormatVersion: z.literal('2.0'),
  TimeoutInMillis: number.optional(),
  // API Gateway always invokes functions by POST.
  IntegrationMethod: noEffect,
});

export const authorizerSchema = z.strictObject({
  ApiId: text,
  Name: noEffect,
  AuthorizerType: z.literal('JWT'),
  IdentitySource: z.tuple([z.literal('$request.header.Authorization')]),
  JwtConfiguration: z.strictObject({ Audience: z.array(text), Issuer: text }),
});

export const userPoolSchema = z.strictObject({
  UserPoolName: text.optional(),
  LambdaConfig: z
    .strictObject({
      PreTokenGenerationConfig: z
        .strictObject({ LambdaArn: text, LambdaVersion: z.literal('V2_0') })
        .optional(),
    })
    .optional(),
  // On one machine staff have no passwords, second factors or e-mails.
  AccountRecoverySetting: noEffect,
  AdminCreateUserConfig: noEffect,
  AliasAttributes: noEffect,
  AutoVerifiedAttributes: noEffect,
  DeletionProtection: noEffect,
  EmailVerificationMessage: noEffect,
  EmailVerificationSubject: noEffect,
  EnabledMfas: noEffect,
  MfaConfiguration: noEffect,
  Policies: noEffect,
  Schema: noEffect,
  SmsVerificationMessage: noEffect,
  UserPoolAddOns: noEffect,
  UserPoolTags: noEffect,
  UserPoolTier: noEffect,
  UsernameAttributes: noEffect,
  UsernameConfiguration: noEffect,
  VerificationMessageTemplate: noEffect,
});

export const userPoolClientSchema = z.strictObject({
  UserPoolId: text,
  ClientName: text.optional(),
  AllowedOAuthFlows: z.array(z.literal('code')),
  AllowedOAuthScopes: z.array(text),
  CallbackURLs: z.array(text),
  LogoutURLs: z.array(text).optional(),
  GenerateSecret: z.literal(false).optional(),
  AccessTokenValidity: number.optional(),
  IdTokenValidity: number.optional(),
  RefreshTokenValidity: number.optional(),
  TokenValidityUnits: z.record(text, z.enum(['seconds', 'minutes', 'hours', 'days'])).optional(),
  AllowedOAuthFlowsUserPoolClient: noEffect,
  EnableTokenRevocation: noEffect,
  ExplicitAuthFlows: noEffect,
  PreventUserExistenceErrors: noEffect,
  ReadAttributes: noEffect,
  SupportedIdentityProviders: noEffect,
  WriteAttributes: noEffect,
});

const behaviourSchema = z.strictObject({
  PathPattern: text.optional(),
  TargetOriginId: text,
  ResponseHeadersPolicyId: text.optional(),
  FunctionAssociations: z
    .array(z.strictObject({ EventType: z.literal('viewer-request'), FunctionARN: text }))
    .optional(),
  CachePolicyId: text.optional(),
  Compress: flag.optional(),
  // The API's routes define the methods; nothing is cached.
  AllowedMethods: noEffect,
  CachedMethods: noEffect,
  OriginRequestPolicyId: noEffect,
  ViewerProtocolPolicy: noEffect,
});

export const distributionSchema = z.strictObject({
  DistributionConfig: z.strictObject({
    DefaultRootObject: text.optional(),
    DefaultCacheBehavior: behaviourSchema,
    CacheBehaviors: z.array(behaviourSchema).optional(),
    Origins: z.array(
      z.strictObject({
        Id: text,
        DomainName: text,
        OriginPath: z.literal('').optional(),
        S3OriginConfig: noEffect,
        CustomOriginConfig: noEffect,
        OriginAccessControlId: noEffect,
        OriginShield: noEffect,
        // The client address comes from the socket, not from headers.
        OriginCustomHeaders: noEffect,
      }),
    ),
    CustomErrorResponses: z
      .array(
        z.strictObject({
          ErrorCode: number,
          ResponseCode: number.optional(),
          ResponsePagePath: text.optional(),
          ErrorCachingMinTTL: noEffect,
        }),
      )
      .optional(),
    Enabled: z.literal(true),
    // Settings of CloudFront's servers and their logs.
    Aliases: noEffect,
    Comment: noEffect,
    HttpVersion: noEffect,
    IPV6Enabled: noEffect,
    Logging: noEffect,
    PriceClass: noEffect,
    Restrictions: noEffect,
    ViewerCertificate: noEffect,
    WebACLId: noEffect,
  }),
  ...tags,
});

const override = { Override: noEffect };
export const responseHeadersPolicySchema = z.strictObject({
  ResponseHeadersPolicyConfig: z.strictObject({
    Name: noEffect,
    Comment: noEffect,
    CustomHeadersConfig: z
      .strictObject({ Items: z.array(z.strictObject({ Header: text, Value: text, ...override })) })
      .optional(),
    SecurityHeadersConfig: z
      .strictObject({
        ContentSecurityPolicy: z.strictObject({ ContentSecurityPolicy: text, ...override }).optional(),
        ContentTypeOptions: z.strictObject(override).optional(),
        FrameOptions: z.strictObject({ FrameOption: text, ...override }).optional(),
        ReferrerPolicy: z.strictObject({ ReferrerPolicy: text, ...override }).optional(),
        StrictTransportSecurity: z
          .strictObject({
            AccessControlMaxAgeSec: number,
            IncludeSubdomains: flag.optional(),
            Preload: flag.optional(),
            ...override,
          })
          .optional(),
        XSSProtection: z
          .strictObject({ Protection: flag, ModeBlock: flag.optional(), ...override })
          .optional(),
      })
      .optional(),
  }),
});

export const viewerFunctionSchema = z.strictObject({
  Name: text,
  FunctionCode: text,
  AutoPublish: noEffect,
  FunctionConfig: noEffect,
});

export const bucketDeploymentSchema = z.strictObject({
  ServiceToken: text,
  SourceObjectKeys: z.array(text),
  DestinationBucketName: text,
  DestinationBucketKeyPrefix: z.literal('').optional(),
  SourceMarkers: z.array(z.record(text, text)).optional(),
  Include: z.array(text).optional(),
  Exclude: z.array(text).optional(),
  SystemMetadata: z.strictObject({ 'cache-control': text.optional() }).optional(),
  // Pages are served from their folder: nothing is copied, pruned or invalidated.
  SourceBucketNames: noEffect,
  SourceMarkersConfig: noEffect,
  Prune: noEffect,
  RetainOnDelete: noEffect,
  WaitForDistributionInvalidation: noEffect,
  DistributionId: noEffect,
  DistributionPaths: noEffect,
  OutputObjectKeys: noEffect,
});

/** The given name, or a generated one that is the same at every start. */
function nameOf(naming: Naming, property: string, limit: number): string {
  const given = naming.properties[property];
  if (typeof given === 'string') return given;
  const full = `${naming.stack}-${naming.logicalId}`;
  if (full.length <= limit) return full;
  // The hash keeps truncated names unique.
  return `${full.slice(0, limit - 9)}-${createHash('sha256').update(full).digest('hex').slice(0, 8)}`;
}

export function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${place.region}:${place.account}:${resource}`;
}

function identity(ref: string, attributes: Record<string, string>): Identity {
  return { ref, attribute: (name) => attributes[name] };
}

/** For ignored types: any attribute has a generated value, since only ignored resources refer to them. */
export function generatedIdentity(naming: Naming): Identity {
  const name = `${naming.stack}-${naming.logicalId}`;
  return {
    ref: name.toLowerCase(),
    attribute: (attribute) => (attribute === 'Arn' ? arn('local', name) : `${name}.${attribute}`),
  };
}

function shortName(naming: Naming): string {
  return createHash('sha256').update(`${naming.stack}/${naming.logicalId}`).digest('hex').slice(0, 26);
}

export const resourceTypes = {
  'AWS::DynamoDB::Table': {
    schema: tableSchema,
    identity: (naming) => {
      const name = nameOf(naming, 'TableName', 255);
      return identity(name, {
        Arn: arn('dynamodb', `table/${name}`),
        StreamArn: arn('dynamodb', `table/${name}/stream/local`),
      });
    },
  },
  'AWS::SQS::Queue': {
    schema: queueSchema,
    identity: (naming) => {
      const name = nameOf(naming, 'QueueName', 80);
      const url = `${naming.addresses.queueUrl}/${place.account}/${name}`;
      return identity(url, { Arn: arn('sqs', name), QueueName: name, QueueUrl: url });
    },
  },
  'AWS::SNS::Topic': {
    schema: topicSchema,
    identity: (naming) => {
      const name = nameOf(naming, 'TopicName', 256);
      return identity(arn('sns', name), { TopicArn: arn('sns', name), TopicName: name });
    },
  },
  'AWS::SNS::Subscription': {
    schema: subscriptionSchema,
    identity: (naming) => identity(arn('sns', naming.logicalId), {}),
  },
  'AWS::S3::Bucket': {
    schema: bucketSchema,
    identity: (naming) => {
      const name = nameOf(naming, 'BucketName', 63).toLowerCase();
      const domain = `${name}.s3.${place.region}.amazonaws.com`;
      return identity(name, { Arn: `arn:aws:s3:::${name}`, DomainName: domain, RegionalDomainName: domain });
    },
  },
  'AWS::Lambda::Function': {
    schema: functionSchema,
    identity: (naming) => {
      const name = nameOf(naming, 'FunctionName', 64);
      return identity(name, { Arn: arn('lambda', `function:${name}`) });
    },
  },
  'AWS::Lambda::EventSourceMapping': { schema: eventSourceMappingSchema, identity: generatedIdentity },
  'AWS::Events::Rule': {
    schema: ruleSchema,
    identity: (naming) => {
      const name = nameOf(naming, 'Name', 64);
      return identity(name, { Arn: arn('events', `rule/${name}`) });
    },
  },
  'AWS::Scheduler::Schedule': {
    schema: scheduleSchema,
    identity: (naming) => {
      const name = nameOf(naming, 'Name', 64);
      return identity(name, { Arn: arn('scheduler', `schedule/default/${name}`) });
    },
  },
  'AWS::SecretsManager::Secret': {
    schema: secretSchema,
    identity: (naming) => {
      const name = nameOf(naming, 'Name', 256);
      return identity(arn('secretsmanager', `secret:${name}-local1`), {
        Id: arn('secretsmanager', `secret:${name}-local1`),
      });
    },
  },
  'AWS::IAM::Role': {
    schema: roleSchema,
    identity: (naming) => {
      const name = nameOf(naming, 'RoleName', 64);
      return identity(name, { Arn: `arn:aws:iam::${place.account}:role/${name}` });
    },
  },
  'AWS::IAM::Policy': { schema: rolePolicySchema, identity: generatedIdentity },
  'AWS::SQS::QueuePolicy': { schema: queuePolicySchema, identity: generatedIdentity },
  'AWS::SNS::TopicPolicy': { schema: topicPolicySchema, identity: generatedIdentity },
  'AWS::S3::BucketPolicy': { schema: bucketPolicySchema, identity: generatedIdentity },
  'AWS::Lambda::Permission': { schema: permissionSchema, identity: generatedIdentity },
  'AWS::Logs::LogGroup': {
    schema: logGroupSchema,
    identity: (naming) => {
      const name = nameOf(naming, 'LogGroupName', 512);
      return identity(name, { Arn: arn('logs', `log-group:${name}:*`) });
    },
  },
  'AWS::KMS::Key': {
    schema: keySchema,
    identity: (naming) => {
      // Keys have no name property; this id is the same at every start.
      const id = shortName(naming);
      return identity(id, { Arn: arn('kms', `key/${id}`), KeyId: id });
    },
  },
  'AWS::ApiGatewayV2::Api': {
    schema: apiSchema,
    identity: (naming) =>
      identity(shortName(naming), { ApiId: shortName(naming), ApiEndpoint: naming.addresses.publicUrl }),
  },
  'AWS::ApiGatewayV2::Stage': { schema: stageSchema, identity: generatedIdentity },
  'AWS::ApiGatewayV2::Route': { schema: routeSchema, identity: generatedIdentity },
  'AWS::ApiGatewayV2::Integration': { schema: integrationSchema, identity: generatedIdentity },
  'AWS::ApiGatewayV2::Authorizer': { schema: authorizerSchema, identity: generatedIdentity },
  'AWS::Cognito::UserPool': {
    schema: userPoolSchema,
    identity: (naming) => {
      const id = `${place.region}_${shortName(naming)}`;
      return identity(id, {
        Arn: arn('cognito-idp', `userpool/${id}`),
        UserPoolId: id,
        // The `iss` of tokens: on one machine the server signs staff in.
        ProviderURL: `${naming.addresses.publicUrl}/oidc`,
        ProviderName: `cognito-idp.${place.region}.amazonaws.com/${id}`,
      });
    },
  },
  'AWS::Cognito::UserPoolClient': {
    schema: userPoolClientSchema,
    identity: (naming) =>
      identity(shortName(naming), { ClientId: shortName(naming), Name: naming.logicalId }),
  },
  'AWS::CloudFront::Distribution': {
    schema: distributionSchema,
    identity: (naming) =>
      identity(shortName(naming), {
        Id: shortName(naming),
        DomainName: new URL(naming.addresses.publicUrl).host,
      }),
  },
  'AWS::CloudFront::ResponseHeadersPolicy': {
    schema: responseHeadersPolicySchema,
    identity: generatedIdentity,
  },
  'AWS::CloudFront::Function': {
    schema: viewerFunctionSchema,
    identity: (naming) => {
      const name = arn('cloudfront', `function/${naming.logicalId}`);
      return identity(name, { FunctionARN: name });
    },
  },
  'Custom::CDKBucketDeployment': { schema: bucketDeploymentSchema, identity: generatedIdentity },
} satisfies Record<string, ResourceType>;

export type TypeName = keyof typeof resourceTypes;
export type Properties<T extends TypeName> = z.infer<(typeof resourceTypes)[T]['schema']>;

export function isKnownType(type: string): type is TypeName {
  return Object.hasOwn(resourceTypes, type);
}

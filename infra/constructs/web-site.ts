import {
  Annotations,
  DefaultStackSynthesizer,
  Duration,
  Fn,
  RemovalPolicy,
  Stack,
  type SecretValue,
} from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AccessLevel,
  AllowedMethods,
  CachePolicy,
  Distribution,
  Function as CloudFrontFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  OriginRequestPolicy,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import type { AccessLogBucket } from './access-log-bucket.ts';
import { acknowledge, resourceFinding } from './acknowledge.ts';
import { allow } from './allow.ts';
import type { HttpApi } from './http-api.ts';
import type { PhotoBucket } from './photo-bucket.ts';
import { privateBucket } from './private-bucket.ts';
import type { StaffPool } from './staff-pool.ts';

export type WebSiteProps = {
  /** The built pages. */
  pages: string;
  api: HttpApi;
  /** Sent to the API with each request, as proof that it came through the site. */
  siteProof: SecretValue;
  photos: PhotoBucket;
  staff: StaffPool;
  /** Origins of the city's map tiles; empty without a map. */
  tiles: string[];
  /** Origins of the city's captcha; empty without a captcha. */
  captcha: string[];
  accessLogs: AccessLogBucket;
  /** The city's own domain; CloudFront requires the certificate in us-east-1. */
  ownDomain?: { name: string; certificateArn: string };
};

/** The pages and the API under one origin: no CORS, and a single domain to register for a mini-program. */
export class WebSite extends Construct {
  readonly distribution: Distribution;
  /** Without a final slash. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: WebSiteProps) {
    super(scope, id);
    const bucket = privateBucket(this, 'Bucket', {
      serverAccessLogsBucket: props.accessLogs.bucket,
      serverAccessLogsPrefix: 'pages/',
    });

    const { ownDomain } = props;
    const { region, urlSuffix } = Stack.of(this);
    const headers = this.#headers(props);
    const api = new HttpOrigin(`${props.api.api.apiId}.execute-api.${region}.${urlSuffix}`, {
      // A reference resolved at deployment, so that no template contains the value.
      customHeaders: { 'x-site-proof': props.siteProof.unsafeUnwrap() },
    });
    const viewer = new CloudFrontFunction(this, 'Viewer', {
      comment: 'Passes the client address to the API, overwriting any value sent by the viewer.',
      runtime: FunctionRuntime.JS_2_0,
      code: FunctionCode.fromInline(
        [
          'function handler({ request, viewer }) {',
          "  request.headers['x-viewer-address'] = { value: viewer.ip };",
          '  return request;',
          '}',
        ].join('\n'),
      ),
    });
    const folders = new CloudFrontFunction(this, 'Folders', {
      comment: 'Serves index.html for a folder, with or without the trailing slash.',
      runtime: FunctionRuntime.JS_2_0,
      code: FunctionCode.fromInline(
        [
          'function handler({ request }) {',
          "  if (request.uri.endsWith('/')) request.uri += 'index.html';",
          // For a missing trailing slash. Only plain folder names: a location such as //example.org is another site.
          "  else if (/^(\\/[\\w-]+)+$/.test(request.uri) && !request.uri.startsWith('/api'))",
          "    return { statusCode: 301, headers: { location: { value: request.uri + '/' } } };",
          '  return request;',
          '}',
        ].join('\n'),
      ),
    });
    this.distribution = new Distribution(this, 'Distribution', {
      defaultRootObject: 'index.html',
      httpVersion: HttpVersion.HTTP2_AND_3,
      logBucket: props.accessLogs.bucket,
      logFilePrefix: 'site/',
      defaultBehavior: {
        // ListBucket, so that a missing page is a 404 and not a 403.
        origin: S3BucketOrigin.withOriginAccessControl(bucket, {
          originAccessLevels: [AccessLevel.READ, AccessLevel.LIST],
        }),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        responseHeadersPolicy: headers,
        functionAssociations: [{ eventType: FunctionEventType.VIEWER_REQUEST, function: folders }],
      },
      additionalBehaviors: {
        // The same for everyone and loaded by every page: cached as its headers say, and compressed.
        '/api/city': {
          origin: api,
          viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
          cachePolicy: CachePolicy.CACHING_OPTIMIZED,
          responseHeadersPolicy: headers,
        },
        '/api/*': {
          origin: api,
          viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
          allowedMethods: AllowedMethods.ALLOW_ALL,
          cachePolicy: CachePolicy.CACHING_DISABLED,
          // All but the Host header, which API Gateway uses to find the API.
          originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
          functionAssociations: [{ eventType: FunctionEventType.VIEWER_REQUEST, function: viewer }],
          responseHeadersPolicy: headers,
        },
      },
      ...(ownDomain === undefined
        ? {}
        : {
            domainNames: [ownDomain.name],
            minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
            certificate: Certificate.fromCertificateArn(this, 'Certificate', ownDomain.certificateArn),
          }),
    });
    this.url = `https://${ownDomain?.name ?? this.distribution.distributionDomainName}`;
    Annotations.of(this.distribution).acknowledgeWarning(
      '@aws-cdk/aws-cloudfront-origins:listBucketSecurityRisk',
      'The default root object is set, so the pages cannot be listed; and the pages are public.',
    );
    acknowledge(this.distribution, {
      CFR1: 'Residents travel, and report from where they are.',
      CFR2: 'A firewall has a monthly price whether anyone reports or not. The API is throttled, and every input is checked by its function.',
      ...(ownDomain === undefined
        ? {
            CFR4: "CloudFront's own certificate fixes the oldest TLS version; a city that sets its own domain gets TLS 1.2 at least.",
          }
        : {}),
    });

    this.#deploy(props.pages, bucket);
  }

  #headers(props: WebSiteProps): ResponseHeadersPolicy {
    const { region, urlSuffix } = Stack.of(this);
    const { bucketRegionalDomainName, bucketName } = props.photos.bucket;
    // Signed URLs come in both styles, depending on the signing client.
    const photos = [
      `https://${bucketRegionalDomainName}`,
      // With a trailing slash a source matches all paths below it, without it the URL that forms are posted to.
      `https://s3.${region}.${urlSuffix}/${bucketName}`,
      `https://s3.${region}.${urlSuffix}/${bucketName}/`,
    ];
    // The pages use the pool's issuer for discovery and the hosted domain for the token request.
    const signIn = [
      `https://${Fn.select(2, Fn.split('/', props.staff.issuer))}`,
      props.staff.domain.baseUrl(),
    ];
    const policy = {
      'default-src': ["'none'"],
      'script-src': ["'self'", ...props.captcha],
      'style-src': ["'self'", ...props.captcha],
      ...(props.captcha.length > 0 && { 'frame-src': props.captcha }),
      'font-src': ["'self'"],
      'manifest-src': ["'self'"],
      'worker-src': ["'self'"],
      'img-src': ["'self'", 'data:', 'blob:', ...photos, ...props.tiles, ...props.captcha],
      'connect-src': ["'self'", ...photos, ...signIn, ...props.captcha],
      'form-action': ["'self'", ...photos],
      'base-uri': ["'none'"],
      'frame-ancestors': ["'none'"],
    };
    const contentSecurityPolicy = Object.entries(policy)
      .map(([directive, sources]) => `${directive} ${sources.join(' ')}`)
      .join('; ');
    return new ResponseHeadersPolicy(this, 'Headers', {
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy, override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.SAME_ORIGIN, override: true },
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(365),
          includeSubdomains: false,
          override: true,
        },
      },
      customHeadersBehavior: {
        customHeaders: [
          {
            header: 'Permissions-Policy',
            value: 'camera=(self), geolocation=(self), microphone=(self)',
            override: true,
          },
        ],
      },
    });
  }

  #deploy(pages: string, bucket: IBucket): void {
    const asset = new Asset(this, 'Pages', { path: pages });
    const logGroup = new LogGroup(this, 'DeploymentLog', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // Only the actions needed for copying; the CDK would grant a dozen wildcard actions on both buckets.
    const role = new Role(this, 'DeploymentRole', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    allow(role, ['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]);
    // Any key: it changes with every deployment, and a new permission may not be in effect when it is used.
    allow(role, ['s3:GetObject'], [asset.bucket.arnForObjects('*.zip')]);
    allow(role, ['s3:ListBucket'], [bucket.bucketArn]);
    allow(role, ['s3:PutObject'], [bucket.arnForObjects('*')]);
    const qualifier =
      Stack.of(this).synthesizer.bootstrapQualifier ?? DefaultStackSynthesizer.DEFAULT_QUALIFIER;
    acknowledge(role, {
      [`IAM5[${resourceFinding(bucket, '/*')}]`]:
        'It writes every page, and this bucket contains nothing else.',
      [`IAM5[Resource::arn:<AWS::Partition>:s3:::cdk-${qualifier}-assets-<AWS::AccountId>-<AWS::Region>/*.zip]`]:
        'It reads the built pages, whose key changes with every deployment.',
    });

    const shared = {
      destinationBucket: bucket,
      sources: [Source.bucket(asset.bucket, asset.s3ObjectKey)],
      role: role.withoutPolicyUpdates(),
      logGroup,
      // Open pages still load files of the previous version.
      prune: false,
      memoryLimit: 512,
    };
    // Names in assets/ contain a content hash. Other files are not cached, so deployments need no invalidation.
    const files = new BucketDeployment(this, 'Files', {
      ...shared,
      exclude: ['*'],
      include: ['assets/*'],
      cacheControl: [
        CacheControl.setPublic(),
        CacheControl.maxAge(Duration.days(365)),
        CacheControl.immutable(),
      ],
    });
    const entries = new BucketDeployment(this, 'Entries', {
      ...shared,
      exclude: ['assets/*'],
      cacheControl: [CacheControl.noCache()],
    });
    for (const child of Stack.of(this).node.children) {
      if (child.node.id.startsWith('Custom::CDKBucketDeployment'))
        acknowledge(child, {
          L1: "The library's own function; its Python version comes with the library's.",
        });
    }
    files.node.addDependency(role);
    // Assets first, so that no page refers to missing files.
    entries.node.addDependency(files);
  }
}

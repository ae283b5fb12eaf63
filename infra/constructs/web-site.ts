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
  /** Sent to the API with each request, and known to it: it came through here. */
  siteProof: SecretValue;
  photos: PhotoBucket;
  staff: StaffPool;
  /** Origins of the city's map; none without one. */
  tiles: string[];
  /** Origins of the city's captcha; none without one. */
  captcha: string[];
  accessLogs: AccessLogBucket;
  /** The city's own domain; its certificate lies in us-east-1, where CloudFront looks for it. */
  ownDomain?: { name: string; certificateArn: string };
};

/** The pages, and the API under the same address: no CORS, and one domain to register for a mini-program. */
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
      // A reference to the secret, resolved while deploying; the value is in no template.
      customHeaders: { 'x-site-proof': props.siteProof.unsafeUnwrap() },
    });
    const viewer = new CloudFrontFunction(this, 'Viewer', {
      comment: 'Tells the API whose request it is; what the viewer said of that is overwritten.',
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
      comment: 'A folder stands for its index.html, with and without its last slash.',
      runtime: FunctionRuntime.JS_2_0,
      code: FunctionCode.fromInline(
        [
          'function handler({ request }) {',
          "  if (request.uri.endsWith('/')) request.uri += 'index.html';",
          // People leave the last slash out: a page's folder has no dot, a file has one.
          "  else if (!request.uri.split('/').pop().includes('.') && !request.uri.startsWith('/api'))",
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
        // May list, so that a page that is not there is a 404 and not a 403.
        origin: S3BucketOrigin.withOriginAccessControl(bucket, {
          originAccessLevels: [AccessLevel.READ, AccessLevel.LIST],
        }),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        responseHeadersPolicy: headers,
        functionAssociations: [{ eventType: FunctionEventType.VIEWER_REQUEST, function: folders }],
      },
      additionalBehaviors: {
        // The same for everyone and read by every page: kept as long as the answer itself says, and compressed.
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
          // All but the Host header: by that the API knows itself.
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
      'The default root object is set, so that nobody can list the pages; and the pages are public.',
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
    // Signed addresses come in both styles, by how the signing client is set.
    const photos = [
      `https://${bucketRegionalDomainName}`,
      // With the slash a source stands for all below it, without it for the address that forms are posted to.
      `https://s3.${region}.${urlSuffix}/${bucketName}`,
      `https://s3.${region}.${urlSuffix}/${bucketName}/`,
    ];
    // The pages discover the pool by its issuer and trade their code at the hosted domain.
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
    // The library would grant a dozen wildcard actions on both buckets; this is what copying takes.
    const role = new Role(this, 'DeploymentRole', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    allow(role, ['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]);
    // Not the one key: it changes with every deployment, and the new permission would have to be in force within the
    // second in which it is used.
    allow(role, ['s3:GetObject'], [asset.bucket.arnForObjects('*.zip')]);
    allow(role, ['s3:ListBucket'], [bucket.bucketArn]);
    allow(role, ['s3:PutObject'], [bucket.arnForObjects('*')]);
    const qualifier =
      Stack.of(this).synthesizer.bootstrapQualifier ?? DefaultStackSynthesizer.DEFAULT_QUALIFIER;
    acknowledge(role, {
      [`IAM5[${resourceFinding(bucket, '/*')}]`]: 'It writes every page, and this bucket holds nothing else.',
      [`IAM5[Resource::arn:<AWS::Partition>:s3:::cdk-${qualifier}-assets-<AWS::AccountId>-<AWS::Region>/*.zip]`]:
        'It reads the built pages, whose key changes with every deployment.',
    });

    const shared = {
      destinationBucket: bucket,
      sources: [Source.bucket(asset.bucket, asset.s3ObjectKey)],
      role: role.withoutPolicyUpdates(),
      logGroup,
      // Pages that people have open go on loading the files of the version they came from.
      prune: false,
      memoryLimit: 512,
    };
    // Names in assets/ change with their content. All else is asked for anew each time, so that nothing needs to be
    // invalidated after a deployment.
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
    // A page never names files that are not there yet.
    entries.node.addDependency(files);
  }
}

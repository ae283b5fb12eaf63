import { Duration } from 'aws-cdk-lib';
import { HttpMethods, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { photoPrefixes } from '../../shared/store/schema.ts';
import type { AccessLogBucket } from './access-log-bucket.ts';
import { acknowledge, resourceFinding } from './acknowledge.ts';
import { allow } from './allow.ts';
import { privateBucket } from './private-bucket.ts';
import type { ServiceFunction } from './service-function.ts';

type ObjectAction = 'GetObject' | 'PutObject' | 'DeleteObject';

/** Residents' photos. Browsers upload and download them directly, with URLs signed for one object and some minutes. */
export class PhotoBucket extends Construct {
  readonly bucket: IBucket;

  constructor(scope: Construct, id: string, props: { accessLogs: AccessLogBucket }) {
    super(scope, id);
    this.bucket = privateBucket(this, 'Bucket', {
      serverAccessLogsBucket: props.accessLogs.bucket,
      serverAccessLogsPrefix: 'photos/',
      // Objects deleted or overwritten by mistake can be restored for a week.
      versioned: true,
      lifecycleRules: [
        {
          id: 'deleted-or-replaced',
          noncurrentVersionExpiration: Duration.days(7),
          expiredObjectDeleteMarker: true,
        },
        {
          id: 'never-attached',
          prefix: photoPrefixes.uploads,
          expiration: Duration.days(2),
          noncurrentVersionExpiration: Duration.days(1),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
        // Longer than a message can wait in the queue and its dead-letter queue together.
        {
          id: 'cleaned-long-ago',
          prefix: photoPrefixes.originals,
          expiration: Duration.days(30),
          // Originals contain location and device, so deleted versions expire within a day or two.
          noncurrentVersionExpiration: Duration.days(1),
        },
      ],
      cors: [
        {
          // Any origin: requests are signed and have no cookies, and mini-programs have no origin.
          allowedOrigins: ['*'],
          allowedMethods: [HttpMethods.GET, HttpMethods.POST],
          allowedHeaders: ['content-type'],
          exposedHeaders: ['ETag'],
          maxAge: 3600,
        },
      ],
    });
  }

  allowUploads(to: ServiceFunction, ...actions: ObjectAction[]): void {
    this.#allow(to, photoPrefixes.uploads, actions);
  }

  allowOriginals(to: ServiceFunction, ...actions: ObjectAction[]): void {
    this.#allow(to, photoPrefixes.originals, actions);
  }

  allowCleaned(to: ServiceFunction, ...actions: ObjectAction[]): void {
    this.#allow(to, photoPrefixes.cleaned, actions);
  }

  /** Permissions to attach an upload to a report: ranged read, copy. */
  allowAttaching(to: ServiceFunction): void {
    this.allowUploads(to, 'GetObject');
    this.allowOriginals(to, 'PutObject');
  }

  #allow(to: ServiceFunction, prefix: string, actions: ObjectAction[]): void {
    allow(
      to,
      actions.map((action) => `s3:${action}`),
      [this.bucket.arnForObjects(`${prefix}*`)],
    );
    acknowledge(to, {
      [`IAM5[${resourceFinding(this.bucket, `/${prefix}*`)}]`]:
        'Each photo has a key of its own; the function may touch those under this prefix only.',
    });
  }
}

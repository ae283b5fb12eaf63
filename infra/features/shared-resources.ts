import type { Stack } from 'aws-cdk-lib';
import type { UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { City } from '../../shared/config/city.ts';
import type { BuiltFunctions } from '../build.ts';
import type { AlarmTopic } from '../constructs/alarm-topic.ts';
import type { ContactKey } from '../constructs/contact-key.ts';
import type { EventTopic } from '../constructs/event-topic.ts';
import type { HoldingQueue } from '../constructs/holding-queue.ts';
import type { HttpApi } from '../constructs/http-api.ts';
import type { LedgerTable } from '../constructs/ledger-table.ts';
import type { Observability } from '../constructs/observability.ts';
import type { PhotoBucket } from '../constructs/photo-bucket.ts';
import type { RecordsTable } from '../constructs/records-table.ts';
import type { RequestLimits } from '../constructs/request-limits.ts';
import type { StaffPool } from '../constructs/staff-pool.ts';

/**
 * The platform stack's resources shared by all features. A feature creates its resources directly in `stack`, so that
 * moving code between feature files does not change logical ids.
 */
export type SharedResources = {
  stack: Stack;
  city: City;
  functions: BuiltFunctions;
  records: RecordsTable;
  ledger: LedgerTable;
  photos: PhotoBucket;
  events: EventTopic;
  notices: Topic;
  /** Key of tracking tokens, contact hashes and webhook signatures. */
  secret: Secret;
  contactKey: ContactKey;
  limits: RequestLimits;
  /** The queue of messages that can never succeed. */
  parked: HoldingQueue;
  alarms: AlarmTopic;
  observability: Observability;
  staff: StaffPool;
  /** The user pool client of the pages. */
  client: UserPoolClient;
  api: HttpApi;
};

import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { captchaOrigins, tileOrigins, type City } from '../shared/config/city.ts';
import type { BuiltFunctions } from './build.ts';
import { AccessLogBucket } from './constructs/access-log-bucket.ts';
import { acknowledge } from './constructs/acknowledge.ts';
import { AlarmTopic } from './constructs/alarm-topic.ts';
import { ConsumerQueue } from './constructs/consumer-queue.ts';
import { ContactKey } from './constructs/contact-key.ts';
import { EventTopic } from './constructs/event-topic.ts';
import { HoldingQueue } from './constructs/holding-queue.ts';
import { HttpApi } from './constructs/http-api.ts';
import { LedgerTable } from './constructs/ledger-table.ts';
import { Observability } from './constructs/observability.ts';
import { PhotoBucket } from './constructs/photo-bucket.ts';
import { RecordsTable, type FormerTable } from './constructs/records-table.ts';
import { RequestLimits } from './constructs/request-limits.ts';
import { ServiceFunction } from './constructs/service-function.ts';
import { WebSite } from './constructs/web-site.ts';
import { addClassification } from './features/classification.ts';
import { addClocks } from './features/clocks.ts';
import { addDesk } from './features/desk.ts';
import { addEventRelay } from './features/event-relay.ts';
import { addFigures } from './features/figures.ts';
import { addIntake } from './features/intake.ts';
import { addJointWork } from './features/joint-work.ts';
import { addNotices } from './features/notices.ts';
import { addPhotos } from './features/photos.ts';
import { addPolicy } from './features/policy.ts';
import { addResident } from './features/resident.ts';
import { addSearch } from './features/search.ts';
import type { SharedResources } from './features/shared-resources.ts';
import { addStaffSignIn } from './features/staff-sign-in.ts';

export type PlatformStackProps = StackProps & {
  city: City;
  functions: BuiltFunctions;
  /** The built pages. */
  pages: string;
  /** Certificate for the host of the city's `publicUrl`, in us-east-1. Without it the site uses CloudFront's domain. */
  certificateArn?: string;
  /** Given while `npm run ops -- migrate` moves the records out of it. */
  former?: FormerTable;
};

/** The resources that do not depend on the city's departments: shared resources and the features that use them. */
export class PlatformStack extends Stack {
  readonly shared: SharedResources;

  constructor(scope: Construct, id: string, props: PlatformStackProps) {
    super(scope, id, props);
    const { city, functions } = props;

    const accessLogs = new AccessLogBucket(this, 'AccessLogs');
    const records = new RecordsTable(this, 'Records', props.former);
    const ledger = new LedgerTable(this, 'Ledger');
    const photos = new PhotoBucket(this, 'Photos', { accessLogs });
    const events = new EventTopic(this, 'Events');
    const notices = new Topic(this, 'Notices', { enforceSSL: true });
    const alarms = new AlarmTopic(this, 'Alarms');
    const secret = new Secret(this, 'Secret', {
      description: 'Key of tracking tokens, contact hashes and webhook signatures.',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledge(secret, {
      SMG4: 'The operator rotates it (npm run ops -- secret rotate): a new key is announced before its use, and earlier keys are kept, since links, idempotency keys and phone number hashes depend on them.',
    });
    const siteProof = new Secret(this, 'SiteProof', {
      description:
        'A header value that CloudFront adds to each API request, which proves that it came through the site.',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
    });
    acknowledge(siteProof, {
      SMG4: 'It gives no access: an attacker who knows it can only forge the client address used for rate limits. CloudFront gets a new value only by a deployment.',
    });
    const contactKey = new ContactKey(this, 'ContactKey');
    const parked = new HoldingQueue(this, 'Parked', {
      alarms,
      alarm: {
        impact:
          'A message that can never succeed was parked; each message says what it is and whom it affects.',
        runbook: 'parked-messages',
      },
    });
    const limits = new RequestLimits({ ledger, secret, siteProof });

    const api = new HttpApi(this, 'Http');
    const observability = new Observability(this, 'Observability', { alarms, api });
    const staff = addStaffSignIn({ stack: this, functions, alarms, observability });
    const site = new WebSite(this, 'Site', {
      pages: props.pages,
      api,
      siteProof: siteProof.secretValue,
      photos,
      staff,
      tiles: city.map === undefined ? [] : tileOrigins(city.map),
      captcha: city.captcha === undefined ? [] : captchaOrigins(city.captcha),
      accessLogs,
      ...(props.certificateArn !== undefined && city.publicUrl !== undefined
        ? {
            ownDomain: { name: new URL(city.publicUrl).hostname, certificateArn: props.certificateArn },
          }
        : {}),
    });
    const addresses = new Set([site.url, ...(city.publicUrl === undefined ? [] : [city.publicUrl])]);
    const client = staff.addClient(
      [...addresses].flatMap((address) => [`${address}/desk/`, `${address}/board/`]),
    );
    api.authorizeStaff(staff, client);

    const shared: SharedResources = (this.shared = {
      stack: this,
      city,
      functions,
      records,
      ledger,
      photos,
      events,
      notices,
      secret,
      contactKey,
      limits,
      parked,
      alarms,
      observability,
      staff,
      client,
      api,
    });
    addIntake(shared);
    addResident(shared);
    addDesk(shared);
    addSearch(shared);
    addFigures(shared);
    addPolicy(shared);
    addClassification(shared);
    addPhotos(shared);
    addNotices(shared);
    addJointWork(shared);
    const relay = addEventRelay(shared);
    addClocks(shared);

    // Found by type, so that no new function or queue can be forgotten.
    const constructs = this.node.findAll();
    const dashboard = observability.addDashboard({
      api,
      relay,
      functions: constructs.filter((one): one is ServiceFunction => one instanceof ServiceFunction),
      consumers: constructs.filter((one) => one instanceof ConsumerQueue),
      parked,
      departmentQueuePrefix: this.stackName,
    });

    // Always exported, so that a first department with an e-mail address does not change this stack.
    this.exportValue(notices.topicArn);

    const outputs: Record<string, [value: string, description: string]> = {
      SiteUrl: [site.url, 'What residents open.'],
      ApiUrl: [api.api.apiEndpoint, 'The API; the site serves it under /api.'],
      UserPoolId: [staff.pool.userPoolId, 'Where staff accounts are created.'],
      UserPoolClientId: [client.userPoolClientId, 'The user pool client of the pages.'],
      Issuer: [staff.issuer, 'The issuer of staff tokens.'],
      SignInUrl: [staff.domain.baseUrl(), 'Where staff sign in.'],
      RecordsTableName: [records.table.tableName, ''],
      ...(records.former && { FormerTableName: [records.former.table, 'Its records are being moved.'] }),
      LedgerTableName: [ledger.table.tableName, ''],
      PhotoBucketName: [photos.bucket.bucketName, ''],
      SecretArn: [secret.secretArn, ''],
      EventTopicArn: [events.topic.topicArn, 'Every event of every report.'],
      NoticeTopicArn: [notices.topicArn, 'Notices to residents; subscribe an SMS or e-mail gateway.'],
      AlarmTopicArn: [alarms.topic.topicArn, 'Alarms; subscribe the person on call.'],
      ContactKeyArn: [contactKey.key.keyArn, 'The key that encrypts contacts.'],
      ParkedQueueUrl: [parked.queue.queueUrl, 'Parked messages, which wait for an operator.'],
      DashboardName: [dashboard.dashboardName, ''],
    };
    for (const [name, [value, description]] of Object.entries(outputs))
      new CfnOutput(this, name, { value, ...(description === '' ? {} : { description }) });
  }
}

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
  /** Certificate for the host of the city's `publicUrl`, in us-east-1. Without it the site has CloudFront's address. */
  certificateArn?: string;
  /** While `npm run ops -- migrate` moves the records out of it. */
  former?: FormerTable;
};

/** What every city has once, whatever its departments: the shared resources, and the features built on them. */
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
      SMG4: 'The operator rotates it (npm run ops -- secret rotate): a new key is announced before its use and the earlier ones stay, for links, repeated requests and telephone numbers go on by them.',
    });
    const siteProof = new Secret(this, 'SiteProof', {
      description: 'What CloudFront adds to each request to the API: it came through the site.',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
    });
    acknowledge(siteProof, {
      SMG4: 'It opens nothing: whoever knew it could only give false addresses to be counted by. CloudFront takes a new value with a deployment alone.',
    });
    const contactKey = new ContactKey(this, 'ContactKey');
    const parked = new HoldingQueue(this, 'Parked', {
      alarms,
      alarm: {
        impact:
          'A message that can never succeed was put aside; each says what it is and who was not served.',
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

    // Whatever the features have created: there is no list that could lack one.
    const constructs = this.node.findAll();
    const dashboard = observability.addDashboard({
      api,
      relay,
      functions: constructs.filter((one): one is ServiceFunction => one instanceof ServiceFunction),
      consumers: constructs.filter((one) => one instanceof ConsumerQueue),
      parked,
      departmentQueuePrefix: this.stackName,
    });

    // Exported whether a department has an e-mail address yet or not: the first one that does changes nothing here.
    this.exportValue(notices.topicArn);

    const outputs: Record<string, [value: string, description: string]> = {
      SiteUrl: [site.url, 'What residents open.'],
      ApiUrl: [api.api.apiEndpoint, 'The API by itself; the site has it under /api.'],
      UserPoolId: [staff.pool.userPoolId, 'Where staff accounts are made.'],
      UserPoolClientId: [client.userPoolClientId, 'The pages, as the user pool knows them.'],
      Issuer: [staff.issuer, 'Who signs the tokens of staff.'],
      SignInUrl: [staff.domain.baseUrl(), 'Where staff sign in.'],
      RecordsTableName: [records.table.tableName, ''],
      ...(records.former && { FormerTableName: [records.former.table, 'Its records are being moved.'] }),
      LedgerTableName: [ledger.table.tableName, ''],
      PhotoBucketName: [photos.bucket.bucketName, ''],
      SecretArn: [secret.secretArn, ''],
      EventTopicArn: [events.topic.topicArn, 'Every event of every report.'],
      NoticeTopicArn: [notices.topicArn, 'What people are told; subscribe an SMS or e-mail gateway.'],
      AlarmTopicArn: [alarms.topic.topicArn, 'Subscribe whoever is on call.'],
      ContactKeyArn: [contactKey.key.keyArn, 'What encrypts contacts.'],
      ParkedQueueUrl: [parked.queue.queueUrl, 'Messages put aside for a person.'],
      DashboardName: [dashboard.dashboardName, ''],
    };
    for (const [name, [value, description]] of Object.entries(outputs))
      new CfnOutput(this, name, { value, ...(description === '' ? {} : { description }) });
  }
}

import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Subscription, SubscriptionFilter, SubscriptionProtocol, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type * as z from 'zod';
import { settings as claimsSettings } from '../functions/claims/settings.ts';
import { settings as classifySettings } from '../functions/classify/settings.ts';
import { settings as deskSettings } from '../functions/desk/settings.ts';
import { settings as digestSettings } from '../functions/digest/settings.ts';
import { settings as figuresSettings } from '../functions/figures/settings.ts';
import { settings as jointSettings } from '../functions/joint/settings.ts';
import { settings as notifySettings } from '../functions/notify/settings.ts';
import { settings as photosSettings } from '../functions/photos/settings.ts';
import { settings as policySettings } from '../functions/policy/settings.ts';
import { settings as readSettings } from '../functions/read/settings.ts';
import { settings as residentCommandSettings } from '../functions/resident-command/settings.ts';
import { settings as searchSettings } from '../functions/search/settings.ts';
import { settings as statsSettings } from '../functions/stats/settings.ts';
import { settings as submitSettings } from '../functions/submit/settings.ts';
import { settings as sweepSettings } from '../functions/sweep/settings.ts';
import { settings as uploadsSettings } from '../functions/uploads/settings.ts';
import { captchaOrigins, tileOrigins, type City } from '../shared/config/city.ts';
import { recipientName } from '../shared/kernel/notices.ts';
import { toldTypes } from '../shared/kernel/notices.ts';
import { notices as toldOf } from '../shared/records/notices.ts';
import { fetchNativePart, type BuiltFunctions } from './build.ts';
import { AccessLogBucket } from './constructs/access-log-bucket.ts';
import { acknowledge } from './constructs/acknowledge.ts';
import { AlarmTopic } from './constructs/alarm-topic.ts';
import { allow } from './constructs/allow.ts';
import { ConsumerQueue } from './constructs/consumer-queue.ts';
import { ContactKey } from './constructs/contact-key.ts';
import { EachMinute } from './constructs/each-minute.ts';
import { EventTopic } from './constructs/event-topic.ts';
import { HoldingQueue } from './constructs/holding-queue.ts';
import { HttpApi } from './constructs/http-api.ts';
import { LedgerTable } from './constructs/ledger-table.ts';
import { Observability } from './constructs/observability.ts';
import { PhotoBucket } from './constructs/photo-bucket.ts';
import { Relay } from './constructs/relay.ts';
import { RecordsTable, type FormerTable } from './constructs/records-table.ts';
import { ServiceFunction } from './constructs/service-function.ts';
import { StaffPool } from './constructs/staff-pool.ts';
import { WebSite } from './constructs/web-site.ts';

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

/** What every city has once, whatever its departments. */
export class PlatformStack extends Stack {
  readonly records: RecordsTable;
  readonly events: EventTopic;
  readonly notices: Topic;
  readonly secret: Secret;
  readonly parked: HoldingQueue;
  readonly alarms: AlarmTopic;

  constructor(scope: Construct, id: string, props: PlatformStackProps) {
    super(scope, id, props);
    const { functions } = props;

    const accessLogs = new AccessLogBucket(this, 'AccessLogs');
    const records = (this.records = new RecordsTable(this, 'Records', props.former));
    const ledger = new LedgerTable(this, 'Ledger');
    const photos = new PhotoBucket(this, 'Photos', { accessLogs });
    const events = (this.events = new EventTopic(this, 'Events'));
    const notices = (this.notices = new Topic(this, 'Notices', { enforceSSL: true }));
    const alarms = (this.alarms = new AlarmTopic(this, 'Alarms'));
    const secret = (this.secret = new Secret(this, 'Secret', {
      description: 'Key of tracking tokens, contact hashes and webhook signatures.',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN,
    }));
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
    const parked = (this.parked = new HoldingQueue(this, 'Parked', {
      alarms,
      alarm: {
        hurt: 'A message that can never succeed was put aside; each says what it is and who was not served.',
        runbook: 'parked-messages',
      },
    }));

    const { environment: table } = records;
    const LEDGER_TABLE = ledger.table.tableName;
    const PHOTO_BUCKET = photos.bucket.bucketName;
    const SECRET_ARN = secret.secretArn;
    const CONTACT_KEY_ARN = contactKey.key.keyArn;
    const PARKING_QUEUE_URL = parked.queue.queueUrl;
    const counting = { LEDGER_TABLE, SECRET_ARN, SITE_PROOF_ARN: siteProof.secretArn };
    const define = <S extends z.ZodObject>(
      id: string,
      name: string,
      settings: S,
      description: string,
      timeoutSeconds: number,
      environment: z.infer<S>,
      memoryMegabytes = 512,
    ): ServiceFunction<S> =>
      new ServiceFunction(this, id, {
        name,
        settings,
        description,
        functions,
        environment,
        timeoutSeconds,
        memoryMegabytes,
      });

    const claims = define(
      'Claims',
      'claims',
      claimsSettings,
      'Puts departments and areas into access tokens.',
      5,
      {},
    );
    const staff = new StaffPool(this, 'Staff', { claims });
    const api = new HttpApi(this, 'Http');
    const site = new WebSite(this, 'Site', {
      pages: props.pages,
      api,
      siteProof: siteProof.secretValue,
      photos,
      staff,
      tiles: props.city.map === undefined ? [] : tileOrigins(props.city.map),
      captcha: props.city.captcha === undefined ? [] : captchaOrigins(props.city.captcha),
      accessLogs,
      ...(props.certificateArn !== undefined && props.city.publicUrl !== undefined
        ? {
            ownDomain: { name: new URL(props.city.publicUrl).hostname, certificateArn: props.certificateArn },
          }
        : {}),
    });
    const addresses = new Set([
      site.url,
      ...(props.city.publicUrl === undefined ? [] : [props.city.publicUrl]),
    ]);
    const client = staff.addClient(
      [...addresses].flatMap((address) => [`${address}/desk/`, `${address}/board/`]),
    );

    const submit = define('Submit', 'submit', submitSettings, 'Takes in a report.', 10, {
      ...table,
      PHOTO_BUCKET,
      ...counting,
      CONTACT_KEY_ARN,
    });
    const uploads = define(
      'Uploads',
      'uploads',
      uploadsSettings,
      'Signs the addresses that photos are sent to.',
      10,
      {
        PHOTO_BUCKET,
        ...counting,
      },
    );
    const read = define(
      'Read',
      'read',
      readSettings,
      'Shows a report to its reporter, and the city to its form.',
      10,
      {
        ...table,
        PHOTO_BUCKET,
        ISSUER: staff.issuer,
        USER_POOL_CLIENT_ID: client.userPoolClientId,
        ...counting,
      },
    );
    const residentCommand = define(
      'ResidentCommand',
      'resident-command',
      residentCommandSettings,
      "The reporter's own commands.",
      10,
      { ...table, PHOTO_BUCKET, ...counting },
    );
    const desk = define('Desk', 'desk', deskSettings, 'The inbox and commands of staff.', 10, {
      ...table,
      PHOTO_BUCKET,
    });
    const search = define(
      'Search',
      'search',
      searchSettings,
      "Finds a person's reports by telephone number.",
      10,
      {
        ...table,
        SECRET_ARN,
      },
    );
    const figures = define('Figures', 'figures', figuresSettings, 'Figures and who does best by them.', 10, {
      LEDGER_TABLE,
    });
    const policy = define(
      'Policy',
      'policy',
      policySettings,
      'Brings reports under way under changed rules.',
      29,
      {
        ...table,
      },
    );
    const classify = define(
      'Classify',
      'classify',
      classifySettings,
      'Finds category and department of a new report.',
      30,
      {
        ...table,
        PARKING_QUEUE_URL,
      },
    );
    const clean = define(
      'CleanPhotos',
      'photos',
      photosSettings,
      'Turns, shrinks, strips, blurs and deletes photos.',
      60,
      { ...table, PHOTO_BUCKET, PARKING_QUEUE_URL },
      1536,
    );
    const notify = define(
      'Notify',
      'notify',
      notifySettings,
      'Tells residents and departments what happened.',
      30,
      {
        ...table,
        LEDGER_TABLE,
        NOTICE_TOPIC_ARN: notices.topicArn,
        PARKING_QUEUE_URL,
      },
    );
    const joint = define(
      'Joint',
      'joint',
      jointSettings,
      'Carries joint work between a report and its parts.',
      30,
      {
        ...table,
        PARKING_QUEUE_URL,
      },
    );
    const stats = define('Stats', 'stats', statsSettings, 'Counts.', 30, { LEDGER_TABLE, PARKING_QUEUE_URL });

    if (!functions.photosRunOnLambda) {
      clean.warn(
        'suishoubao:sharp-for-lambda',
        `The photos function holds no image library for Linux on ${functions.architecture} and would fail on Lambda. Before deploying run: ${fetchNativePart(functions.architecture)}`,
      );
    }

    const readSecret = (grantee: IGrantable): void => {
      allow(grantee, ['secretsmanager:GetSecretValue'], [secret.secretArn]);
    };
    /** From a fresh upload to the report's own photos: ranged read, copy. */
    const attachPhotos = (to: ServiceFunction): void => {
      photos.allowUploads(to, 'GetObject');
      photos.allowOriginals(to, 'PutObject');
    };
    const park = (grantee: IGrantable): void => {
      allow(grantee, ['sqs:SendMessage'], [parked.queue.queueArn]);
    };

    /** By address; the counts of what is limited have to be read first. */
    const count = (to: ServiceFunction, ...actions: ('BatchGetItem' | 'UpdateItem')[]): void => {
      ledger.allow(to, ...actions);
      allow(to, ['secretsmanager:GetSecretValue'], [secret.secretArn, siteProof.secretArn]);
    };

    records.allow(submit, 'BatchGetItem', 'GetItem', 'PutItem', 'ConditionCheckItem');
    records.allowQuery(submit, 'contact');
    attachPhotos(submit);
    count(submit, 'BatchGetItem', 'UpdateItem');
    contactKey.allow(submit, 'GenerateDataKey');

    photos.allowUploads(uploads, 'PutObject');
    count(uploads, 'BatchGetItem', 'UpdateItem');

    records.allow(read, 'GetItem');
    count(read, 'UpdateItem');
    records.allowQuery(read, 'nearby');
    photos.allowCleaned(read, 'GetObject');

    records.allow(residentCommand, 'GetItem', 'PutItem');
    attachPhotos(residentCommand);
    photos.allowCleaned(residentCommand, 'GetObject');
    count(residentCommand, 'UpdateItem');

    records.allow(desk, 'GetItem', 'PutItem');
    records.allowQuery(desk, 'department', 'area', 'handler', 'alerts');
    attachPhotos(desk);
    photos.allowCleaned(desk, 'GetObject');
    contactKey.allow(desk, 'Decrypt');

    records.allow(search, 'BatchGetItem');
    records.allowQuery(search, 'contact');
    readSecret(search);

    ledger.allow(figures, 'GetItem', 'Query');

    records.allow(policy, 'GetItem', 'PutItem');
    records.allowQuery(policy, 'department');

    records.allow(classify, 'GetItem', 'PutItem');
    park(classify);

    records.allow(clean, 'GetItem', 'PutItem');
    photos.allowOriginals(clean, 'GetObject', 'DeleteObject');
    photos.allowCleaned(clean, 'GetObject', 'PutObject', 'DeleteObject');
    park(clean);

    records.allow(notify, 'GetItem');
    ledger.allow(notify, 'GetItem', 'PutItem', 'UpdateItem');
    allow(notify, ['sns:Publish'], [notices.topicArn]);
    contactKey.allow(notify, 'Decrypt');
    park(notify);

    records.allow(joint, 'GetItem', 'PutItem');
    park(joint);

    ledger.allow(stats, 'GetItem', 'PutItem', 'Query', 'UpdateItem');
    park(stats);

    const consumers = {
      classify: new ConsumerQueue(this, 'ClassifyQueue', {
        consumer: classify,
        alarms,
        alarm: {
          hurt: 'New reports were not routed to any department; their residents wait.',
          runbook: 'dead-letters',
        },
        maxConcurrency: 10,
      }),
      photos: new ConsumerQueue(this, 'PhotosQueue', {
        consumer: clean,
        alarms,
        alarm: {
          hurt: 'Photos of some reports stay hidden: they could not be cleaned of where and by whom they were taken.',
          runbook: 'dead-letters',
        },
        // One report is up to nine photos, and each takes seconds.
        batchSize: 1,
        maxConcurrency: 10,
      }),
      notify: new ConsumerQueue(this, 'NotifyQueue', {
        consumer: notify,
        alarms,
        alarm: {
          hurt: 'Residents or departments were not told what happened to a report.',
          runbook: 'dead-letters',
        },
        maxConcurrency: 5,
      }),
      joint: new ConsumerQueue(this, 'JointQueue', {
        consumer: joint,
        alarms,
        alarm: {
          hurt: 'Supporting departments were not asked, or their answers did not reach the lead: joint work waits.',
          runbook: 'dead-letters',
        },
        maxConcurrency: 5,
      }),
      stats: new ConsumerQueue(this, 'StatsQueue', {
        consumer: stats,
        alarms,
        alarm: { hurt: 'Managers see wrong figures: some events were not counted.', runbook: 'dead-letters' },
        // Counters are few and hot: more at once would only collide.
        maxConcurrency: 2,
      }),
    };
    events.feed(consumers.classify, { types: ['report-submitted.v1'] });
    events.feed(consumers.photos, { photos: true });
    events.feed(consumers.notify, { types: toldTypes(toldOf) });
    events.feed(consumers.joint, { joint: true });
    events.feed(consumers.stats);

    const relay = new Relay(this, 'Relay', { functions, records, events, alarms });
    const sweep = new EachMinute(this, 'Sweep', {
      name: 'sweep',
      settings: sweepSettings,
      functions,
      alarms,
      environment: table,
      description: 'Warns, breaches and climbs: fires the clocks of reports that are due.',
      hurt: {
        failing:
          'For five minutes some clocks could not fire: their departments are not warned, and nobody sees that the reports are late.',
        notRunning:
          'The sweep has not run for five minutes: departments are not warned and late reports are not seen.',
      },
      runbook: 'clocks-stand-still',
    });
    records.allow(sweep.function, 'GetItem', 'PutItem');
    records.allowQuery(sweep.function, 'timers');

    const digest = new EachMinute(this, 'Digest', {
      name: 'digest',
      settings: digestSettings,
      functions,
      alarms,
      environment: { LEDGER_TABLE, NOTICE_TOPIC_ARN: notices.topicArn },
      description: 'Tells each recipient in one message what has gone wrong.',
      hurt: {
        failing:
          'For five minutes somebody could not be told of warnings and breaches: a mail or a group robot refuses them.',
        notRunning: 'Nobody has been told of warnings and breaches for five minutes; the board shows them.',
      },
      runbook: 'digests-not-sent',
    });
    ledger.allow(digest.function, 'Query', 'BatchWriteItem');
    allow(digest.function, ['sns:Publish'], [notices.topicArn]);

    for (const { id, alerts } of props.city.areas) {
      if (alerts?.email === undefined) continue;
      new Subscription(this, `AlertsOf-${id}`, {
        topic: notices,
        protocol: SubscriptionProtocol.EMAIL,
        endpoint: alerts.email,
        filterPolicy: {
          recipient: SubscriptionFilter.stringFilter({
            allowlist: [recipientName({ kind: 'area', area: id })],
          }),
        },
      });
    }

    api.addRoutes(
      {
        'GET /api/city': read,
        'POST /api/uploads': uploads,
        'POST /api/reports': submit,
        'GET /api/reports': read,
        'GET /api/reports/{number}': read,
        'POST /api/reports/{number}/commands': residentCommand,
        'POST /api/reports/{number}/link': residentCommand,
        'GET /api/desk/me': desk,
        'GET /api/desk/reports': desk,
        'POST /api/desk/reports': submit,
        'POST /api/desk/uploads': uploads,
        'GET /api/desk/reports/{number}': desk,
        'POST /api/desk/reports/{number}/commands': desk,
        'GET /api/desk/alerts': desk,
        'GET /api/desk/counts': figures,
        'POST /api/desk/search': search,
        'GET /api/desk/stats': figures,
        'GET /api/desk/league': figures,
        'POST /api/desk/policy': policy,
      },
      staff,
      client,
    );

    const { dashboard } = new Observability(this, 'Observability', {
      alarms,
      api,
      relay: relay.function,
      claims,
      functions: [
        submit,
        uploads,
        read,
        residentCommand,
        desk,
        search,
        figures,
        policy,
        classify,
        clean,
        notify,
        joint,
        stats,
        claims,
        relay.function,
        sweep.function,
        digest.function,
      ],
      consumers,
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
      ContactKeyArn: [CONTACT_KEY_ARN, 'What encrypts contacts.'],
      ParkedQueueUrl: [parked.queue.queueUrl, 'Messages put aside for a person.'],
      DashboardName: [dashboard.dashboardName, ''],
    };
    for (const [name, [value, description]] of Object.entries(outputs))
      new CfnOutput(this, name, { value, ...(description === '' ? {} : { description }) });
  }
}

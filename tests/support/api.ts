import { reportStore } from './report-domain.ts';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { startFauxqs } from 'fauxqs';
import { wire as desk } from '../../functions/desk/wire.ts';
import { wire as figures } from '../../functions/figures/wire.ts';
import { wire as policy } from '../../functions/policy/wire.ts';
import { wire as read } from '../../functions/read/wire.ts';
import { wire as residentCommand } from '../../functions/resident-command/wire.ts';
import { wire as search } from '../../functions/search/wire.ts';
import { wire as submit } from '../../functions/submit/wire.ts';
import { wire as uploads } from '../../functions/uploads/wire.ts';
import type { City } from '../../shared/config/city.ts';
import { parseSecret } from '../../shared/config/secret.ts';
import { Keys } from '../../shared/http/credentials.ts';
import type { HttpHandler } from '../../shared/http/endpoint.ts';
import { Counters } from '../../shared/store/counters.ts';
import { Figures } from '../../shared/store/figures.ts';
import { Ledger } from '../../shared/store/ledger.ts';
import { city } from './city.ts';
import { startEngine } from './engine.ts';
import type { Host } from '../../shared/host/host.ts';
import { secretsManager, testHost } from './host.ts';
import { contactKeyArn, startKms } from './kms.ts';
import { start } from './reports.ts';

export type Reply = { status: number; headers: Record<string, unknown>; body: Record<string, unknown> };
export type Call = {
  headers?: Record<string, string | undefined>;
  body?: unknown;
  query?: Record<string, string>;
  /** The source address given by the gateway. */
  from?: string;
  staff?: { username: string; role: string; departments?: string; areas?: string };
};

export const bucket = 'photos';
export const siteProof = 'through the site';
const secretText = JSON.stringify({
  ...parseSecret('a secret of more than thirty-two characters'),
  captcha: 'captcha-secret',
});
const [secretArn, siteProofArn] = ['secret', 'site-proof'];
export const keys = new Keys(parseSecret(secretText), start);

/** The unchanged HTTP functions on real engines, called as by the gateway. */
export async function startApi(rules: City = city) {
  const [engine, kms] = await Promise.all([startEngine(), startKms()]);
  const storage = await startFauxqs({ port: 0, logger: false });
  const s3 = new S3Client({
    region: 'us-east-1',
    endpoint: storage.address,
    forcePathStyle: true,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const clock = { now: start };
  const store = reportStore(engine.client, engine.reports);
  const ledger = new Ledger(engine.client, engine.ledger, () => Promise.resolve());
  const counted = new Figures(engine.client, engine.ledger, () => Promise.resolve());
  const limitDependencies = {
    city: rules,
    counters: new Counters(engine.client, engine.ledger),
    reportedBy: (...asked: Parameters<typeof store.countByContact>) => store.countByContact(...asked),
    keys: () => Promise.resolve(keys),
    siteProof: () => Promise.resolve(siteProof),
    now: () => clock.now,
    random: () => 0,
    fetch,
  };
  const secrets: Record<string, string> = { [secretArn]: secretText, [siteProofArn]: siteProof };
  const host: Host = {
    ...testHost([engine.client, s3, kms.client, secretsManager((name) => secrets[name] ?? '')], clock),
    currentCity: () => rules,
  };
  const settings = {
    REPORTS_TABLE: engine.reports,
    LEDGER_TABLE: engine.ledger,
    PHOTO_BUCKET: bucket,
    CONTACT_KEY_ARN: contactKeyArn,
    SECRET_ARN: secretArn,
    SITE_PROOF_ARN: siteProofArn,
    ISSUER: 'https://issuer.example',
    USER_POOL_CLIENT_ID: 'pages',
  };
  const [submitted, uploaded, shown] = [
    submit(settings, host),
    uploads(settings, host),
    read(settings, host),
  ];
  const [worked, commanded, searched] = [
    desk(settings, host),
    residentCommand(settings, host),
    search(settings, host),
  ];
  const [figured, moved] = [figures(settings, host), policy(settings, host)];
  const routes: [RegExp, string, HttpHandler][] = [
    [/^POST \/api\/(desk\/)?uploads$/, '', uploaded],
    [/^POST \/api\/reports$/, 'POST /api/reports', submitted],
    [/^POST \/api\/desk\/reports$/, 'POST /api/desk/reports', submitted],
    [/^POST \/api\/desk\/search$/, '', searched],
    [/^POST \/api\/desk\/policy$/, '', moved],
    [/^GET \/api\/desk\/(stats|league|counts)$/, '', figured],
    [/^GET \/api\/city$/, 'GET /api/city', shown],
    [/^GET \/api\/reports$/, '', shown],
    [/^GET \/api\/reports\/([^/]+)$/, 'GET /api/reports/{number}', shown],
    [/^POST \/api\/reports\/([^/]+)\/commands$/, 'POST /api/reports/{number}/commands', commanded],
    [/^POST \/api\/reports\/([^/]+)\/link$/, 'POST /api/reports/{number}/link', commanded],
    [/^GET \/api\/desk\/(me|alerts|reports)$/, '', worked],
    [/^GET \/api\/desk\/reports\/([^/]+)$/, 'GET /api/desk/reports/{number}', worked],
    [/^POST \/api\/desk\/reports\/([^/]+)\/commands$/, 'POST /api/desk/reports/{number}/commands', worked],
  ];

  async function call(
    request: string,
    { headers = {}, body, query, staff, from }: Call = {},
  ): Promise<Reply> {
    const route = routes.find(([pattern]) => pattern.test(request));
    if (!route) throw new Error(`no route ${request}`);
    const [pattern, key, handler] = route;
    const number = key === '' ? undefined : pattern.exec(request)?.[1];
    const given = Object.entries<string | undefined>({ 'content-type': 'application/json', ...headers });
    const event = {
      version: '2.0',
      routeKey: key === '' ? request : key,
      headers: Object.fromEntries(given.filter(([, value]) => value !== undefined)),
      pathParameters: number === undefined ? undefined : { number: decodeURIComponent(number) },
      queryStringParameters: query,
      requestContext: staff
        ? { authorizer: { jwt: { claims: { ...staff, 'cognito:groups': `[${staff.role}]` }, scopes: null } } }
        : from === undefined
          ? {}
          : { http: { sourceIp: from } },
      body: typeof body === 'string' || body === undefined ? body : JSON.stringify(body),
      isBase64Encoded: false,
    } as unknown as APIGatewayProxyEventV2;
    const result = await handler(event, {} as Context);
    return {
      status: result.statusCode ?? 0,
      headers: result.headers ?? {},
      body: JSON.parse(result.body ?? 'null') as Record<string, unknown>,
    };
  }

  /** Stores files where an upload form would, and returns their keys. */
  async function upload(
    idempotencyKey: string,
    files: Uint8Array[],
    contentType = 'image/jpeg',
  ): Promise<string[]> {
    const wanted = files.map((file) => ({ contentType, size: file.length }));
    const reply = await call('POST /api/uploads', {
      headers: { 'idempotency-key': idempotencyKey },
      body: { photos: wanted },
    });
    const forms = reply.body['uploads'] as { key: string }[];
    await Promise.all(
      forms.map(({ key }, index) =>
        s3.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body: files[index] ?? '',
            ContentType: contentType,
          }),
        ),
      ),
    );
    return forms.map(({ key }) => key);
  }

  return {
    call,
    upload,
    clock,
    store,
    ledger,
    figures: counted,
    dynamodb: engine.client,
    recordsTable: engine.reports,
    ledgerTable: engine.ledger,
    limitDependencies,
    s3,
    kms,
    table: { client: engine.client, name: engine.reports },
    stop: async () => {
      await kms.stop();
      engine.stop();
      s3.destroy();
      await storage.stop();
    },
  };
}
export type Api = Awaited<ReturnType<typeof startApi>>;

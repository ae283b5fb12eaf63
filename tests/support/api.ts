import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { startFauxqs } from 'fauxqs';
import { createHandler as createDesk } from '../../functions/desk/handler.ts';
import { createHandler as createFigures } from '../../functions/figures/handler.ts';
import { createHandler as createPolicy } from '../../functions/policy/handler.ts';
import { createHandler as createRead } from '../../functions/read/handler.ts';
import { createHandler as createResidentCommand } from '../../functions/resident-command/handler.ts';
import { createHandler as createSearch } from '../../functions/search/handler.ts';
import { createHandler as createSubmit } from '../../functions/submit/handler.ts';
import { createHandler as createUploads } from '../../functions/uploads/handler.ts';
import type { City } from '../../shared/config/city.ts';
import { parseSecret } from '../../shared/config/secret.ts';
import { Keys } from '../../shared/http/credentials.ts';
import { Limits } from '../../shared/http/limits.ts';
import type { HttpHandler } from '../../shared/http/endpoint.ts';
import { Counters } from '../../shared/store/counters.ts';
import { Ledger } from '../../shared/store/ledger.ts';
import { ReportStore } from '../../shared/store/records.ts';
import { city } from './city.ts';
import { startEngine } from './engine.ts';
import { startKms } from './kms.ts';
import { start } from './reports.ts';

export type Reply = { status: number; headers: Record<string, unknown>; body: Record<string, unknown> };
export type Call = {
  headers?: Record<string, string | undefined>;
  body?: unknown;
  query?: Record<string, string>;
  /** The address that the gateway says it comes from. */
  from?: string;
  staff?: { username: string; role: string; departments?: string; areas?: string };
};

export const bucket = 'photos';
export const siteProof = 'through the site';
export const keys = new Keys(
  { ...parseSecret('a secret of more than thirty-two characters'), captcha: 'captcha-secret' },
  start,
);

/** The HTTP functions as they are, on real engines, called as the gateway calls them. */
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
  const store = new ReportStore(engine.client, engine.reports);
  const ledger = new Ledger(engine.client, engine.ledger, () => Promise.resolve());
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
  const deps = {
    city: rules,
    store,
    ledger,
    photos: { client: s3, bucket },
    keys: () => Promise.resolve(keys),
    now: () => clock.now,
    limits: new Limits(limitDependencies),
    newLink: randomUUID,
    signIn: { issuer: 'https://issuer.example', clientId: 'pages' },
  };
  const submit = createSubmit({ ...deps, contacts: kms.sealer });
  const [uploads, read] = [createUploads(deps), createRead(deps)];
  const desk = createDesk({ ...deps, contacts: kms.opener });
  const [command, search] = [createResidentCommand(deps), createSearch(deps)];
  const [figures, policy] = [createFigures(deps), createPolicy(deps)];
  const routes: [RegExp, string, HttpHandler][] = [
    [/^POST \/api\/(desk\/)?uploads$/, '', uploads],
    [/^POST \/api\/reports$/, 'POST /api/reports', submit],
    [/^POST \/api\/desk\/reports$/, 'POST /api/desk/reports', submit],
    [/^POST \/api\/desk\/search$/, '', search],
    [/^POST \/api\/desk\/policy$/, '', policy],
    [/^GET \/api\/desk\/(stats|league)$/, '', figures],
    [/^GET \/api\/city$/, 'GET /api/city', read],
    [/^GET \/api\/reports$/, '', read],
    [/^GET \/api\/reports\/([^/]+)$/, 'GET /api/reports/{number}', read],
    [/^POST \/api\/reports\/([^/]+)\/commands$/, 'POST /api/reports/{number}/commands', command],
    [/^POST \/api\/reports\/([^/]+)\/link$/, 'POST /api/reports/{number}/link', command],
    [/^GET \/api\/desk\/(me|alerts|counts|reports)$/, '', desk],
    [/^GET \/api\/desk\/reports\/([^/]+)$/, 'GET /api/desk/reports/{number}', desk],
    [/^POST \/api\/desk\/reports\/([^/]+)\/commands$/, 'POST /api/desk/reports/{number}/commands', desk],
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

  /** Puts bytes where an upload form would have, and answers the keys. */
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
    dynamodb: engine.client,
    reportsTable: engine.reports,
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

import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  createPresignedPost,
  type PresignedPost,
  type PresignedPostOptions,
} from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cloud } from '../../infra/local/cloud.ts';
import { arnOf, startTiny } from './local-tiny-cloud.ts';

/** The embedded cloud's HTTP server: API, authorizer, pages, sign-in, and the refusals of S3. */

let cloud: Cloud;
let stop: () => Promise<void>;
let s3: S3Client;

const longPage = `<!doctype html>${'word '.repeat(2_000)}`;

const echo = `export const handler = async (event) => {
  if (event.rawPath === '/api/plain') return { anything: [1] };
  if (event.rawPath === '/api/broken') return { statusCode: 'soon' };
  if (event.rawPath === '/api/throws') throw new Error('on purpose');
  if (event.rawPath === '/api/bytes') return { statusCode: 200, isBase64Encoded: true, headers: { 'content-type': 'image/png' }, body: 'AAEC', cookies: ['a=1', 'b=2'] };
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) };
};`;

beforeAll(async () => {
  const route = (key: string, properties: object = {}): object => ({
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: {
      ApiId: { Ref: 'Api' },
      RouteKey: key,
      Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] },
      ...properties,
    },
  });
  const guarded = { AuthorizationType: 'JWT', AuthorizerId: { Ref: 'Authorizer' } };
  ({ cloud, stop } = await startTiny(
    {
      resources: {
        Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'Api', ProtocolType: 'HTTP' } },
        Stage: {
          Type: 'AWS::ApiGatewayV2::Stage',
          Properties: {
            ApiId: { Ref: 'Api' },
            StageName: '$default',
            DefaultRouteSettings: { ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 1000 },
            RouteSettings: { 'GET /api/rare': { ThrottlingRateLimit: 0.01, ThrottlingBurstLimit: 2 } },
          },
        },
        Integration: {
          Type: 'AWS::ApiGatewayV2::Integration',
          Properties: {
            ApiId: { Ref: 'Api' },
            IntegrationType: 'AWS_PROXY',
            IntegrationUri: arnOf('EchoFunction'),
            PayloadFormatVersion: '2.0',
          },
        },
        Authorizer: {
          Type: 'AWS::ApiGatewayV2::Authorizer',
          Properties: {
            ApiId: { Ref: 'Api' },
            AuthorizerType: 'JWT',
            IdentitySource: ['$request.header.Authorization'],
            JwtConfiguration: { Issuer: arnOf('Pool', 'ProviderURL'), Audience: [{ Ref: 'Client' }] },
          },
        },
        Everything: route('ANY /api/{proxy+}'),
        Report: route('POST /api/reports/{number}'),
        Rare: route('GET /api/rare'),
        Staff: route('GET /api/staff', { ...guarded, AuthorizationScopes: ['openid'] }),
        Boss: route('GET /api/boss', { ...guarded, AuthorizationScopes: ['boss'] }),
        Pool: {
          Type: 'AWS::Cognito::UserPool',
          Properties: {
            LambdaConfig: {
              PreTokenGenerationConfig: { LambdaArn: arnOf('ClaimsFunction'), LambdaVersion: 'V2_0' },
            },
          },
        },
        Client: {
          Type: 'AWS::Cognito::UserPoolClient',
          Properties: {
            UserPoolId: { Ref: 'Pool' },
            AllowedOAuthFlows: ['code'],
            AllowedOAuthScopes: ['openid', 'profile'],
            CallbackURLs: [{ 'Fn::Join': ['', ['https://', arnOf('Distribution', 'DomainName'), '/desk/']] }],
          },
        },
        Photos: {
          Type: 'AWS::S3::Bucket',
          Properties: {
            BucketName: 'photos',
            CorsConfiguration: {
              CorsRules: [
                {
                  AllowedOrigins: ['*'],
                  AllowedMethods: ['GET', 'POST'],
                  AllowedHeaders: ['content-type'],
                  ExposedHeaders: ['ETag'],
                  MaxAge: 60,
                },
              ],
            },
            LifecycleConfiguration: {
              Rules: [{ Status: 'Enabled', Prefix: 'uploads/', ExpirationInDays: 2 }],
            },
          },
        },
        Secret: {
          Type: 'AWS::SecretsManager::Secret',
          Properties: { GenerateSecretString: { PasswordLength: 40, ExcludePunctuation: true } },
        },
      },
      outputs: { SecretArn: { Value: { Ref: 'Secret' } }, ClientId: { Value: { Ref: 'Client' } } },
      functions: {
        EchoFunction: { code: echo },
        ClaimsFunction: {
          code: `export const handler = async (event) => {
            event.response = { claimsAndScopeOverrideDetails: { accessTokenGeneration: { claimsToAddOrOverride: { departments: event.request.userAttributes['custom:departments'] } } } };
            return event;
          };`,
        },
      },
      pages: {
        'index.html': '<!doctype html>home',
        'desk/index.html': '<!doctype html>desk',
        'long.html': longPage,
        'long.png': longPage,
        'assets/app.js': 'not deployed',
      },
      city: {
        name: { zh: '城', en: 'City' },
        departments: [{ id: 'water', name: { zh: '供水', en: 'Water' } }],
        staff: [
          { username: 'wang', name: '王 <师傅>', role: 'handler', departments: ['water', 'gas'], areas: [] },
        ],
      },
    },
    { keep: true },
  ));
  s3 = new S3Client({
    endpoint: cloud.endpoints.s3,
    region: cloud.region,
    credentials: cloud.credentials,
    forcePathStyle: true,
  });
});

afterAll(async () => {
  await stop();
});

describe('the API', () => {
  it('passes a request to its function in payload format 2.0', async () => {
    const response = await fetch(`${cloud.url}/api/reports/SB%2F1?a=1&a=2&b=%E6%B0%B4`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: 'x=1; y=2', 'X-Mixed': 'Case' },
      body: '{"text":"水 🚰"}',
    });
    expect(await response.json()).toMatchObject({
      version: '2.0',
      routeKey: 'POST /api/reports/{number}',
      rawPath: '/api/reports/SB%2F1',
      rawQueryString: 'a=1&a=2&b=%E6%B0%B4',
      queryStringParameters: { a: '1,2', b: '水' },
      pathParameters: { number: 'SB/1' },
      cookies: ['x=1', 'y=2'],
      headers: { 'x-mixed': 'Case', 'content-type': 'application/json', 'x-forwarded-for': '127.0.0.1' },
      requestContext: {
        stage: '$default',
        http: { method: 'POST', path: '/api/reports/SB%2F1', sourceIp: '127.0.0.1' },
      },
      body: '{"text":"水 🚰"}',
      isBase64Encoded: false,
    });
  });

  it('passes binary bodies as base64', async () => {
    const response = await fetch(`${cloud.url}/api/any`, {
      method: 'PUT',
      headers: { 'content-type': 'application/octet-stream' },
      body: Uint8Array.from([0, 255]),
    });
    expect(await response.json()).toMatchObject({
      body: 'AP8=',
      isBase64Encoded: true,
      routeKey: 'ANY /api/{proxy+}',
    });
  });

  it('returns the responses of functions', async () => {
    const plain = await fetch(`${cloud.url}/api/plain`);
    expect([plain.status, plain.headers.get('content-type'), await plain.json()]).toEqual([
      200,
      'application/json',
      { anything: [1] },
    ]);
    const bytes = await fetch(`${cloud.url}/api/bytes`);
    expect([...new Uint8Array(await bytes.arrayBuffer())]).toEqual([0, 1, 2]);
    expect(bytes.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  it.each([
    ['/api/throws', 500, 'Internal Server Error'],
    ['/api/broken', 500, 'Internal Server Error'],
  ])('answers %s with %i', async (path, status, message) => {
    const response = await fetch(cloud.url + path);
    expect([response.status, await response.json()]).toEqual([status, { message }]);
  });

  it('refuses a body over 10 MB', async () => {
    const response = await fetch(`${cloud.url}/api/any`, {
      method: 'POST',
      body: new Uint8Array(10 * 1024 * 1024 + 1),
    }).catch(() => undefined);
    // The connection may be closed before a client that is still sending has read the response.
    if (response) expect(response.status).toBe(413);
  });

  it('throttles requests', async () => {
    const statuses = await Promise.all(
      [1, 2, 3, 4].map(async () => (await fetch(`${cloud.url}/api/rare`)).status),
    );
    expect(statuses.sort()).toEqual([200, 200, 429, 429]);
  });
});

describe('the authorizer', () => {
  const get = (path: string, token?: string): Promise<Response> =>
    fetch(cloud.url + path, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });

  it('accepts a token of the pool, and passes its claims as text', async () => {
    const response = await get('/api/staff', await cloud.token('wang'));
    const event = (await response.json()) as {
      requestContext: { authorizer: { jwt: { claims: Record<string, string>; scopes: string[] } } };
    };
    expect(event.requestContext.authorizer.jwt.claims).toMatchObject({
      username: 'wang',
      'cognito:groups': '[handler]',
      departments: 'water gas',
      client_id: cloud.outputs['ClientId'],
      iss: `${cloud.url}/oidc`,
      token_use: 'access',
    });
    expect(event.requestContext.authorizer.jwt.scopes).toEqual(['openid']);
  });

  it('refuses a request without a token, with an invalid one, or without the scope', async () => {
    const none = await get('/api/staff');
    expect([none.status, none.headers.get('www-authenticate'), await none.json()]).toEqual([
      401,
      'Bearer',
      { message: 'Unauthorized' },
    ]);
    const token = await cloud.token('wang');
    const [header = '', payload = '', signature = ''] = token.split('.');
    const other = Buffer.from(
      JSON.stringify({
        ...(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object),
        username: 'boss',
      }),
    ).toString('base64url');
    const forged = await get('/api/staff', `${header}.${other}.${signature}`);
    expect(forged.status).toBe(401);
    expect(forged.headers.get('www-authenticate')).toContain('error="invalid_token"');
    const narrow = await get('/api/boss', token);
    expect([narrow.status, narrow.headers.get('www-authenticate')]).toEqual([
      403,
      'Bearer scope="boss" error="insufficient_scope"',
    ]);
  });

  it('has a command that issues tokens and lists the users', async () => {
    const known = await fetch(`${cloud.url}/local/token`, { method: 'POST', body: '{"user":"wang"}' });
    expect(await known.json()).toMatchObject({ expiresIn: 3600 });
    const unknown = await fetch(`${cloud.url}/local/token`, { method: 'POST', body: '{"user":"nobody"}' });
    expect([unknown.status, await unknown.json()]).toMatchObject([
      404,
      { code: 'unknown-user', users: [{ username: 'wang' }] },
    ]);
  });
});

describe('signing in', () => {
  it('takes one click and returns a token of the pool', async () => {
    const jar = new Map<string, string>();
    const visit = async (url: string, init: RequestInit = {}): Promise<Response> => {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(new URL(url, cloud.url), {
        redirect: 'manual',
        ...init,
        headers: { cookie, ...(init.headers as Record<string, string>) },
      });
      for (const one of response.headers.getSetCookie())
        jar.set(one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1).split(';', 1)[0] ?? '');
      return response;
    };
    const discovery = (await (await visit('/oidc/.well-known/openid-configuration')).json()) as Record<
      string,
      string
    >;
    expect(discovery).toMatchObject({
      issuer: `${cloud.url}/oidc`,
      token_endpoint: `${cloud.url}/oidc/token`,
    });
    const verifier = 'v'.repeat(43);
    const challenge = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(verifier))).toString(
      'base64url',
    );
    const client_id = cloud.outputs['ClientId'] ?? '';
    const redirect_uri = `${cloud.url}/desk/`;
    const query = new URLSearchParams({
      client_id,
      redirect_uri,
      response_type: 'code',
      scope: 'openid profile',
      state: 's',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });

    const asked = await visit(`${discovery['authorization_endpoint'] ?? ''}?${query.toString()}`);
    const page = asked.headers.get('location') ?? '';
    const html = await (await visit(page)).text();
    expect(html).toContain('王 &#60;师傅&#62;');
    expect(html).toContain('供水、gas');
    expect(html).toContain('只用于这一台机器');
    const clicked = await visit(page, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'user=wang',
    });
    const back = await visit(clicked.headers.get('location') ?? '');
    const landed = new URL(back.headers.get('location') ?? '');
    expect(landed.origin + landed.pathname).toBe(redirect_uri);

    const traded = await fetch(discovery['token_endpoint'] ?? '', {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id,
        redirect_uri,
        code: landed.searchParams.get('code') ?? '',
        code_verifier: verifier,
      }),
    });
    const tokens = (await traded.json()) as { access_token: string; id_token: string; refresh_token: string };
    const staff = await fetch(`${cloud.url}/api/staff`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(await staff.json()).toMatchObject({
      requestContext: {
        authorizer: {
          jwt: { claims: { username: 'wang', departments: 'water gas', 'cognito:groups': '[handler]' } },
        },
      },
    });
    // An identity token is refused.
    expect(
      (await fetch(`${cloud.url}/api/staff`, { headers: { authorization: `Bearer ${tokens.id_token}` } }))
        .status,
    ).toBe(403);
    const renewed = await fetch(discovery['token_endpoint'] ?? '', {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id,
        refresh_token: tokens.refresh_token,
      }),
    });
    expect(renewed.status).toBe(200);
  });
});

describe('pages', () => {
  it('are served from the deployed folder with the headers of the distribution', async () => {
    const home = await fetch(`${cloud.url}/`);
    expect(await home.text()).toContain('home');
    expect(home.headers.get('cache-control')).toBe('no-cache');
    expect(home.headers.get('x-frame-options')).toBe('DENY');
    expect(await (await fetch(`${cloud.url}/desk/`)).text()).toContain('desk');
    const etag = home.headers.get('etag') ?? '';
    expect((await fetch(`${cloud.url}/`, { headers: { 'if-none-match': etag } })).status).toBe(304);
  });

  const read = (
    path: string,
    acceptEncoding: string,
    more: { method?: string; ifNoneMatch?: string } = {},
  ): Promise<Response> =>
    fetch(cloud.url + path, {
      method: more.method ?? 'GET',
      headers: {
        'accept-encoding': acceptEncoding,
        ...(more.ifNoneMatch !== undefined && { 'if-none-match': more.ifNoneMatch }),
      },
    });
  const encoding = ({ headers }: Response): (string | null)[] => [
    headers.get('content-encoding'),
    headers.get('vary'),
  ];

  it.each(['gzip', 'deflate, gzip;q=0.5', 'br, gzip'])('are compressed if accepted: %s', async (accepts) => {
    const page = await read('/long.html', accepts);
    expect(encoding(page)).toEqual(['gzip', 'accept-encoding']);
    expect(Number(page.headers.get('content-length'))).toBeLessThan(longPage.length / 10);
    expect(await page.text()).toBe(longPage);
    const head = await read('/long.html', accepts, { method: 'HEAD' });
    expect([...encoding(head), head.headers.get('content-length')]).toEqual([
      'gzip',
      'accept-encoding',
      page.headers.get('content-length'),
    ]);
    const etag = page.headers.get('etag') ?? '';
    expect(etag).toMatch(/^W\/"\w+"$/);
    expect((await read('/long.html', accepts, { ifNoneMatch: etag })).status).toBe(304);
  });

  it.each(['identity', 'gzip;q=0', 'x-gzip'])('are not compressed for %s', async (accepts) => {
    const page = await read('/long.html', accepts);
    expect(encoding(page)).toEqual([null, 'accept-encoding']);
    expect(page.headers.get('content-length')).toBe(String(longPage.length));
    expect(await page.text()).toBe(longPage);
  });

  it('are not compressed where it is of no use', async () => {
    expect(encoding(await read('/', 'gzip'))).toEqual([null, null]);
    expect(encoding(await read('/long.png', 'gzip'))).toEqual([null, null]);
  });

  it('are compressed only if cacheable, as are API responses', async () => {
    const query = `?${'x'.repeat(2_000)}`;
    const city = await read(`/api/city${query}`, 'gzip');
    expect(encoding(city)).toEqual(['gzip', 'accept-encoding']);
    expect(await city.json()).toMatchObject({ rawPath: '/api/city' });
    expect(encoding(await read(`/api/city${query}`, 'identity'))).toEqual([null, 'accept-encoding']);
    expect(encoding(await read(`/api/other${query}`, 'gzip'))).toEqual([null, null]);
  });

  it.each(['/nothing', '/assets/app.js', '/..%2f..%2fdata/root-key', '/%00'])('has no %s', async (path) => {
    expect((await fetch(cloud.url + path)).status).toBe(404);
  });
});

describe('the bucket', () => {
  const post = async (options: Partial<PresignedPostOptions> = {}): Promise<PresignedPost> =>
    createPresignedPost(s3, {
      Bucket: 'photos',
      Key: 'uploads/one',
      Conditions: [
        ['content-length-range', 5, 10],
        ['eq', '$Content-Type', 'image/png'],
      ],
      Fields: { 'Content-Type': 'image/png' },
      Expires: 600,
      ...options,
    });
  const send = async (
    { url, fields }: PresignedPost,
    content: string,
    changes: Record<string, string | undefined> = {},
  ): Promise<{ status: number; code: string | undefined; text: string }> => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...fields, ...changes }))
      if (value !== undefined) form.append(name, value);
    form.append('file', new Blob([content]), 'photo.png');
    const response = await fetch(url, { method: 'POST', body: form });
    const text = await response.text();
    return { status: response.status, code: /<Code>(\w+)<\/Code>/.exec(text)?.[1], text };
  };

  it('accepts a file that its policy allows', async () => {
    expect(await send(await post(), '12345678')).toMatchObject({ status: 204 });
    const head = await s3.send(new HeadObjectCommand({ Bucket: 'photos', Key: 'uploads/one' }));
    expect([head.ContentLength, head.ContentType]).toEqual([8, 'image/png']);
    expect(
      await send(
        await post({ Fields: { 'Content-Type': 'image/png', success_action_status: '201' } }),
        '12345678',
      ),
    ).toMatchObject({ status: 201, text: expect.stringContaining('<Key>uploads/one</Key>') });
  });

  it.each<[string, string, Record<string, string | undefined>, number, string]>([
    ['too large', '12345678901', {}, 400, 'EntityTooLarge'],
    ['too small', '1234', {}, 400, 'EntityTooSmall'],
    ['of another type', '12345678', { 'Content-Type': 'text/html' }, 403, 'AccessDenied'],
    ['for another key', '12345678', { key: 'uploads/two' }, 403, 'AccessDenied'],
    ['with another field', '12345678', { 'x-amz-meta-more': '1' }, 403, 'AccessDenied'],
    [
      'with a changed policy',
      '12345678',
      { Policy: Buffer.from('{"expiration":"2099-01-01T00:00:00Z","conditions":[]}').toString('base64') },
      403,
      'SignatureDoesNotMatch',
    ],
    [
      'with a changed signature',
      '12345678',
      { 'X-Amz-Signature': '0'.repeat(64) },
      403,
      'SignatureDoesNotMatch',
    ],
    ['without a policy', '12345678', { Policy: undefined }, 403, 'AccessDenied'],
    [
      'of an unknown key pair',
      '12345678',
      { 'X-Amz-Credential': 'AKIAOTHER/20260101/us-east-1/s3/aws4_request' },
      403,
      'InvalidAccessKeyId',
    ],
  ])('refuses a file %s', async (_, content, changes, status, code) => {
    expect(await send(await post({ Key: 'uploads/refused' }), content, changes)).toMatchObject({
      status,
      code,
    });
    await expect(
      s3.send(new HeadObjectCommand({ Bucket: 'photos', Key: 'uploads/refused' })),
    ).rejects.toMatchObject({ name: 'NotFound' });
  });

  it('refuses a form for another bucket, a malformed one, and keys outside the bucket', async () => {
    const form = await post();
    expect(
      await send({ ...form, url: form.url.replace('photos', 'tiny-pagebucket') }, '12345678'),
    ).toMatchObject({ status: 403, code: 'AccessDenied' });
    const broken = await fetch(form.url, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      body: '--x\r\nnonsense',
    });
    expect([broken.status, await broken.text()]).toEqual([
      400,
      expect.stringContaining('MalformedPOSTRequest'),
    ]);
    const Key = '../../clock.json';
    expect(await send(await post({ Key }), '12345678')).toMatchObject({ status: 400, code: 'InvalidURI' });
  });

  it('refuses a file above its size range without storing it', async () => {
    const form = await post();
    expect(await send(form, 'x'.repeat(20_000_000))).toMatchObject({ status: 400, code: 'EntityTooLarge' });
  });

  it('serves a presigned URL until it expires', async () => {
    await s3.send(
      new PutObjectCommand({
        Bucket: 'photos',
        Key: 'photos/水 1.txt',
        Body: 'hello',
        ContentType: 'text/plain',
        Metadata: { a: 'b' },
      }),
    );
    const url = await getSignedUrl(
      s3,
      new GetObjectCommand({ Bucket: 'photos', Key: 'photos/水 1.txt', ResponseContentType: 'text/x-other' }),
      { expiresIn: 60 },
    );
    const response = await fetch(url, { headers: { origin: 'https://example.org' } });
    expect([response.status, await response.text(), response.headers.get('content-type')]).toEqual([
      200,
      'hello',
      'text/x-other',
    ]);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect((await fetch(url, { headers: { range: 'bytes=1-3' } })).status).toBe(206);
    const status = async (address: string, init?: RequestInit): Promise<number> =>
      (await fetch(address, init)).status;
    expect(await status(url.replace('photos/%E6', 'photos/%E7'))).toBe(403);
    expect(await status(url.replace(/X-Amz-Expires=\d+/, 'X-Amz-Expires=600'))).toBe(403);
    expect(await status(url, { method: 'HEAD' })).toBe(403);
    expect(await status(`${cloud.url}/photos/photos/%E6%B0%B4%201.txt`)).toBe(403);
    expect(await status(`${cloud.url}/photos?list-type=2`)).toBe(403);
    await cloud.advance(61_000);
    const late = await fetch(url);
    expect([late.status, await late.text()]).toEqual([403, expect.stringContaining('Request has expired')]);
  });

  it('refuses an expired form', async () => {
    const form = await post({ Expires: 60 });
    await cloud.advance(120_000);
    expect(await send(form, '12345678')).toMatchObject({
      status: 403,
      code: 'AccessDenied',
      text: expect.stringContaining('Policy expired'),
    });
  });

  it('answers preflight requests by its CORS rules', async () => {
    const ask = (method: string, headers: string): Promise<Response> =>
      fetch(`${cloud.url}/photos`, {
        method: 'OPTIONS',
        headers: {
          origin: 'https://example.org',
          'access-control-request-method': method,
          'access-control-request-headers': headers,
        },
      });
    const allowed = await ask('POST', 'content-type');
    expect([
      allowed.status,
      allowed.headers.get('access-control-allow-methods'),
      allowed.headers.get('access-control-max-age'),
    ]).toEqual([200, 'GET, POST', '60']);
    expect((await ask('DELETE', 'content-type')).status).toBe(403);
    expect((await ask('POST', 'x-secret')).status).toBe(403);
  });

  it('refuses unsigned requests at the engine’s own port', async () => {
    expect((await fetch(`${cloud.endpoints.sqs}/photos/uploads/one`)).status).toBe(403);
  });
});

describe('other endpoints', () => {
  it('return a secret to signed requests only', async () => {
    const secrets = new SecretsManagerClient({
      endpoint: cloud.endpoints.secretsManager,
      region: cloud.region,
      credentials: cloud.credentials,
    });
    const { SecretString } = await secrets.send(
      new GetSecretValueCommand({ SecretId: cloud.outputs['SecretArn'] }),
    );
    expect(SecretString).toMatch(/^[A-Za-z0-9]{40}$/);
    const stranger = new SecretsManagerClient({
      endpoint: cloud.endpoints.secretsManager,
      region: cloud.region,
      credentials: { ...cloud.credentials, secretAccessKey: 'guessed' },
    });
    await expect(
      stranger.send(new GetSecretValueCommand({ SecretId: cloud.outputs['SecretArn'] })),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('refuse host names other than this machine’s', async () => {
    const status = await new Promise<number | undefined>((done) => {
      httpRequest(`${cloud.url}/local/clock`, { headers: { host: 'evil.example:80' } }, (response) => {
        response.resume();
        done(response.statusCode);
      }).end();
    });
    expect(status).toBe(403);
  });

  it('report health', async () => {
    expect(await (await fetch(`${cloud.url}/local/health`)).json()).toMatchObject({ ready: true });
    expect((await fetch(`${cloud.url}/local/nothing`)).status).toBe(404);
  });
});

import { createHmac } from 'node:crypto';
import { exportSPKI, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { authorize, type Authorization } from '../../infra/local/http/authorizer.ts';

const issuer = 'https://sign-in.example';
const wanted = { issuer, audience: ['pages'], scopes: ['openid'] };
const claims = { username: 'wang', client_id: 'pages', scope: 'openid', token_use: 'access' };

let ours: Awaited<ReturnType<typeof generateKeyPair>>;
let theirs: Awaited<ReturnType<typeof generateKeyPair>>;

beforeAll(async () => {
  [ours, theirs] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')]);
});

const text = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const now = (): number => Math.floor(Date.now() / 1000);

function signed(payload: JWTPayload, key = ours.privateKey, from = issuer): Promise<string> {
  return new SignJWT({ ...claims, ...payload })
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(from)
    .setIssuedAt()
    .setExpirationTime(payload.exp ?? now() + 600)
    .sign(key);
}

const ask = (token: string): Promise<Authorization> =>
  authorize(`Bearer ${token}`, wanted, (from) =>
    from === issuer ? () => Promise.resolve(ours.publicKey) : undefined,
  );

describe('the authorizer', () => {
  it('accepts tokens that its issuer signed for these pages', async () => {
    expect(await ask(await signed({}))).toMatchObject({ ok: true, jwt: { claims: { username: 'wang' } } });
  });

  it.each<[string, () => Promise<string>]>([
    ['signed by another key', () => signed({}, theirs.privateKey)],
    ['of another issuer, such as another city', () => signed({}, ours.privateKey, 'https://other.example')],
    ['for another audience', () => signed({ client_id: 'others' })],
    ['that has expired', () => signed({ exp: now() - 60 })],
    ['that is not valid yet', () => signed({ nbf: now() + 600 })],
    ['without a signature', async () => `${(await signed({})).split('.').slice(0, 2).join('.')}.`],
    [
      'that says it needs no signature',
      () =>
        Promise.resolve(`${text({ alg: 'none' })}.${text({ ...claims, iss: issuer, exp: now() + 600 })}.x`),
    ],
    [
      'signed with the public key as if it were a secret',
      async () => {
        const body = `${text({ alg: 'HS256' })}.${text({ ...claims, iss: issuer, exp: now() + 600 })}`;
        const secret = await exportSPKI(ours.publicKey);
        return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
      },
    ],
    [
      'whose claims were changed',
      async () => {
        const [header, , signature] = (await signed({})).split('.');
        return [header, text({ ...claims, iss: issuer, username: 'boss', exp: now() + 600 }), signature].join(
          '.',
        );
      },
    ],
    ['that is no token', () => Promise.resolve('a.b')],
  ])('refuses a token %s', async (_, make) => {
    expect(await ask(await make())).toMatchObject({ ok: false, status: 401 });
  });

  it('refuses a token without the scope', async () => {
    expect(await ask(await signed({ scope: 'email' }))).toMatchObject({ ok: false, status: 403 });
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type Api, type Reply } from '../support/api.ts';
import { leak, system } from '../support/reports.ts';
import { city } from '../support/city.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const manager = { username: 'gao', role: 'manager', departments: '', areas: 'qilu' };

type Filed = { number: string; token: string; key: string };

async function file(): Promise<Filed> {
  const key = randomUUID();
  const { body } = await api.call('POST /api/reports', {
    headers: { 'idempotency-key': key },
    body: { description: '三号楼二单元楼道漏水', location: { area: 'tinglan-court' } },
  });
  const number = String(body['number']);
  await api.store.execute(number, leak, { now: api.clock.now, actor: system('classify'), city });
  return { number, token: String(body['trackingToken']), key };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function opens(number: string, token: string): Promise<boolean> {
  const { status } = await api.call(`GET /api/reports/${number}`, { headers: bearer(token) });
  expect([200, 404]).toContain(status);
  return status === 200;
}

const renew = (number: string, token: string, key: string | undefined): Promise<Reply> =>
  api.call(`POST /api/reports/${number}/commands`, {
    headers: { ...bearer(token), 'idempotency-key': key },
    body: { type: 'renew-link' },
  });

const askBySender = (number: string, key: string | undefined): Promise<Reply> =>
  api.call(`POST /api/reports/${number}/link`, { headers: { 'idempotency-key': key }, body: {} });

async function stop(number: string, staff = manager): Promise<Reply> {
  const version = (await api.store.load(number))?.record.version;
  return api.call(`POST /api/desk/reports/${number}/commands`, {
    staff,
    body: { type: 'revoke-link', reason: '链接被发到了群里', version },
  });
}

const tokenIn = ({ body }: Reply): string => String(body['trackingToken']);

describe('a tracking link', () => {
  it('is replaced when the resident renews it, and the old one no longer opens the report', async () => {
    const { number, token } = await file();
    const renewed = await renew(number, token, randomUUID());
    expect(renewed.status).toBe(200);
    expect(renewed.body).toMatchObject({
      number,
      trackingToken: expect.stringMatching(/^[\w-]{43}$/) as string,
      trackUrl: `/?report=${number}#${tokenIn(renewed)}`,
    });
    expect(tokenIn(renewed)).not.toBe(token);
    expect(await opens(number, token)).toBe(false);
    expect(await opens(number, tokenIn(renewed))).toBe(true);
    const again = await renew(number, tokenIn(renewed), randomUUID());
    expect(await opens(number, tokenIn(renewed))).toBe(false);
    expect(await opens(number, tokenIn(again))).toBe(true);
  });

  it('is returned again for a retry of the request that renewed it, and for no other request', async () => {
    const { number, token } = await file();
    const key = randomUUID();
    const replies = await Promise.all([renew(number, token, key), renew(number, token, key)]);
    replies.push(await renew(number, token, key));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(replies.map(tokenIn)).size).toBe(1);
    expect((await renew(number, token, randomUUID())).status).toBe(404);
    expect((await renew(number, token, undefined)).status).toBe(404);
    const note = await api.call(`POST /api/reports/${number}/commands`, {
      headers: { ...bearer(token), 'idempotency-key': key },
      body: { type: 'note', text: '冒名的补充' },
    });
    expect(note.body).toMatchObject({ code: 'idempotency-key-reused' });
  });

  it('that was replaced does not work with the idempotency key of an earlier command', async () => {
    const { number, token } = await file();
    const ofThief = randomUUID();
    const note = (text: string): Promise<Reply> =>
      api.call(`POST /api/reports/${number}/commands`, {
        headers: { ...bearer(token), 'idempotency-key': ofThief },
        body: { type: 'note', text },
      });
    expect((await note('还在漏水')).status).toBe(200);
    expect((await renew(number, token, randomUUID())).status).toBe(200);
    expect((await note('还在漏水')).status).toBe(404);
    expect((await renew(number, token, ofThief)).status).toBe(404);
  });

  it('that was replaced allows retries of the request that renewed it for ten minutes', async () => {
    const { number, token } = await file();
    const key = randomUUID();
    const renewed = await renew(number, token, key);
    const { now } = api.clock;
    const after = (minutes: number): string => new Date(Date.parse(now) + minutes * 60_000).toISOString();
    api.clock.now = after(10);
    expect(tokenIn(await renew(number, token, key))).toBe(tokenIn(renewed));
    api.clock.now = after(10.1);
    expect((await renew(number, token, key)).status).toBe(404);
    api.clock.now = now;
  });

  it('is not renewed without an idempotency key', async () => {
    const { number, token } = await file();
    expect((await renew(number, token, undefined)).body).toMatchObject({ code: 'idempotency-key-required' });
    expect(await opens(number, token)).toBe(true);
  });

  it('is returned to the device that submitted the report, whoever renewed it', async () => {
    const { number, token, key } = await file();
    expect(tokenIn(await askBySender(number, key))).toBe(token);
    const renewed = await renew(number, token, randomUUID());
    const asked = await askBySender(number, key);
    expect(asked.body).toEqual({
      number,
      trackingToken: tokenIn(renewed),
      trackUrl: expect.stringContaining(tokenIn(renewed)) as string,
    });
    expect(await askBySender(number, randomUUID())).toEqual(await askBySender('YT-261120-00000A', key));
    expect((await askBySender(number, randomUUID())).status).toBe(404);
  });

  it('that staff revoked does not work, and only the submitting device gets a new one', async () => {
    const { number, token, key } = await file();
    const stopped = await stop(number);
    expect(stopped.status).toBe(200);
    const { tokenHash, link } = (await api.store.load(number))?.private ?? {};
    expect({ tokenHash, link }).toEqual({ tokenHash: '', link: undefined });
    expect(JSON.stringify(stopped.body)).not.toContain('trackingToken');
    expect(await opens(number, token)).toBe(false);
    expect((await renew(number, token, randomUUID())).status).toBe(404);

    const [one, two] = await Promise.all([askBySender(number, key), askBySender(number, key)]);
    expect(one.status).toBe(200);
    expect(tokenIn(two)).toBe(tokenIn(one));
    expect(tokenIn(one)).not.toBe(token);
    expect(await opens(number, tokenIn(one))).toBe(true);
    const { body } = await api.call(`GET /api/reports/${number}`, { headers: bearer(tokenIn(one)) });
    expect((body['timeline'] as { type: string }[]).map(({ type }) => type).slice(-2)).toEqual([
      'link-revoked.v1',
      'link-renewed.v1',
    ]);
    // The same a second time.
    await stop(number);
    expect(await opens(number, tokenIn(one))).toBe(false);
    expect(await opens(number, tokenIn(await askBySender(number, key)))).toBe(true);
  });

  it('is returned for a repeated submission after a renewal', async () => {
    const { number, token, key } = await file();
    const renewed = await renew(number, token, randomUUID());
    const repeated = await api.call('POST /api/reports', {
      headers: { 'idempotency-key': key },
      body: { description: '三号楼二单元楼道漏水', location: { area: 'tinglan-court' } },
    });
    expect(repeated.body).toMatchObject({ number, trackingToken: tokenIn(renewed) });
  });

  it('cannot be revoked by a handler', async () => {
    const { number, token } = await file();
    const handler = { username: 'wang', role: 'handler', departments: 'property-kangning', areas: '' };
    expect((await stop(number, handler)).status).toBe(403);
    expect(await opens(number, token)).toBe(true);
  });
});

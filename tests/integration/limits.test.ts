import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { City } from '../../shared/config/city.ts';
import { formatNumber } from '../../shared/kernel/number.ts';
import { Limits, networkOf } from '../../shared/http/limits.ts';
import { keyOf } from '../../shared/store/item.ts';
import { siteProof, startApi, type Api, type Call, type Reply } from '../support/api.ts';
import { city } from '../support/city.ts';
import { start } from '../support/reports.ts';

const limits: City['limits'] = {
  reports: {
    contact: { most: 2, per: 'day' },
    device: { most: 3, per: 'hour' },
    address: { most: 5, per: 'minute' },
  },
  uploads: { device: { most: 4, per: 'hour' }, address: { most: 1000, per: 'hour' } },
  wrongLinks: { address: { most: 3, per: 'hour' } },
};

let api: Api;
beforeAll(async () => {
  api = await startApi({ ...city, limits });
});
afterAll(() => api.stop());

const report = { description: '三号楼二单元楼道漏水', location: { area: 'tinglan-court' } };
let addresses = 0;
/** An unused address. */
const fresh = (): string => `203.0.113.${(addresses += 1)}`;

function submit(more: Call = {}, body: object = report): Promise<Reply> {
  return api.call('POST /api/reports', {
    body,
    ...more,
    headers: { 'idempotency-key': randomUUID(), ...more.headers },
  });
}

async function statuses(times: number, send: () => Promise<Reply>): Promise<number[]> {
  const seen: number[] = [];
  for (let time = 0; time < times; time += 1) seen.push((await send()).status);
  return seen;
}

describe('limits', () => {
  it('by address refuse further reports, and say when to retry and what to do until then', async () => {
    const from = fresh();
    expect(await statuses(6, () => submit({ from }))).toEqual([201, 201, 201, 201, 201, 429]);
    const refused = await submit({ from });
    expect(refused.headers['content-type']).toContain('application/problem+json');
    expect(refused.headers['retry-after']).toBe('60');
    expect(refused.body).toMatchObject({ code: 'too-many-requests', status: 429, retryAfterSeconds: 60 });
    expect(refused.body['text']).toEqual({
      zh: '提交过于频繁，请于 11月20日 09:01 后再试。着急的事，请拨打 12345，或请社区网格员代您上报。',
      en: expect.stringMatching(/try again after .*09:01.* call 12345/) as string,
    });
    expect((await submit({ from: fresh() })).status).toBe(201);
    api.clock.now = new Date(Date.parse(start) + 60_000).toISOString();
    expect((await submit({ from })).status).toBe(201);
    api.clock.now = start;
  });

  it('by device apply at every address; without a valid device id the address counts', async () => {
    const device = { 'x-device': randomUUID() };
    expect(await statuses(4, () => submit({ headers: device, from: fresh() }))).toEqual([201, 201, 201, 429]);
    expect((await submit({ from: fresh() })).status).toBe(201);
    expect((await submit({ headers: { 'x-device': 'no id' }, from: fresh() })).status).toBe(201);
  });

  it('by telephone number apply to every spelling of it', async () => {
    const phones = ['13800001234', '+86 138-0000-1234', '１３８００００１２３４'];
    const seen: number[] = [];
    for (const phone of phones)
      seen.push((await submit({ from: fresh() }, { ...report, contact: { phone } })).status);
    expect(seen).toEqual([201, 201, 429]);
    expect((await submit({ from: fresh() }, { ...report, contact: { phone: '13800001235' } })).status).toBe(
      201,
    );
  });

  it('count a repeated request once, and answer it when the limit is reached', async () => {
    const headers = { 'x-device': randomUUID(), 'idempotency-key': randomUUID() };
    const send = () => submit({ headers, from: fresh() });
    const [first, ...others] = await Promise.all([send(), send(), send(), send()]);
    for (const other of others) expect(other.body).toEqual(first.body);
    const again = { 'x-device': headers['x-device'] };
    expect(await statuses(3, () => submit({ headers: again, from: fresh() }))).toEqual([201, 201, 429]);
    expect((await send()).body).toEqual(first.body);
  });

  it('do not count refused reports', async () => {
    const headers = { 'x-device': randomUUID() };
    const wrong = () => submit({ headers, from: fresh() }, { ...report, category: 'no.such' });
    expect(await statuses(4, wrong)).toEqual([422, 422, 422, 422]);
    expect((await submit({ headers, from: fresh() })).status).toBe(201);
  });

  it('do not apply to staff', async () => {
    const staff = { username: 'luo', role: 'grid-worker', departments: 'grid-yuqian', areas: 'yuqian' };
    const from = fresh();
    const send = () =>
      api.call('POST /api/desk/reports', {
        body: { ...report, contact: { phone: '13900001234' } },
        staff,
        from,
        headers: { 'idempotency-key': randomUUID(), 'x-device': 'a-device-of-the-street' },
      });
    expect(await statuses(7, send)).toEqual(Array(7).fill(201));
  });

  it('count photo uploads', async () => {
    const photo = { contentType: 'image/jpeg', size: 1000 };
    const headers = { 'x-device': randomUUID(), 'idempotency-key': randomUUID() };
    const ask = (photos: number) =>
      api.call('POST /api/uploads', { headers, body: { photos: Array(photos).fill(photo) }, from: fresh() });
    expect((await ask(3)).status).toBe(201);
    expect((await ask(2)).status).toBe(201);
    expect((await ask(1)).body).toMatchObject({ code: 'too-many-requests' });
  });

  it('store neither address nor device nor telephone number', async () => {
    const [from, device, phone] = ['198.51.100.77', randomUUID(), '13612345678'];
    await submit({ from, headers: { 'x-device': device } }, { ...report, contact: { phone } });
    const { Items = [] } = await api.dynamodb.send(new ScanCommand({ TableName: api.ledgerTable }));
    const kept = JSON.stringify(Items);
    expect(kept).toContain('limit#reports.device#');
    for (const clear of [from, device, phone]) expect(kept).not.toContain(clear);
    const ends = Items.map((item) => Number(item['expiresAt']?.N));
    expect(Math.max(...ends)).toBeLessThanOrEqual(Date.parse(start) / 1000 + 86_400);
  });

  it('admit requests when counters cannot be read or written, and log it', async () => {
    const logged = vi.spyOn(console, 'error').mockReturnValue();
    const broken = () => Promise.reject(new Error('no table'));
    const failing = new Limits({
      ...api.limitDependencies,
      counters: { read: broken, add: broken, addWithin: broken } as never,
    });
    const event = { headers: {}, requestContext: { http: { sourceIp: fresh() } } } as never;
    const standing = await failing.standing(event, 'reports');
    await standing.admit();
    await standing.count();
    await failing.wrongLink(event);
    expect(logged.mock.calls.map(([line]) => (line as { code: string }).code)).toEqual([
      'limits-not-read',
      'limits-not-counted',
    ]);
    logged.mockRestore();
  });

  it('that are large write only some counts, with the same total on average', async () => {
    const added: number[] = [];
    let turn = 0;
    const wide = new Limits({
      ...api.limitDependencies,
      city: {
        ...city,
        limits: { ...limits, reports: { ...limits.reports, address: { most: 1000, per: 'hour' } } },
      },
      // 0, 0.01, … 0.99
      random: () => (turn++ % 100) / 100,
      counters: {
        read: (counters: unknown[]) => Promise.resolve(counters.map(() => 0)),
        add: (additions: { by: number }[]) =>
          Promise.resolve(void added.push(...additions.map(({ by }) => by))),
      } as never,
    });
    const event = { headers: {}, requestContext: { http: { sourceIp: fresh() } } } as never;
    for (let report = 0; report < 100; report += 1) await (await wide.standing(event, 'reports')).count();
    expect(added).toEqual(Array(10).fill(10));
  });
});

describe('the address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s counts as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it("is the viewer's where CloudFront names it with its proof, and no other caller can set it", async () => {
    const viewer = fresh();
    const throughSite = () =>
      submit({ from: fresh(), headers: { 'x-viewer-address': viewer, 'x-site-proof': siteProof } });
    expect(await statuses(6, throughSite)).toEqual([201, 201, 201, 201, 201, 429]);
    const from = fresh();
    const pretend = (proof: string | undefined) => () =>
      submit({ from, headers: { 'x-viewer-address': fresh(), 'x-site-proof': proof } });
    expect(await statuses(3, pretend('guessed'))).toEqual([201, 201, 201]);
    expect(await statuses(3, pretend(undefined))).toEqual([201, 201, 429]);
  });
});

describe('wrong tracking links', () => {
  const openWith = (number: string, token: string, from: string) =>
    api.call(`GET /api/reports/${number}`, { headers: { authorization: `Bearer ${token}` }, from });

  const unknown = formatNumber(city.numberPrefix, '261120', 4242);

  it('and unknown numbers make the same requests, and read no history', async () => {
    const { body } = await submit({ from: fresh() });
    const [number, token] = [String(body['number']), String(body['trackingToken'])];
    // Reading the history before checking the token would fail.
    await api.dynamodb.send(
      new UpdateItemCommand({
        TableName: api.recordsTable,
        Key: keyOf(number),
        UpdateExpression: 'SET history = :broken',
        ExpressionAttributeValues: { ':broken': { B: Buffer.from('no history') } },
      }),
    );
    const sent = vi.spyOn(api.dynamodb, 'send');
    const replies: Reply[] = [];
    const requests: string[][] = [];
    for (const tried of [number, unknown]) {
      sent.mockClear();
      replies.push(await openWith(tried, 'x'.repeat(43), fresh()));
      requests.push(sent.mock.calls.map(([command]) => command.constructor.name));
    }
    sent.mockRestore();
    expect(requests[0]).toEqual(['GetItemCommand', 'UpdateItemCommand']);
    expect(requests[1]).toEqual(requests[0]);
    expect(replies[0]).toEqual(replies[1]);
    expect(replies[0]?.status).toBe(404);
    expect((await openWith(number, token, fresh())).status).toBe(500);
  });

  it('are limited by address whatever the number, and the right link still works', async () => {
    const { body } = await submit({ from: fresh() });
    const [number, token] = [String(body['number']), String(body['trackingToken'])];
    const from = fresh();
    const guess = () => openWith(number, 'x'.repeat(43), from);
    expect(await statuses(2, guess)).toEqual([404, 404]);
    expect((await openWith(unknown, token, from)).status).toBe(404);
    const refused = await guess();
    expect(refused.body).toMatchObject({ code: 'too-many-requests', retryAfterSeconds: 3600 });
    expect((await openWith(number, token, from)).status).toBe(200);
    expect((await openWith(number, token, fresh())).status).toBe(200);
  });
});

describe('a captcha', () => {
  let provider: Server;
  let verifyUrl: string;
  const asked: Record<string, string>[] = [];
  let answer: (form: Record<string, string>) => { status: number; body: string };
  let guarded: Api;

  beforeAll(async () => {
    provider = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const form = Object.fromEntries(new URLSearchParams(text));
        asked.push(form);
        const { status, body } = answer(form);
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      });
    });
    await new Promise<void>((listening) => provider.listen(0, '127.0.0.1', listening));
    const address = provider.address();
    verifyUrl = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/siteverify`;
    guarded = await startApi({ ...city, limits, captcha: captchaOf() });
  });
  afterAll(async () => {
    await guarded.stop();
    provider.close();
  });

  function captchaOf(more: Partial<NonNullable<City['captcha']>> = {}): NonNullable<City['captcha']> {
    return {
      when: 'limited',
      siteKey: 'site-key',
      verifyUrl,
      fields: { secret: '{secret}', response: '{token}', remoteip: '{address}' },
      passed: { member: 'success', is: true },
      whenDown: 'refuse',
      widget: { script: 'https://captcha.example/api.js', global: 'captcha', origins: [] },
      ...more,
    };
  }

  const send = (headers: Record<string, string>, from: string) =>
    guarded.call('POST /api/reports', {
      body: report,
      headers: { 'idempotency-key': randomUUID(), ...headers },
      from,
    });
  const right = (form: Record<string, string>) => ({
    status: 200,
    body: JSON.stringify({ success: form['response'] === 'solved' }),
  });

  it('admits requests over a limit, and is not checked below it', async () => {
    answer = right;
    const from = fresh();
    asked.length = 0;
    expect(await statuses(5, () => send({}, from))).toEqual(Array(5).fill(201));
    expect(asked).toEqual([]);
    expect((await send({}, from)).body).toMatchObject({ code: 'too-many-requests', captcha: true });
    expect((await send({ 'x-captcha-token': 'wrong' }, from)).body).toMatchObject({
      code: 'captcha-failed',
      captcha: true,
    });
    expect((await send({ 'x-captcha-token': 'solved' }, from)).status).toBe(201);
    expect(asked.at(-1)).toEqual({ secret: 'captcha-secret', response: 'solved', remoteip: from });
  });

  it.each([
    ['a fault over there', () => ({ status: 500, body: '{}' })],
    ['no JSON', () => ({ status: 200, body: '<html>' })],
  ])('whose provider fails (%s) refuses or admits, as configured', async (_, fault) => {
    answer = fault;
    const logged = vi.spyOn(console, 'error').mockReturnValue();
    const over = (whenDown: 'refuse' | 'admit') => {
      const deps = guarded.limitDependencies;
      const always = new Limits({
        ...deps,
        city: { ...deps.city, captcha: captchaOf({ when: 'always', whenDown }) },
      });
      const event = { headers: { 'x-captcha-token': 'solved' }, requestContext: {} } as never;
      return always.standing(event, 'reports').then((standing) => standing.admit());
    };
    await expect(over('refuse')).rejects.toMatchObject({ code: 'captcha-unavailable', status: 503 });
    await over('admit');
    logged.mockRestore();
  });

  it('is required for every report if so configured, and never for photos', async () => {
    answer = right;
    const deps = guarded.limitDependencies;
    const always = new Limits({ ...deps, city: { ...deps.city, captcha: captchaOf({ when: 'always' }) } });
    const event = { headers: {}, requestContext: {} } as never;
    await expect((await always.standing(event, 'reports')).admit()).rejects.toMatchObject({
      code: 'captcha-required',
    });
    await (await always.standing(event, 'uploads')).admit();
  });

  it('of another provider is checked with the configured fields', async () => {
    answer = (form) => ({
      status: 200,
      body: JSON.stringify({ response: form['Ticket'] === 'solved' ? 1 : 0 }),
    });
    const deps = guarded.limitDependencies;
    const other = new Limits({
      ...deps,
      city: {
        ...deps.city,
        captcha: captchaOf({
          when: 'always',
          fields: { aid: '{siteKey}', AppSecretKey: '{secret}', Ticket: '{token}' },
          passed: { member: 'response', is: 1 },
        }),
      },
    });
    const admit = async (token: string) =>
      (
        await other.standing(
          { headers: { 'x-captcha-token': token }, requestContext: {} } as never,
          'reports',
        )
      ).admit();
    await admit('solved');
    expect(asked.at(-1)).toEqual({ aid: 'site-key', AppSecretKey: 'captcha-secret', Ticket: 'solved' });
    await expect(admit('wrong')).rejects.toMatchObject({ code: 'captcha-failed' });
  });
});

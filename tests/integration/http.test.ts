import { backlogCounts, type BacklogEntry } from '../../shared/kernel/backlog.ts';
import { countsOf } from '../../shared/records/report/figures.ts';
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ReportEvent } from '../../events/report.ts';
import type { Command } from '../support/report-domain.ts';
import { dueAt } from '../../shared/records/report/clock-state.ts';
import { formatNumber } from '../../shared/kernel/number.ts';
import { photoKeys } from '../../shared/store/photos.ts';
import { bucket, startApi, type Api, type Call, type Reply } from '../support/api.ts';
import { after, leak, start, system } from '../support/reports.ts';
import { city } from '../support/city.ts';

let api: Api;
let jpeg: Uint8Array;

beforeAll(async () => {
  api = await startApi();
  jpeg = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#285' } })
    .jpeg()
    .toBuffer();
});
afterAll(() => api.stop());

const report = { description: '三号楼二单元楼道漏水', location: { area: 'tinglan-court' } };

async function submit(body: unknown = report, more: Call = {}): Promise<Reply> {
  return api.call('POST /api/reports', {
    body,
    ...more,
    headers: { 'idempotency-key': randomUUID(), ...more.headers },
  });
}

/** Submits a report that the classifier then assigns to property-kangning. */
async function assigned(
  body: unknown = report,
): Promise<{ number: string; bearer: { authorization: string } }> {
  const { body: answer } = await submit(body);
  const number = String(answer['number']);
  await api.store.execute(number, leak, { now: api.clock.now, actor: system('classify'), city });
  return { number, bearer: { authorization: `Bearer ${String(answer['trackingToken'])}` } };
}

const wang = { username: 'wang-wuye', role: 'handler', departments: 'property-kangning' };
const gas = { username: 'gas', role: 'handler', departments: 'gas' };
const manager = { username: 'gao', role: 'manager', departments: '', areas: 'qilu' };

function expectProblem(reply: Reply, status: number, code: string): void {
  expect(reply.body).toMatchObject({ status, code });
  expect(reply.status).toBe(status);
  expect(reply.headers['content-type']).toContain('application/problem+json');
  expect(reply.body['text']).toEqual({
    zh: expect.stringMatching(/[\u4e00-\u9fff]/),
    en: expect.any(String),
  });
  expect(JSON.stringify(reply.body)).not.toMatch(/node_modules|\.ts:|\bat \//);
}

/** Counts an event in a day's figures, as the stats function does. */
async function count(event: ReportEvent, day: string): Promise<void> {
  const { number, sequence } = event;
  await api.figures.count([{ number, sequence, day, counts: countsOf(event, '09') }], day, start);
}

const paths = (reply: Reply): string[] =>
  (reply.body['errors'] as { path: string }[]).map(({ path }) => path);

describe('submitting', () => {
  it('answers 201 with a number and a token that opens the report', async () => {
    const reply = await submit();
    expect(reply.status).toBe(201);
    expect(reply.body).toEqual({
      number: expect.stringMatching(/^YT-261120-\w{6}$/),
      trackingToken: expect.stringMatching(/^[\w-]{43}$/),
      status: 'submitted',
      trackUrl: `/?report=${String(reply.body['number'])}#${String(reply.body['trackingToken'])}`,
    });
    const read = await api.call(`GET /api/reports/${String(reply.body['number'])}`, {
      headers: { authorization: `Bearer ${String(reply.body['trackingToken'])}` },
    });
    expect(read.body).toMatchObject({
      status: { code: 'submitted', zh: '已提交' },
      description: report.description,
    });
  });

  it('stores text of any script unchanged', async () => {
    const description = '  الممر مظلم 🕯️ 樓道黑暗 \u202bעברית\u202c e\u0301 𠮷野家\r\n第二行  ';
    const { number, bearer } = await assigned({ ...report, description });
    const read = await api.call(`GET /api/reports/${number}`, { headers: bearer });
    expect(read.body['description']).toBe(description);
  });

  it('returns the same response for the same key and body, days later and concurrently', async () => {
    const key = randomUUID();
    const send = (body: unknown = report) => submit(body, { headers: { 'idempotency-key': key } });
    const [first, ...others] = await Promise.all([send(), send(), send(), send()]);
    for (const other of others) expect(other).toEqual(first);
    api.clock.now = after(60 * 24 * 6);
    expect((await send()).body).toEqual(first.body);
    api.clock.now = start;
    expectProblem(await send({ ...report, description: '别的内容' }), 422, 'idempotency-key-reused');
  });

  it('returns the same response for a retry across midnight, in either direction', async () => {
    onTestFinished(() => {
      api.clock.now = start;
    });
    const [before, past] = ['2026-11-20T15:59:58.900Z', '2026-11-20T16:00:00.100Z'];
    for (const [one, other] of [
      [before, past],
      [past, before],
    ] as const) {
      const key = randomUUID();
      const send = (now: string) => {
        api.clock.now = now;
        return submit(report, { headers: { 'idempotency-key': key } });
      };
      const first = await send(one);
      expect(first.body['number']).toMatch(one === before ? /^YT-261120-/ : /^YT-261121-/);
      expect(await send(other)).toEqual(first);
    }
  });

  it('returns different numbers and tokens for different keys', async () => {
    const replies = await Promise.all(Array.from({ length: 20 }, () => submit()));
    expect(new Set(replies.map(({ body }) => body['number'])).size).toBe(20);
    expect(new Set(replies.map(({ body }) => body['trackingToken'])).size).toBe(20);
  });

  it.each([1e-320, -1e-320, 5e-324, 1e-200, -0])(
    'accepts coordinates close to zero: %j',
    async (longitude) => {
      const location = { longitude, latitude: 35.94, crs: 'wgs84', address: '三号楼' };
      expect((await submit({ ...report, location })).status).toBe(201);
    },
  );

  it.each([undefined, '', 'short', 'x'.repeat(129), 'has spaces in the key!'])(
    'refuses an invalid idempotency key: %j',
    async (key) => {
      expectProblem(
        await api.call('POST /api/reports', { body: report, headers: { 'idempotency-key': key } }),
        400,
        'idempotency-key-required',
      );
    },
  );

  it.each([
    ['too short', { ...report, description: '漏' }, 'description'],
    ['too long', { ...report, description: '漏'.repeat(2001) }, 'description'],
    ['only blanks', { ...report, description: ' \n\t\u3000\u200b ' }, 'description'],
    ['a lone surrogate', { ...report, description: '漏水 \ud800' }, 'description'],
    ['a noncharacter', { ...report, description: '漏水 \uffff' }, 'description'],
    ['no description', { location: {} }, 'description'],
    ['a number for text', { ...report, description: 12 }, 'description'],
    ['an unknown field', { ...report, admin: true }, 'admin'],
    ['an unknown field below', { ...report, location: { area: 'qilu', floor: 3 } }, 'location.floor'],
    ['__proto__', JSON.stringify(report).replace('{', '{"__proto__":{"x":1},'), '__proto__'],
    ['half a position', { ...report, location: { longitude: 116.6 } }, 'location'],
    [
      'a position of unknown kind',
      { ...report, location: { longitude: 116.6, latitude: 35.9 } },
      'location.crs',
    ],
    [
      'a position off the globe',
      { ...report, location: { longitude: 216, latitude: 35, crs: 'wgs84' } },
      'location.longitude',
    ],
    ['a telephone number without digits', { ...report, contact: { phone: '-- ( ) --' } }, 'contact.phone'],
    ['a photo key that is no text', { ...report, photos: ['uploads/x/\ud800'] }, 'photos[0]'],
    ['a telephone number that is none', { ...report, contact: { phone: 'call me' } }, 'contact.phone'],
    [
      'too many photos',
      { ...report, photos: Array.from({ length: 10 }, (_, i) => `uploads/x/${i}`) },
      'photos',
    ],
    ['the same photo twice', { ...report, photos: ['uploads/x/1', 'uploads/x/1'] }, 'photos'],
    ['a list', [report], ''],
    ['null', 'null', ''],
  ])('refuses %s and names the field', async (_, body, path) => {
    const reply = await submit(body);
    expectProblem(reply, 400, 'invalid-fields');
    expect(paths(reply)).toContain(path);
  });

  it('refuses a body that is malformed, too large, or of another type', async () => {
    expectProblem(await submit('{"description": '), 400, 'malformed-json');
    expectProblem(await submit(''), 400, 'malformed-json');
    expectProblem(await submit('['.repeat(60_000)), 400, 'malformed-json');
    expectProblem(await submit({ ...report, description: 'x'.repeat(70_000) }), 413, 'body-too-large');
    expectProblem(await submit(report, { headers: { 'content-type': 'text/plain' } }), 415, 'json-required');
    expectProblem(await submit(report, { headers: { 'content-type': undefined } }), 415, 'json-required');
  });

  it('refuses a category or an area that the city does not have', async () => {
    const category = await submit({ ...report, category: 'no.such' });
    expectProblem(category, 422, 'unknown-category');
    expect(paths(category)).toEqual(['category']);
    const area = await submit({ ...report, location: { area: 'atlantis' } });
    expectProblem(area, 422, 'unknown-area');
    expect(paths(area)).toEqual(['location.area']);
  });
});

describe('photos', () => {
  it('are moved out of the expiring uploads on submission', async () => {
    const key = randomUUID();
    const photos = await api.upload(key, [jpeg, jpeg]);
    const reply = await submit({ ...report, photos }, { headers: { 'idempotency-key': key } });
    expect(reply.status).toBe(201);
    const stored = await api.store.load(String(reply.body['number']));
    expect(stored?.record.photos).toHaveLength(2);
    for (const photo of stored?.record.photos ?? []) {
      const { original } = photoKeys(stored?.record.number ?? '', photo.id);
      const head = await api.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: original }));
      expect(head.ContentLength).toBe(jpeg.length);
    }
  });

  const refuse = async (
    code: string,
    files: Uint8Array[],
    change: (photos: string[]) => string[] = (p) => p,
  ) => {
    const key = randomUUID();
    const photos = change(await api.upload(key, files));
    const reply = await submit({ ...report, photos }, { headers: { 'idempotency-key': key } });
    expectProblem(reply, 422, code);
    // Nothing was stored: the same key with other content is a first request.
    expect((await submit(report, { headers: { 'idempotency-key': key } })).status).toBe(201);
    return reply;
  };

  it('are refused when their content is not an image, whatever their declared type', async () => {
    const reply = await refuse('photo-not-an-image', [
      jpeg,
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
    ]);
    expect(paths(reply)).toEqual(['photos[1]']);
    await refuse('photo-not-an-image', [Buffer.from('%PDF-1.7 not a photo')]);
    await refuse('photo-not-an-image', [Buffer.from('GIF89a\x01\x00\x01\x00\x00\x00\x00;', 'latin1')]);
    await refuse('photo-not-an-image', [Buffer.from([0xff, 0xd8, 0xff])]);
  });

  it('that are too large to decode are refused', async () => {
    const bomb = Buffer.alloc(64);
    Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').copy(bomb);
    bomb.writeUInt32BE(60_000, 16);
    bomb.writeUInt32BE(60_000, 20);
    await refuse('photo-too-large', [bomb]);
  });

  it('uploaded with another key, or never uploaded, are refused', async () => {
    const others = await api.upload(randomUUID(), [jpeg]);
    await refuse('photo-not-yours', [jpeg], () => others);
    await refuse('photo-not-yours', [jpeg], () => ['photos/YT-261120-000017/x/original']);
    await refuse('photo-not-uploaded', [jpeg], ([key = '']) => [`${key}x`]);
  });

  it.each([
    ['too many', { photos: Array.from({ length: 10 }, () => ({ contentType: 'image/jpeg', size: 1 })) }],
    ['none', { photos: [] }],
    ['too large', { photos: [{ contentType: 'image/jpeg', size: 10 * 1024 * 1024 + 1 }] }],
    ['of another type', { photos: [{ contentType: 'image/svg+xml', size: 10 }] }],
    ['of no size', { photos: [{ contentType: 'image/jpeg', size: 0 }] }],
  ])('get no upload form when they are %s', async (_, body) => {
    const reply = await api.call('POST /api/uploads', { body, headers: { 'idempotency-key': randomUUID() } });
    expectProblem(reply, 400, 'invalid-fields');
  });

  it('get a form bound to key, type and exact size', async () => {
    const reply = await api.call('POST /api/uploads', {
      headers: { 'idempotency-key': randomUUID() },
      body: { photos: [{ contentType: 'image/png', size: 1234 }] },
    });
    expect(reply.status).toBe(201);
    const [form] = reply.body['uploads'] as { key: string; fields: Record<string, string> }[];
    const policy = JSON.parse(Buffer.from(form?.fields['Policy'] ?? '', 'base64').toString()) as {
      conditions: unknown[];
    };
    expect(policy.conditions).toContainEqual(['content-length-range', 1234, 1234]);
    expect(policy.conditions).toContainEqual({ 'Content-Type': 'image/png' });
    expect(policy.conditions).toContainEqual({ key: form?.key });
  });
});

describe('the resident’s view of a report', () => {
  it('needs its tracking link; a wrong link and an unknown number get the same response', async () => {
    const { number } = await assigned();
    expectProblem(await api.call(`GET /api/reports/${number}`), 401, 'tracking-token-required');
    const wrong = { authorization: `Bearer ${'x'.repeat(43)}` };
    const known = await api.call(`GET /api/reports/${number}`, { headers: wrong });
    const unknown = await api.call('GET /api/reports/YT-261120-00002E', { headers: wrong });
    expectProblem(known, 404, 'report-not-found');
    expect(unknown).toEqual(known);
    expectProblem(await api.call('GET /api/reports/nonsense', { headers: wrong }), 404, 'report-not-found');
  });

  it('has department, due time and timeline texts, and nothing internal', async () => {
    const { number, bearer } = await assigned();
    const now = {
      now: after(5),
      actor: { kind: 'staff', ...wang, departments: ['property-kangning'], areas: [], role: 'handler' },
      city,
    } as const;
    await api.store.execute(number, { type: 'note', text: '内部备注', photos: [], audience: 'staff' }, now);
    await api.store.execute(number, { type: 'acknowledge' }, now);
    const { body } = await api.call(`GET /api/reports/${number}`, { headers: bearer });
    expect(body['department']).toMatchObject({ id: 'property-kangning' });
    expect(Date.parse(body['dueAt'] as string)).toBeGreaterThan(Date.parse(start));
    expect((body['timeline'] as { text: { zh: string } }[]).map(({ text }) => text.zh).at(-1)).toContain(
      '已签收',
    );
    expect(JSON.stringify(body)).not.toMatch(/内部备注|wang-wuye/);
    expect(body['commands']).toEqual(['note', 'withdraw', 'renew-link', 'erase']);
  });

  it('allows notes, rating and reopening, each once for one key', async () => {
    const { number, bearer } = await assigned();
    const give = (body: unknown, key: string = randomUUID()) =>
      api.call(`POST /api/reports/${number}/commands`, {
        body,
        headers: { ...bearer, 'idempotency-key': key },
      });
    const key = randomUUID();
    await give({ type: 'note', text: '下午在家' }, key);
    const again = await give({ type: 'note', text: '下午在家' }, key);
    expect(
      (again.body['timeline'] as { words?: string }[]).filter(({ words }) => words === '下午在家'),
    ).toHaveLength(1);
    expectProblem(await give({ type: 'rate', score: 5 }), 409, 'wrong-state');
    expectProblem(await give({ type: 'resolve', text: '我自己修好了' }), 400, 'invalid-fields');
    expectProblem(await give({ type: 'note', text: '悄悄话', audience: 'staff' }), 400, 'invalid-fields');
    expectProblem(await give({ type: 'rate', score: 6 }), 400, 'invalid-fields');
    const resolve = { type: 'resolve', text: '好了', photos: [] } satisfies Command;
    await api.store.execute(number, resolve, { now: after(9), actor: system('x'), city });
    const admin = { kind: 'staff', username: 'a', role: 'admin', departments: [], areas: [] } as const;
    await api.store.execute(number, resolve, { now: after(9), actor: admin, city });
    expect((await give({ type: 'rate', score: 1, comment: '没修好' })).body).toMatchObject({
      status: { code: 'closed' },
      rating: { score: 1 },
    });
    expect((await give({ type: 'reopen', reason: '还在漏' })).body).toMatchObject({
      status: { code: 'assigned' },
      round: 1,
    });
  });

  it('has the time of automatic closing, and offers rating only while it is possible', async () => {
    const { number, bearer } = await assigned();
    const admin = { kind: 'staff', username: 'a', role: 'admin', departments: [], areas: [] } as const;
    const resolve = { type: 'resolve', text: '好了', photos: [] } satisfies Command;
    await api.store.execute(number, resolve, { now: after(9), actor: admin, city });
    const read = async (): Promise<Record<string, unknown>> =>
      (await api.call(`GET /api/reports/${number}`, { headers: bearer })).body;
    const day = 24 * 60;
    expect(await read()).toMatchObject({
      closeAt: after(9 + 7 * day),
      commands: expect.arrayContaining(['rate', 'reopen']) as string[],
    });

    api.clock.now = after(10);
    const path = `POST /api/reports/${number}/commands`;
    await api.call(path, { headers: bearer, body: { type: 'rate', score: 5 } });
    expect(await read()).not.toHaveProperty('closeAt');
    api.clock.now = after(10 + day);
    expect((await read())['commands']).toContain('rate');
    api.clock.now = after(11 + day);
    expect((await read())['commands']).toEqual(expect.arrayContaining(['reopen']));
    expect((await read())['commands']).not.toContain('rate');
    expectProblem(
      await api.call(path, { headers: bearer, body: { type: 'rate', score: 4 } }),
      409,
      'rating-final',
    );
    api.clock.now = start;
  });

  it('refuses one idempotency key for two different commands', async () => {
    const { number, bearer } = await assigned();
    const headers = { ...bearer, 'idempotency-key': randomUUID() };
    const path = `POST /api/reports/${number}/commands`;
    expect((await api.call(path, { headers, body: { type: 'note', text: '下午在家' } })).status).toBe(200);
    expectProblem(
      await api.call(path, { headers, body: { type: 'withdraw' } }),
      422,
      'idempotency-key-reused',
    );
  });

  it('accepts a note with a photo only with the key of its upload', async () => {
    const { number, bearer } = await assigned();
    const key = randomUUID();
    const photos = await api.upload(key, [jpeg]);
    const body = { type: 'note', text: '补一张照片', photos };
    const path = `POST /api/reports/${number}/commands`;
    expectProblem(await api.call(path, { body, headers: bearer }), 400, 'idempotency-key-required');
    const strange = { ...bearer, 'idempotency-key': randomUUID() };
    expectProblem(await api.call(path, { body, headers: strange }), 422, 'photo-not-yours');
    const headers = { ...bearer, 'idempotency-key': key };
    const reply = await api.call(path, { body, headers });
    expect(reply.body['photos']).toHaveLength(1);
    expect((await api.call(path, { body, headers })).body['photos']).toHaveLength(1);
  });
});

describe('the desk', () => {
  const give = (number: string, staff: Call['staff'], body: unknown) =>
    api.call(`POST /api/desk/reports/${number}/commands`, { body, ...(staff && { staff }) });

  it('requires a sign-in and a role', async () => {
    expectProblem(await api.call('GET /api/desk/me'), 401, 'sign-in-required');
    expectProblem(
      await api.call('GET /api/desk/me', { staff: { username: 'x', role: 'guest' } }),
      403,
      'not-permitted',
    );
  });

  it('lists a department’s reports to its staff and its managers only', async () => {
    const { number } = await assigned();
    const list = (staff: Call['staff'], query: Record<string, string> = {}) =>
      api.call('GET /api/desk/reports', { query, ...(staff && { staff }) });
    const own = await list(wang);
    const all = [...(own.body['items'] as { number: string }[])];
    for (let cursor = own.body['cursor'] as string | undefined; cursor !== undefined;) {
      const next = await list(wang, { cursor });
      all.push(...(next.body['items'] as { number: string }[]));
      cursor = next.body['cursor'] as string | undefined;
    }
    expect(all.map((item) => item.number)).toContain(number);
    expect((await list(manager, { department: 'property-kangning' })).status).toBe(200);
    expectProblem(await list(gas, { department: 'property-kangning' }), 403, 'not-permitted');
    expectProblem(await list(manager, { department: 'grid-wangyu' }), 403, 'not-permitted');
    expectProblem(await list(wang, { department: 'atlantis' }), 422, 'unknown-department');
    expectProblem(await list(wang, { cursor: 'nonsense' }), 400, 'invalid-cursor');
    expectProblem(await list(wang, { view: 'everything' }), 400, 'invalid-fields');
  });

  it('shows the contact masked', async () => {
    const { number } = await assigned({ ...report, contact: { name: '王小明', phone: '138 0013 8000' } });
    const { body } = await api.call(`GET /api/desk/reports/${number}`, { staff: wang });
    expect(body['contact']).toEqual({ name: '王*', phone: '138****8000' });
    expect(JSON.stringify(body)).not.toMatch(/小明|0013/);
  });

  it('lets managers search by telephone number, within their areas', async () => {
    const { number } = await assigned({ ...report, contact: { phone: '+86 139 0000 1111' } });
    const elsewhere = { area: 'yanchi' };
    await assigned({ description: '小区路灯不亮', location: elsewhere, contact: { phone: '13900001111' } });
    const search = (staff: Call['staff'], phone: string) =>
      api.call('POST /api/desk/search', { ...(staff && { staff }), body: { phone } });
    for (const phone of ['139 0000-1111', '008613900001111', '１３９００００１１１１']) {
      const found = await search(manager, phone);
      expect((found.body['items'] as { number: string }[]).map((item) => item.number)).toEqual([number]);
    }
    expectProblem(await search(wang, '13900001111'), 403, 'not-permitted');
    expectProblem(await search(manager, '-----'), 400, 'invalid-fields');
  });

  it('lists only one’s own areas of a department that works in many', async () => {
    const [liuan, puwan] = [
      await assigned({ ...report, location: { area: 'liuan-homes' } }),
      await assigned({ ...report, location: { area: 'yunting-one' } }),
    ];
    const there = await submit({
      description: '家里停水了',
      location: { area: 'moxiang' },
      category: 'utility.water',
    });
    await api.store.execute(
      String(there.body['number']),
      { ...leak, category: 'utility.water' },
      { now: start, actor: system('classify'), city },
    );
    const water = await api.call('GET /api/desk/reports', { staff: manager, query: { department: 'water' } });
    expect(water.status).toBe(200);
    expect(water.body['items']).toEqual([]);
    const neighbour = { username: 'he', role: 'grid-worker', departments: 'grid-puwan', areas: 'puwan' };
    const lanyu = await api.call('GET /api/desk/reports', {
      staff: neighbour,
      query: { department: 'property-lanyu' },
    });
    expect(lanyu.status).toBe(200);
    const numbers = (lanyu.body['items'] as { number: string }[]).map((item) => item.number);
    expect(numbers).toContain(puwan.number);
    expect(numbers).not.toContain(liuan.number);
  });

  it('accepts commands with permission and the current version only', async () => {
    const { number } = await assigned();
    expectProblem(await give(number, gas, { type: 'acknowledge', version: 3 }), 403, 'not-permitted');
    expectProblem(await give(number, wang, { type: 'acknowledge' }), 400, 'invalid-fields');
    const stale = await give(number, wang, { type: 'start', version: 2 });
    expectProblem(stale, 409, 'stale-version');
    expect(stale.body['currentVersion']).toBe(3);
    const done = await give(number, wang, { type: 'acknowledge', version: 3 });
    expect(done.body).toMatchObject({ version: 4, status: { code: 'assigned' } });
    expect((done.body['commands'] as string[]).toSorted()).toEqual([
      'extend',
      'note',
      'resolve',
      'return',
      'reveal',
      'start',
      'support',
      'suspend',
      'transfer',
    ]);
    expectProblem(
      await give(number, wang, { type: 'reject', version: 4, reason: '不在范围' }),
      403,
      'not-permitted',
    );
    expectProblem(
      await give(number, wang, { type: 'transfer', version: 4, department: 'atlantis', reason: '转派' }),
      422,
      'unknown-department',
    );
    expectProblem(await give(number, wang, { type: 'rate', version: 4, score: 5 }), 400, 'invalid-fields');
    expectProblem(
      await give('YT-261120-00002E', wang, { type: 'start', version: 1 }),
      404,
      'report-not-found',
    );
  });

  it('merges a duplicate into another report', async () => {
    const [one, two] = [await assigned(), await assigned()];
    const merge = await give(two.number, manager, { type: 'merge', version: 3, into: one.number });
    expect(merge.body).toMatchObject({ status: { code: 'merged' }, mergedInto: one.number });
    expect((await api.store.load(one.number))?.record.duplicates).toEqual([two.number]);
    expectProblem(
      await give(one.number, manager, { type: 'merge', version: 4, into: two.number }),
      422,
      'merge-target-ended',
    );
    expectProblem(
      await give(one.number, manager, { type: 'merge', version: 4, into: one.number }),
      422,
      'merge-with-itself',
    );
  });

  it('reveals the contact only with a reason, and records it', async () => {
    const { number } = await assigned({ ...report, contact: { phone: '13800138000' } });
    expectProblem(await give(number, wang, { type: 'reveal', version: 3 }), 400, 'invalid-fields');
    const shown = await give(number, wang, { type: 'reveal', version: 3, reason: '上门前联系' });
    expect(shown.body['contact']).toEqual({ phone: '13800138000' });
    const { body } = await api.call(`GET /api/desk/reports/${number}`, { staff: wang });
    expect(body['contact']).toEqual({ phone: '138****8000' });
    expect(body['timeline']).toContainEqual(
      expect.objectContaining({ type: 'contact-revealed.v1', words: '上门前联系', actor: expect.anything() }),
    );
  });

  it('lists an alert to the managers of its area until it is taken over', async () => {
    const { number } = await assigned();
    await api.store.execute(
      number,
      { type: 'fire-timers' },
      { now: after(60 * 24), actor: system('sweep'), city },
    );
    const list = async (staff: Call['staff'], query: Record<string, string> = {}): Promise<string[]> => {
      const numbers: string[] = [];
      let cursor: string | undefined;
      do {
        const { status, body } = await api.call('GET /api/desk/alerts', {
          ...(staff && { staff }),
          query: { ...query, ...(cursor !== undefined && { cursor }) },
        });
        expect(status).toBe(200);
        numbers.push(...(body['items'] as { number: string }[]).map((item) => item.number));
        cursor = body['cursor'] as string | undefined;
      } while (cursor !== undefined);
      return numbers;
    };
    const district = { ...manager, areas: 'yunting' };
    for (const staff of [manager, district, { ...manager, areas: 'liuan' }])
      expect(await list(staff)).toContain(number);
    expect(await list({ ...manager, areas: 'wangyu' })).not.toContain(number);
    expect(await list({ ...manager, areas: 'puwan' })).not.toContain(number);
    expect(await list(district, { area: 'qilu' })).toContain(number);
    expectProblem(await api.call('GET /api/desk/alerts', { staff: wang }), 403, 'not-permitted');
    const abroad = { staff: manager, query: { area: 'wangyu' } };
    expectProblem(await api.call('GET /api/desk/alerts', abroad), 403, 'not-permitted');
    expectProblem(
      await api.call('GET /api/desk/alerts', { staff: manager, query: { cursor: 'x' } }),
      400,
      'invalid-cursor',
    );
    const { body } = await api.call(`GET /api/desk/reports/${number}`, { staff: manager });
    expect(body['commands']).toContain('take-alert');
    await give(number, manager, { type: 'supervise', version: body['version'], text: '请今天内办结' });
    const taken = await give(number, manager, { type: 'take-alert', version: Number(body['version']) + 1 });
    expect(taken.status).toBe(200);
    expect(taken.body['commands']).not.toContain('take-alert');
    expect(await list(manager)).not.toContain(number);
  });

  it('does not change the other report when merging is refused', async () => {
    const [one, two] = [await assigned(), await assigned()];
    const merge = { type: 'merge', version: 3, into: one.number };
    expectProblem(await give(two.number, wang, merge), 403, 'not-permitted');
    expectProblem(await give(two.number, manager, { ...merge, version: 2 }), 409, 'stale-version');
    expectProblem(await give(two.number, manager, { ...merge, into: '\ud800' }), 404, 'report-not-found');
    expect((await api.store.load(one.number))?.record).toMatchObject({ version: 3, duplicates: [] });
    expect((await give(two.number, manager, { ...merge, into: one.number.toLowerCase() })).status).toBe(200);
  });

  it('does not show photos of internal notes to the resident', async () => {
    const { number, bearer } = await assigned();
    const key = randomUUID();
    const photos = await api.upload(key, [jpeg]);
    const note = { type: 'note', version: 3, text: '内部照片', audience: 'staff', photos };
    const path = `POST /api/desk/reports/${number}/commands`;
    const noted = await api.call(path, { staff: wang, body: note, headers: { 'idempotency-key': key } });
    expect(noted.body['photos']).toHaveLength(1);
    const read = await api.call(`GET /api/reports/${number}`, { headers: bearer });
    expect(read.body['photos']).toEqual([]);
  });

  it('uses the highest role of a user in several groups', async () => {
    const both = { username: 'x', role: 'handler admin' };
    expect((await api.call('GET /api/desk/me', { staff: both })).body).toMatchObject({ role: 'admin' });
  });

  it('records that staff submitted a report for a resident', async () => {
    const reply = await api.call('POST /api/desk/reports', {
      staff: wang,
      body: report,
      headers: { 'idempotency-key': randomUUID() },
    });
    expect(reply.status).toBe(201);
    expect((await api.store.load(String(reply.body['number'])))?.record.source).toBe('staff');
  });

  it('returns figures for a span of days; a handler gets their own department’s only', async () => {
    const { number } = await assigned();
    const stored = await api.store.load(number);
    for (const event of stored?.events ?? []) await count(event, '2026-11-20');
    const stats = (query: Record<string, string>, staff: Call['staff']) =>
      api.call('GET /api/desk/stats', { query, ...(staff && { staff }) });
    const reply = await stats({ from: '2026-11-19', to: '2026-11-21' }, manager);
    expect(reply.body['rows']).toEqual([
      {
        key: 'property-kangning',
        name: expect.anything(),
        figures: { assigned: 1, routed: 1 },
        rates: { responded: 0, resolved: 0 },
        seconds: {},
      },
    ]);
    expect((await stats({ from: '2026-11-20', to: '2026-11-20' }, gas)).body['rows']).toEqual([]);
    expectProblem(await stats({ from: '2026-11-21', to: '2026-11-20' }, manager), 400, 'invalid-fields');
    expectProblem(await stats({ from: '2020-01-01', to: '2026-11-20' }, manager), 400, 'invalid-fields');
    expectProblem(await stats({ from: 'yesterday' }, manager), 400, 'invalid-fields');
  });
});

describe('commands of staff', () => {
  const give = (number: string, staff: NonNullable<Call['staff']>, body: object) =>
    api.call(`POST /api/desk/reports/${number}/commands`, { staff, body });
  const admin = { username: 'admin', role: 'admin' };

  it.each([
    ['suspend', {}, ['waitingFor', 'text']],
    ['suspend', { waitingFor: 'nobody', text: '等配件' }, ['waitingFor']],
    ['suspend', { waitingFor: 'resident', text: ' ' }, ['text']],
    ['extend', { amount: 0, reason: '等配件' }, ['amount']],
    ['extend', { amount: '2', reason: '等配件' }, ['amount']],
    ['extend', { amount: 2 }, ['reason']],
    ['decline', {}, ['reason']],
    ['grant', { amount: 3 }, ['amount']],
    ['prioritise', { priority: 'highest', reason: '有老人' }, ['priority']],
    ['support', { departments: [], request: '请协助' }, ['departments']],
    ['support', { departments: ['fire'], request: '' }, ['request']],
    ['support', { departments: 'fire', request: '请协助' }, ['departments']],
    ['assign', { department: 'fire', support: { departments: ['police'] } }, ['support.request']],
    ['assign', { department: 'fire', support: ['police'] }, ['support']],
    ['follow-up', { outcome: 'angry', text: '回访' }, ['outcome']],
    ['follow-up', { outcome: 'satisfied' }, ['text']],
    ['close', { reason: '?' }, ['reason']],
    ['reopen', {}, ['reason']],
    ['resolve', { text: '好了', override: 'x' }, ['override']],
    ['resume', { at: 'once' }, ['at']],
    ['fire-timers', {}, ['type']],
    ['record-support', {}, ['type']],
    ['end-support', { reason: '不要了' }, ['type']],
  ])('%s %j is refused and names the invalid fields', async (type, fields, wrong) => {
    const { number } = await assigned();
    const reply = await give(number, admin, { type, version: 3, ...fields });
    expectProblem(reply, 400, 'invalid-fields');
    expect(paths(reply)).toEqual(wrong);
  });

  it.each([
    ['support', { departments: ['fire', 'atlantis'], request: '请协助' }, 'departments[1]'],
    [
      'assign',
      { department: 'fire', support: { departments: ['atlantis'], request: '请协助' } },
      'support.departments[0]',
    ],
    ['assign', { department: 'atlantis' }, 'department'],
  ])('%s to an unknown department names the field', async (type, fields, path) => {
    const { number } = await assigned();
    const reply = await give(number, admin, { type, version: 3, ...fields });
    expectProblem(reply, 422, 'unknown-department');
    expect(paths(reply)).toEqual([path]);
  });

  it('suspend, extend and change priority, each with its permission', async () => {
    const { number } = await assigned();
    const version = async (): Promise<number> => (await api.store.load(number))?.record.version ?? 0;
    const ask = async (staff: NonNullable<Call['staff']>, body: object): Promise<Reply> =>
      give(number, staff, { version: await version(), ...body });
    const tooLong = await ask(wang, { type: 'extend', amount: 50, reason: '等配件' });
    expectProblem(tooLong, 422, 'extension-too-long');
    expect(paths(tooLong)).toEqual(['amount']);
    expect(tooLong.body['left']).toBe(4);
    expect(
      (await ask(wang, { type: 'extend', amount: 2, reason: '等配件' })).body['extension'],
    ).toMatchObject({
      amount: 2,
      unit: 'hour',
    });
    expectProblem(await ask(wang, { type: 'grant' }), 403, 'not-permitted');
    expectProblem(
      await ask(gas, { type: 'suspend', waitingFor: 'other', text: '等配件' }),
      403,
      'not-permitted',
    );
    const granted = await ask(manager, { type: 'grant' });
    expect(granted.body['clocks']).toMatchObject({ resolve: { dueAt: after(4 * 60), extensions: [2] } });
    const suspended = await ask(wang, { type: 'suspend', waitingFor: 'resident', text: '请说明楼层' });
    expect(suspended.body).toMatchObject({
      status: { code: 'suspended' },
      commands: expect.not.arrayContaining(['start']),
    });
    const inbox = async (view: string): Promise<unknown[]> => {
      const { body } = await api.call('GET /api/desk/reports', { staff: wang, query: { view } });
      return (body['items'] as { number: string }[]).filter((item) => item.number === number);
    };
    expect(await inbox('suspended')).toMatchObject([{ suspended: { waitingFor: 'resident' } }]);
    expect(await inbox('open')).toEqual([]);
    expect((await ask(wang, { type: 'resume' })).body).toMatchObject({ status: { code: 'assigned' } });
    expect(
      (await ask(manager, { type: 'prioritise', priority: 'normal', reason: '已关总阀' })).body,
    ).toMatchObject({
      priority: 'normal',
    });
  });

  it('close, follow up and reopen are for managers', async () => {
    const { number, bearer } = await assigned();
    const ask = async (staff: NonNullable<Call['staff']>, body: object): Promise<Reply> =>
      give(number, staff, { version: (await api.store.load(number))?.record.version, ...body });
    await ask(wang, { type: 'resolve', text: '已换管' });
    expectProblem(await ask(wang, { type: 'close' }), 403, 'not-permitted');
    expect((await ask(manager, { type: 'close', reason: '电话确认' })).body).toMatchObject({
      status: { code: 'closed' },
    });
    expectProblem(await ask(wang, { type: 'reopen', reason: '还漏' }), 403, 'not-permitted');
    expect((await ask(manager, { type: 'reopen', reason: '还漏' })).body).toMatchObject({
      status: { code: 'assigned' },
      round: 1,
    });
    await ask(wang, { type: 'resolve', text: '已换阀' });
    await api.call(`POST /api/reports/${number}/commands`, {
      headers: bearer,
      body: { type: 'rate', score: 1 },
    });
    const again = await ask(manager, { type: 'follow-up', outcome: 'reopen', text: '住户说夜里又漏' });
    expect(again.body).toMatchObject({ status: { code: 'assigned' }, round: 2 });
  });
});

describe('the lists of managers', () => {
  const district = { username: 'qu', role: 'manager', areas: 'yunting' };

  /** Reports of several departments in one area, with different due times. */
  async function scattered(area: string): Promise<{ number: string; at: number }[]> {
    const made = ['utility.water', 'utility.gas', 'city.order', 'building.lighting', 'city.sanitation'];
    const all: { number: string; at: number }[] = [];
    for (let i = 0; i < 30; i += 1) {
      api.clock.now = after((i * 37) % 101);
      const { body } = await submit({ ...report, location: { area } });
      const number = String(body['number']);
      await api.store.execute(
        number,
        { ...leak, category: made[i % made.length] ?? '' },
        { now: api.clock.now, actor: system('classify'), city },
      );
      const stored = await api.store.load(number);
      all.push({ number, at: Date.parse(stored ? (dueAt(stored.record) ?? '') : '') });
    }
    api.clock.now = start;
    return all;
  }

  async function pages(staff: NonNullable<Call['staff']>, query: Record<string, string>) {
    const read: { number: string; dueAt: string; version: number }[][] = [];
    let cursor: string | undefined;
    do {
      const { status, body } = await api.call('GET /api/desk/reports', {
        staff,
        query: { ...query, ...(cursor !== undefined && { cursor }) },
      });
      expect(status).toBe(200);
      read.push(body['items'] as (typeof read)[number]);
      cursor = body['cursor'] as string | undefined;
    } while (cursor !== undefined);
    return read;
  }

  it('have an area’s reports of all departments by due time, each once, in pages', async () => {
    const there = await scattered('textile-flats');
    const read = await pages(district, { area: 'textile-flats' });
    expect(Math.max(...read.map((page) => page.length))).toBe(25);
    const all = read.flat();
    expect(all.map(({ number }) => number).toSorted()).toEqual(there.map(({ number }) => number).toSorted());
    const due = all.map((item) => Date.parse(item.dueAt));
    expect(due).toEqual(due.toSorted((a, b) => a - b));
    for (const { number, version } of all)
      expect(version).toBe((await api.store.load(number))?.record.version);
    const wider = (await pages(district, { area: 'qilu' })).flat().map(({ number }) => number);
    expect(wider).toEqual(expect.arrayContaining(all.map(({ number }) => number)));
    const water = (await pages(district, { area: 'textile-flats', department: 'water' })).flat();
    expect(water).toHaveLength(6);
    const overdue = (await pages(district, { area: 'textile-flats', view: 'overdue' })).flat();
    expect(overdue).toEqual([]);
    expect(await pages(district, { area: 'moxiang', view: 'suspended' })).toEqual([[]]);
  });

  it('find reports by number, text and address, in an area and in a department', async () => {
    const file = async (description: string, address: string): Promise<string> => {
      const { body } = await submit({ ...report, description, location: { area: 'yuqian-lane', address } });
      const number = String(body['number']);
      const leads = { now: start, actor: system('classify'), city };
      await api.store.execute(number, { ...leak, category: 'utility.water' }, leads);
      return number;
    };
    const pipe = await file('自来水管爆了 Pipe burst', '7栋3单元');
    const meter = await file('水表不走', '12栋1单元');
    const find = async (words: string, query: Record<string, string>): Promise<string[]> =>
      (await pages(district, { ...query, words })).flat().map(({ number }) => number);
    for (const query of [{ area: 'yuqian-lane' }, { area: 'yunting' }, { department: 'water' }]) {
      expect(await find('水管', query)).toContain(pipe);
      expect(await find('PIPE 7栋', query)).toEqual([pipe]);
      expect(await find(meter.slice(-6), query)).toEqual([meter]);
      expect(await find('水表 7栋', query)).toEqual([]);
    }
  });

  it('show an area only to its managers and grid workers', async () => {
    const ask = (staff: NonNullable<Call['staff']>, query: Record<string, string>) =>
      api.call('GET /api/desk/reports', { staff, query });
    expectProblem(await ask(wang, { area: 'tinglan-court' }), 403, 'not-permitted');
    expectProblem(await ask(manager, { area: 'wangyu' }), 403, 'not-permitted');
    expectProblem(await ask(manager, { area: 'yunting' }), 403, 'not-permitted');
    expectProblem(await ask(manager, { area: 'atlantis' }), 422, 'unknown-area');
    expectProblem(await ask(manager, { area: 'qilu', cursor: 'x' }), 400, 'invalid-cursor');
    const { body } = await ask(manager, { area: 'qilu' });
    const cursor = String(body['cursor']);
    expectProblem(await ask(manager, { area: 'qilu', view: 'done', cursor }), 400, 'invalid-cursor');
    expect(
      (await ask({ username: 'lin', role: 'grid-worker', areas: 'liuan' }, { area: 'liuan' })).status,
    ).toBe(200);
  });

  it('count the backlog by department, area, category, priority and handler', async () => {
    const counts = async (staff: NonNullable<Call['staff']>, query: Record<string, string> = {}) =>
      api.call('GET /api/desk/counts', { staff, query });
    const place = { department: 'property-kangning', area: 'tinglan-court', category: 'building.leak' };
    const entries: BacklogEntry[] = [
      { ...place, view: 'open', priority: 'urgent', handler: 'wang-wuye', overdue: true },
      { ...place, view: 'open', priority: 'normal' },
      { ...place, view: 'suspended', priority: 'normal', department: 'water' },
    ];
    for (const [at, to] of entries.entries()) {
      const event = { number: formatNumber('YT', '260501', at), sequence: 3, day: '2026-11-20' };
      await api.figures.count([{ ...event, counts: backlogCounts({ to }) }], '2026-11-20', start);
    }
    expect((await counts(wang)).body).toEqual({
      department: 'property-kangning',
      counts: {
        triage: 0,
        open: 2,
        overdue: 1,
        suspended: 0,
      },
    });
    const [two, one, held] = [
      { triage: 0, open: 2, overdue: 1, suspended: 0 },
      { triage: 0, open: 1, overdue: 1, suspended: 0 },
      { triage: 0, open: 0, overdue: 0, suspended: 1 },
    ];
    const rows = async (by: string) => (await counts(manager, { by })).body['rows'];
    expect(await rows('department')).toMatchObject([
      { key: 'property-kangning', name: { zh: expect.any(String) }, counts: two },
      { key: 'water', counts: held },
    ]);
    expect(await rows('area')).toMatchObject([{ key: 'tinglan-court', counts: { ...two, suspended: 1 } }]);
    expect(await rows('category')).toMatchObject([
      { key: 'building.leak', counts: { open: 2, suspended: 1 } },
    ]);
    expect(await rows('priority')).toEqual([
      { key: 'normal', counts: { triage: 0, open: 1, overdue: 0, suspended: 1 } },
      { key: 'urgent', counts: one },
    ]);
    expect((await counts(wang, { by: 'handler' })).body).toMatchObject({
      department: 'property-kangning',
      rows: [{ key: 'wang-wuye', counts: one }],
    });
    expectProblem(await counts(wang, { department: 'gas' }), 403, 'not-permitted');
    expectProblem(await counts(wang, { by: 'area' }), 403, 'not-permitted');
    expectProblem(await counts(manager, { by: 'area', department: 'water' }), 400, 'invalid-fields');
  });

  it('have the level, area and delay of an alert', async () => {
    const { number } = await assigned();
    for (const minutes of [31, 61, 95]) {
      const context = { now: after(minutes), actor: system('sweep'), city };
      await api.store.execute(number, { type: 'fire-timers' }, context);
      api.clock.now = after(minutes);
      const [level, area] =
        { 31: ['department'], 61: ['community', 'liuan'], 95: ['street', 'qilu'] }[minutes] ?? [];
      for (const asked of ['department', 'community', 'street', 'district']) {
        const { body } = await api.call('GET /api/desk/alerts', { staff: manager, query: { level: asked } });
        const found = (body['items'] as { number: string; alert: object }[]).filter(
          (item) => item.number === number,
        );
        if (asked !== level) expect(found).toEqual([]);
        else
          expect(found).toMatchObject([
            {
              alert: {
                kind: 'breach',
                clock: 'acknowledge',
                level,
                ...(area !== undefined && { area, areaName: { zh: expect.any(String) } }),
                dueAt: after(30),
                lateSeconds: (minutes - 30) * 60,
              },
            },
          ]);
      }
    }
    api.clock.now = start;
    const wrong = await api.call('GET /api/desk/alerts', { staff: manager, query: { level: 'planet' } });
    expectProblem(wrong, 400, 'invalid-fields');
  });
});

describe('the league', () => {
  const ask = (query: Record<string, string>, staff: NonNullable<Call['staff']> = manager) =>
    api.call('GET /api/desk/league', { staff, query });
  type Row = { key: string; shown?: number; level?: number; improvement?: number; now: object };
  const span = { from: '2026-03-02', to: '2026-03-03' };

  /** Counts assignments of a department on a day, `good` of which are acknowledged in time and resolved. */
  async function did(day: string, department: string, area: string, assigned: number, good: number) {
    const about = { department, area, category: 'building.leak' };
    for (let i = 0; i < assigned; i += 1) {
      const number = formatNumber('YT', '260302', (serial += 1));
      const types = [
        'report-assigned.v1',
        ...(i < good ? ['assignment-acknowledged.v1', 'report-resolved.v1'] : []),
      ];
      for (const [at, type] of types.entries()) {
        const data = { ...about, reason: 'routed', withinTarget: true, secondsTaken: 3600 };
        const event = { type, number, sequence: at + 1, data } as unknown as ReportEvent;
        await count(event, day);
      }
    }
  }
  let serial = 0;

  beforeAll(async () => {
    await did('2026-02-28', 'water', 'tinglan-court', 10, 2);
    await did('2026-03-01', 'gas', 'moxiang', 10, 9);
    await did('2026-03-02', 'water', 'tinglan-court', 10, 6);
    await did('2026-03-03', 'gas', 'moxiang', 10, 10);
    await did('2026-03-03', 'power', 'liuan-homes', 6, 3);
    await did('2026-03-03', 'heating', 'moxiang', 4, 4);
  });

  it('ranks by level, and separates departments with too few assignments', async () => {
    const { body } = await ask({ ...span, order: 'level' });
    expect(body).toMatchObject({
      before: { from: '2026-02-28', to: '2026-03-01' },
      limits: { assigned: 5, rated: 3 },
    });
    const rows = body['rows'] as Row[];
    expect(rows.map(({ key, shown, level }) => [key, shown, level])).toEqual([
      ['gas', 1, 1],
      ['water', 2, 0.6],
      ['power', 3, 0.5],
    ]);
    expect(rows[0]?.now).toMatchObject({ assigned: 10, acknowledgedOnTime: 10, resolved: 10, rated: 0 });
    expect((body['apart'] as Row[]).map(({ key, now }) => [key, now])).toMatchObject([
      ['heating', { assigned: 4 }],
    ]);
  });

  it('ranks by improvement departments with enough assignments in the previous span', async () => {
    const { body } = await ask({ ...span, order: 'improvement' });
    expect((body['rows'] as Row[]).map(({ key, shown }) => [key, shown])).toEqual([
      ['water', 1],
      ['gas', 2],
    ]);
    expect((body['rows'] as Row[])[0]?.improvement).toBeCloseTo(0.4);
    expect((body['apart'] as Row[]).map(({ key }) => key).toSorted()).toEqual(['heating', 'power']);
  });

  it('compares areas of one level, including the areas within each', async () => {
    const streets = await ask({ ...span, by: 'area', order: 'level' });
    expect((streets.body['rows'] as Row[]).map(({ key, now }) => [key, now])).toMatchObject([
      ['wangyu', { assigned: 14, resolved: 14 }],
      ['qilu', { assigned: 16, resolved: 9 }],
    ]);
    const estates = await ask({ ...span, by: 'area', level: 'estate', order: 'level' });
    expect((estates.body['rows'] as Row[]).map(({ key }) => key)).toEqual([
      'moxiang',
      'tinglan-court',
      'liuan-homes',
    ]);
  });

  it('is for managers, and refuses invalid parameters', async () => {
    expectProblem(await ask(span, wang), 403, 'not-permitted');
    expectProblem(await ask({ from: '2026-03-03', to: '2026-03-02' }), 400, 'invalid-fields');
    expectProblem(await ask({ ...span, order: 'luck' }), 400, 'invalid-fields');
    expectProblem(await ask({ ...span, by: 'category' }), 400, 'invalid-fields');
  });
});

describe('an existing report', () => {
  const spot = { longitude: 116.6021, latitude: 35.9431, crs: 'wgs84' } as const;
  const nearby = (query: Record<string, string>) => api.call('GET /api/reports', { query });

  it('is listed to residents nearby, without its texts', async () => {
    const { number } = await assigned({
      description: '路口井盖松动，我叫王小明',
      location: spot,
      category: 'city.road',
    });
    const found = await nearby({ near: '116.6025,35.9433', crs: 'wgs84' });
    expect(found.body['items']).toContainEqual(
      expect.objectContaining({
        number,
        metres: expect.any(Number),
        status: expect.objectContaining({ code: 'assigned' }),
      }),
    );
    expect(JSON.stringify(found.body)).not.toContain('王小明');
    expect((await nearby({ near: '116.6125,35.9433', crs: 'wgs84' })).body['items']).toEqual([]);
    expect(
      (await nearby({ near: '116.6025,35.9433', crs: 'wgs84', category: 'utility.gas' })).body['items'],
    ).toEqual([]);
    expectProblem(await nearby({ near: '116.6025,35.9433' }), 400, 'invalid-fields');
    expectProblem(await nearby({ near: 'here', crs: 'wgs84' }), 400, 'invalid-fields');
    expectProblem(await nearby({}), 400, 'invalid-fields');
  });

  it('can be joined by another, which is merged into it and shows its progress', async () => {
    const one = await assigned({ ...report, location: { area: 'moxiang' } });
    const byArea = await nearby({ area: 'moxiang', category: 'building.leak' });
    expect((byArea.body['items'] as { number: string }[]).map((item) => item.number)).toContain(one.number);
    const key = randomUUID();
    const join = () => submit({ ...report, joins: one.number }, { headers: { 'idempotency-key': key } });
    const [reply, again] = [await join(), await join()];
    expect(again.body).toEqual(reply.body);
    expect((await api.store.load(one.number))?.record.duplicates).toEqual([reply.body['number']]);
    await api.store.execute(
      one.number,
      { type: 'note', text: '我家在502', photos: [], audience: 'everyone' },
      { now: after(1), actor: { kind: 'resident' }, city },
    );
    const mine = await api.call(`GET /api/reports/${String(reply.body['number'])}`, {
      headers: { authorization: `Bearer ${String(reply.body['trackingToken'])}` },
    });
    expect(mine.body).toMatchObject({
      status: { code: 'merged' },
      follows: { number: one.number, status: { code: 'assigned' }, department: { id: 'property-mozhu' } },
    });
    expect(JSON.stringify(mine.body)).not.toContain('502');
  });

  it('cannot be joined when it has ended or does not exist', async () => {
    const { number } = await assigned();
    await api.store.execute(
      number,
      { type: 'withdraw' },
      { now: after(1), actor: { kind: 'resident' }, city },
    );
    expectProblem(await submit({ ...report, joins: number }), 422, 'join-target-ended');
    expectProblem(await submit({ ...report, joins: 'YT-261120-00002E' }), 404, 'report-not-found');
  });
});

describe('the city', () => {
  it('is public without internal settings', async () => {
    const { body } = await api.call('GET /api/city');
    expect(body['categories']).toHaveLength(42);
    expect(body).toMatchObject({ numberPrefix: 'YT', limits: { photos: { count: 9 } } });
    expect(JSON.stringify(body)).not.toMatch(/keywords|webhook|staff|email/);
  });

  it('has the usual targets and some keywords of each category', async () => {
    const { body } = await api.call('GET /api/city');
    const categories = body['categories'] as {
      code: string;
      promise: unknown;
      hints: { zh: string[]; en: string[] };
    }[];
    const lift = categories.find(({ code }) => code === 'building.elevator');
    expect(lift?.promise).toEqual({
      acknowledge: { amount: expect.any(Number), unit: expect.stringMatching(/^(minute|hour)$/) },
      resolve: { amount: expect.any(Number), unit: expect.stringMatching(/^(minute|hour)$/) },
    });
    expect(lift?.hints.zh).toContain('电梯');
    for (const { hints } of categories)
      expect(Math.max(hints.zh.length, hints.en.length)).toBeLessThanOrEqual(12);
    // Every resident's phone downloads it.
    expect(gzipSync(JSON.stringify(body)).length).toBeLessThanOrEqual(60_000);
  });
});

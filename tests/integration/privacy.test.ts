import { randomUUID } from 'node:crypto';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createHandler as createJoint } from '../../functions/joint/handler.ts';
import { createHandler as createPhotos } from '../../functions/photos/handler.ts';
import { seededRandom } from '../demo/random.ts';
import type { Command } from '../support/report-domain.ts';
import { erasedText } from '../../shared/kernel/erasure.ts';
import type { ReportStored as Stored } from '../support/report-domain.ts';
import { keyOf } from '../../shared/store/item.ts';
import { blurredKeys, photoKeys } from '../../shared/store/photos.ts';
import { bucket, startApi, type Api } from '../support/api.ts';
import { city } from '../support/city.ts';
import { itemText } from '../support/item-text.ts';
import { batch, parkingLot } from '../support/queue.ts';
import { admin, after, leak, resident, system } from '../support/reports.ts';

let api: Api;
const lot = parkingLot();
const done = { batchItemFailures: [] };
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const contact = { name: '欧阳小明', phone: '13987654321' };
const chief = { username: 'chief', role: 'admin', departments: '', areas: '' };
const handler = { username: 'kangning', role: 'handler', departments: 'property-kangning', areas: '' };
const supporter = { username: 'officer', role: 'handler', departments: 'police', areas: '' };

type Filed = { number: string; token: string; events: Stored['events'] };
/** A unique name, as a few digits could occur in a random id. */
const flat = '琉璃青竹阁';
const address = `3栋2单元${flat}`;

async function file(files: Uint8Array[] = [], on: Api = api): Promise<Filed> {
  const key = randomUUID();
  const photos = files.length > 0 ? await on.upload(key, files) : [];
  const { status, body } = await on.call('POST /api/reports', {
    headers: { 'idempotency-key': key },
    body: {
      description: `楼道水管爆了，我住${flat}`,
      location: {
        area: 'tinglan-court',
        address,
        longitude: 116.4321987,
        latitude: 39.9123456,
        crs: 'wgs84',
      },
      contact,
      photos,
    },
  });
  expect(status, JSON.stringify(body)).toBe(201);
  const number = String(body['number']);
  const { events } = await load(number, on);
  return { number, token: String(body['trackingToken']), events };
}

async function load(number: string, on: Api = api): Promise<Stored> {
  const stored = await on.store.load(number);
  if (!stored) throw new Error(`no ${number}`);
  return stored;
}

async function give(number: string, command: Command, actor = admin): Promise<Stored> {
  const result = await api.store.execute(number, command, { now: api.clock.now, city, actor });
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.stored;
}

/** The whole item as stored. */
async function raw(number: string, on: Api = api): Promise<string> {
  const { client, name } = on.table;
  const { Item } = await client.send(new GetItemCommand({ TableName: name, Key: keyOf(number) }));
  if (!Item) throw new Error(`no ${number}`);
  return itemText(Item);
}

const photos = () =>
  createPhotos({
    city,
    store: api.store,
    photos: { client: api.s3, bucket },
    parking: lot.parking,
    now: () => api.clock.now,
  });
const joint = () => createJoint({ city, store: api.store, parking: lot.parking, now: () => api.clock.now });

async function bytesOf(key: string): Promise<Buffer> {
  const { Body } = await api.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

/** All objects in the bucket with the report's number in the key. */
async function objectsOf(number: string): Promise<string[]> {
  const { Contents = [] } = await api.s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  return Contents.map(({ Key = '' }) => Key).filter((key) => key.includes(number));
}

/** The finest pattern: every pixel is randomly black or white. */
async function noise(width: number, height: number): Promise<Buffer> {
  const draws = seededRandom(1);
  const pixels = Buffer.from(Array.from({ length: width * height }, () => (draws.yes(0.5) ? 0 : 255)));
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .jpeg({ quality: 95 })
    .toBuffer();
}

type Box = { left: number; top: number; width: number; height: number };
/** The average difference of neighbouring pixels, from 0 to 255. */
async function roughness(photo: Buffer, box: Box): Promise<number> {
  const { data } = await sharp(photo).extract(box).greyscale().raw().toBuffer({ resolveWithObject: true });
  let sum = 0;
  for (let at = 1; at < data.length; at += 1)
    if (at % box.width !== 0) sum += Math.abs((data[at] ?? 0) - (data[at - 1] ?? 0));
  return sum / data.length;
}

describe('the contact', () => {
  it('is stored only as ciphertext, and not in events', async () => {
    const { number } = await file();
    const item = await raw(number);
    for (const secret of [contact.name, contact.phone, contact.phone.slice(3, 8)])
      expect(item).not.toContain(secret);
    expect(item).toContain('139****4321');
  });

  it('is shown masked to staff everywhere, and unmasked when they give a reason', async () => {
    const { number } = await file();
    await give(number, leak, system('classify'));
    const version = (await load(number)).record.version;
    const places = [
      await api.call(`GET /api/desk/reports/${number}`, { staff: chief }),
      await api.call('GET /api/desk/reports', { staff: handler, query: { view: 'open' } }),
      await api.call('POST /api/desk/search', { staff: chief, body: { phone: contact.phone } }),
      await api.call(`POST /api/desk/reports/${number}/commands`, {
        staff: handler,
        body: { type: 'note', text: '已联系', version },
      }),
    ];
    for (const { status, body } of places) {
      expect(status).toBe(200);
      expect(JSON.stringify(body)).toContain(number);
      expect(JSON.stringify(body)).not.toMatch(new RegExp(`${contact.phone}|${contact.name}`));
    }
    const { body } = await api.call(`POST /api/desk/reports/${number}/commands`, {
      staff: handler,
      body: { type: 'reveal', reason: '上门前联系', version: version + 1 },
    });
    expect(body['contact']).toEqual(contact);
    expect((await load(number)).events.at(-1)).toMatchObject({
      type: 'contact-revealed.v1',
      actor: { username: 'kangning' },
      data: { reason: '上门前联系' },
    });
  });

  it('is neither accepted nor revealed while KMS is unavailable; everything else works', async () => {
    const away = await startApi();
    onTestFinished(() => away.stop());
    const known = await file([], away);
    await away.kms.goDown();
    // Data keys cached in memory work for some minutes more.
    away.clock.now = after(5);
    const key = randomUUID();
    const submit = (body: object) =>
      away.call('POST /api/reports', {
        headers: { 'idempotency-key': key },
        body: { description: '楼道漏水', location: { area: 'tinglan-court' }, ...body },
      });
    const refused = await submit({ contact });
    expect([refused.status, refused.body['code']]).toEqual([503, 'temporarily-unavailable']);
    expect((await submit({})).status).toBe(201);

    const revealed = await away.call(`POST /api/desk/reports/${known.number}/commands`, {
      staff: chief,
      body: { type: 'reveal', reason: '上门前联系', version: 1 },
    });
    expect([revealed.status, revealed.body['code']]).toEqual([503, 'temporarily-unavailable']);
    expect((await load(known.number, away)).events).toHaveLength(1);
    expect((await away.call(`GET /api/desk/reports/${known.number}`, { staff: chief })).status).toBe(200);
  });
});

describe('a blurred photo', () => {
  const region = { x: 0.25, y: 0.25, width: 0.5, height: 0.5 };
  const size = { width: 400, height: 300 };
  /** The 8×8 JPEG blocks entirely inside the region; those on its edge keep some of the outside. */
  const inside = { left: 104, top: 80, width: 192, height: 144 };
  const outside = { left: 0, top: 0, width: 400, height: 70 };

  async function ready(): Promise<Filed & { photo: string }> {
    const filed = await file([await noise(size.width, size.height)]);
    expect(await photos()(batch(filed.events[0]))).toEqual(done);
    await give(filed.number, leak, system('classify'));
    const { record: report } = await load(filed.number);
    return { ...filed, photo: report.photos[0]?.id ?? '' };
  }
  const seenBy = async (filed: Filed, staff?: typeof chief): Promise<Record<string, unknown>> => {
    const path = staff ? `GET /api/desk/reports/${filed.number}` : `GET /api/reports/${filed.number}`;
    const who = staff ? { staff } : { headers: { authorization: `Bearer ${filed.token}` } };
    const { body } = await api.call(path, who);
    return (body['photos'] as Record<string, unknown>[])[0] ?? {};
  };

  it('is shown only to its department from the time of the command', async () => {
    const filed = await ready();
    const whole = photoKeys(filed.number, filed.photo).full;
    expect((await seenBy(filed))['url']).toContain(whole);
    await give(filed.number, { type: 'support', departments: ['police'], request: '请到场' });
    const { body, status } = await api.call(`POST /api/desk/reports/${filed.number}/commands`, {
      staff: handler,
      body: {
        type: 'blur-photo',
        photo: filed.photo,
        regions: [region],
        version: (await load(filed.number)).record.version,
      },
    });
    expect(status, JSON.stringify(body)).toBe(200);
    for (const staff of [undefined, supporter]) {
      const before = await seenBy(filed, staff);
      expect([before['status'], before['url'], before['blur']]).toEqual(['processing', undefined, undefined]);
    }
    const asked = (await load(filed.number)).events.at(-1);
    expect(await photos()(batch(asked, asked))).toEqual(done);
    const { full, thumb } = blurredKeys(filed.number, filed.photo, asked?.sequence ?? 0);
    for (const staff of [undefined, supporter]) {
      const after = await seenBy(filed, staff);
      expect(after['status']).toBe('ready');
      expect(String(after['url'])).toContain(full);
      expect(String(after['thumbnailUrl'])).toContain(thumb);
      expect(JSON.stringify(after)).not.toContain('full.jpg');
    }
    const working = await seenBy(filed, handler);
    expect(String(working['url'])).toContain(whole);
    expect(String(working['blurredUrl'])).toContain(full);
  });

  it('has no detail left in the region, and is unchanged elsewhere', async () => {
    const filed = await ready();
    const { events } = await give(filed.number, {
      type: 'blur-photo',
      photo: filed.photo,
      regions: [region],
    });
    await photos()(batch(events.at(-1)));
    const before = await bytesOf(photoKeys(filed.number, filed.photo).full);
    const after = await bytesOf(blurredKeys(filed.number, filed.photo, events.length).full);
    expect(await roughness(before, inside)).toBeGreaterThan(60);
    expect(await roughness(after, inside)).toBeLessThan(2);
    expect(await roughness(after, outside)).toBeGreaterThan(60);
    // Random patterns have nearly equal averages, and only averages are left.
    const grey = await sharp(after).extract(inside).greyscale().raw().toBuffer();
    expect(Math.max(...grey) - Math.min(...grey)).toBeLessThan(20);
    const thumb = await sharp(
      await bytesOf(blurredKeys(filed.number, filed.photo, events.length).thumb),
    ).metadata();
    expect([thumb.width, thumb.height]).toEqual([360, 270]);
  });

  it('can be blurred again in other regions, which deletes the first rendition', async () => {
    const filed = await ready();
    const first = await give(filed.number, { type: 'blur-photo', photo: filed.photo, regions: [region] });
    await photos()(batch(first.events.at(-1)));
    const again = await give(filed.number, { type: 'blur-photo', photo: filed.photo, regions: [region] });
    // Only the completion of the first is added; the same command again has no effect.
    expect(again.events).toHaveLength(first.events.length + 1);
    const other = { x: 0, y: 0, width: 1, height: 0.1 };
    const second = await give(filed.number, { type: 'blur-photo', photo: filed.photo, regions: [other] });
    // Events may come in any order.
    expect(await photos()(batch(second.events.at(-1)))).toEqual(done);
    expect(await photos()(batch(first.events.at(-1)))).toEqual(done);
    const names = (await objectsOf(filed.number)).map((key) => key.split('/').at(-1)).sort();
    const sequence = second.events.length;
    expect(names).toEqual(
      ['full.jpg', 'thumb.jpg', `blurred-${sequence}.jpg`, `blurred-${sequence}-thumb.jpg`].sort(),
    );
  });

  it('is refused for an unknown photo or a region outside of it', async () => {
    const filed = await ready();
    const ask = (body: object) =>
      api.call(`POST /api/desk/reports/${filed.number}/commands`, {
        staff: handler,
        body: { type: 'blur-photo', version: 99, ...body },
      });
    const { version } = (await load(filed.number)).record;
    const stranger = await ask({ photo: 'nowhere', regions: [region], version });
    expect([stranger.status, stranger.body['code']]).toEqual([422, 'unknown-photo']);
    for (const wrong of [
      { ...region, x: 0.8 },
      { ...region, width: 0 },
      { ...region, y: -0.1 },
    ])
      expect((await ask({ photo: filed.photo, regions: [wrong], version })).status).toBe(400);
    expect((await ask({ photo: filed.photo, regions: [], version })).status).toBe(400);
  });
});

describe('deleting personal data', () => {
  const resolve: Command = { type: 'resolve', text: `${flat}王先生家已修好`, photos: [] };

  it('removes contact, texts, exact place and photos from the item and the bucket', async () => {
    const filed = await file([await noise(80, 60)]);
    const { number } = filed;
    await photos()(batch(filed.events[0]));
    await give(number, leak, system('classify'));
    const photo = (await load(number)).record.photos[0]?.id ?? '';
    await give(number, {
      type: 'blur-photo',
      photo,
      regions: [{ x: 0, y: 0, width: 0.5, height: 0.5 }],
    });
    await photos()(batch((await load(number)).events.at(-1)));
    await give(number, { type: 'note', text: '请晚上来', photos: [], audience: 'everyone' }, resident);
    await give(number, resolve);
    expect(await objectsOf(number)).toHaveLength(4);
    const before = await api.call('POST /api/desk/search', { staff: chief, body: { phone: contact.phone } });
    expect(JSON.stringify(before.body)).toContain(number);

    const authorization = `Bearer ${filed.token}`;
    const { status, body } = await api.call(`POST /api/reports/${number}/commands`, {
      headers: { authorization },
      body: { type: 'erase' },
    });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body['description']).toBe(erasedText);
    expect(body['commands']).toEqual(['renew-link']);
    const { events } = await load(number);
    expect(await photos()(batch(events.at(-1)))).toEqual(done);

    const item = await raw(number);
    for (const gone of [
      contact.name[0] ?? '',
      '139****4321',
      flat,
      '请晚上来',
      '王先生',
      address,
      '116.43',
      '39.91',
    ])
      expect(item, gone).not.toContain(gone);
    expect(await objectsOf(number)).toEqual([]);
    const after = await api.call('POST /api/desk/search', { staff: chief, body: { phone: contact.phone } });
    expect(JSON.stringify(after.body)).not.toContain(number);
    // The tracking link still opens the rest.
    const seen = await api.call(`GET /api/reports/${number}`, { headers: { authorization } });
    expect([seen.status, (seen.body['status'] as { code: string }).code]).toEqual([200, 'resolved']);
    expect(seen.body['photos']).toEqual([]);
  });

  it('adds one event and changes no event ids, so that nothing is republished', async () => {
    const { number } = await file();
    await give(number, leak, system('classify'));
    const { events } = await give(number, resolve);
    const after = await give(number, { type: 'erase' }, resident);
    expect(after.events.slice(events.length).map(({ type }) => type)).toEqual(['personal-data-erased.v1']);
    expect(after.events.map(({ id }) => id)).toEqual([...new Set(after.events.map(({ id }) => id))]);
  });

  it('deletes renditions that late cleaning of a photo writes afterwards', async () => {
    const filed = await file([await noise(80, 60)]);
    await give(filed.number, leak, system('classify'));
    await give(filed.number, resolve);
    await give(filed.number, { type: 'erase' }, resident);
    // The message of the submission arrives late.
    expect(await photos()(batch(filed.events[0]))).toEqual(done);
    expect(await objectsOf(filed.number)).toEqual([]);
  });

  it('includes the parts of supporting departments', async () => {
    const { number } = await file();
    await give(number, leak, system('classify'));
    await give(number, { type: 'support', departments: ['police'], request: `请到${flat}` });
    expect(await joint()(batch((await load(number)).events.at(-1)))).toEqual(done);
    const part = (await load(number)).record.support[0]?.number ?? '';
    expect(await raw(part)).toContain(flat);
    await give(number, { ...resolve, override: '不再等待' });
    const { events } = await give(number, { type: 'erase' }, resident);
    for (const event of events) expect(await joint()(batch(event))).toEqual(done);
    expect(await raw(part)).not.toContain(flat);
    expect(await raw(part)).not.toContain(address);
  });
});

import { report } from '../../shared/records/report/kind.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type Api, type Reply } from '../support/api.ts';
import { after, Story, submit, resident } from '../support/reports.ts';
import { keysOf } from './subject.ts';

/** Numbers, tokens and hashes that people hold and the table stores. Other values would break existing links. */

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const chief = { username: 'chief', role: 'admin', departments: '', areas: '' };
const body = {
  description: '楼道水管爆了',
  location: { area: 'tinglan-court' },
  contact: { name: '欧阳小明', phone: '139 8765 4321' },
};
const file = (key: string, staff?: typeof chief, sent: object = body): Promise<Reply> =>
  api.call(staff ? 'POST /api/desk/reports' : 'POST /api/reports', {
    headers: { 'idempotency-key': key },
    body: sent,
    ...(staff && { staff }),
  });

const contactHash = 'dA8D-ytWQeuCaYoyOEUq4V2ZUrgLZ0Ox_lGErq2-_A8';
/** What the keys 5 and 6 would make first, and what 6 would make second. */
const takenNumbers = ['YT-261201-WPQ7KT', 'YT-261201-5NRZG3', 'YT-261201-2HDWXX'];
const nextNumbers = [
  ['YT-261201-0SSX09', 'pL4ptrMFcy7_em-soOvkmpsJDXwPYt-W375HCeHlBMs'],
  ['YT-261201-R615WM', '1NLxZh0cziufxp1ftAMux1zaNQx1L30i4xJTIwYNgZQ'],
];
const firstKey = 'guard-key-0000000001';

describe('a key of the secret derives from an idempotency key and a day', () => {
  it.each([
    {
      at: 'the morning of 20 November',
      now: '2026-11-20T01:00:00.000Z',
      key: firstKey,
      number: 'YT-261120-V1PXQ4',
      token: 'lYxI9g90SECQ6HRN0xm9GsiuZfqHdPeloqwqSbrXolE',
      keyHash: 'rnVkLs7euqYMj0FwOA9yjNeWCOq1j9uVmSXJA-vwn0E',
      tokenHash: 'HaEMTrzgyIO25pxNq-fYqlm1AOn1GlRML3-3qS83ySA',
    },
    {
      at: 'the last moment of that day in the city',
      now: '2026-11-20T15:59:59.999Z',
      key: 'guard-key-0000000002',
      number: 'YT-261120-0W5D0J',
      token: 'P0Gc1SlWa1oHtLbmdJ4jKH0XCOoYwvm_aadqFKNhx24',
      keyHash: 'v7RjL9dryAllAUWLIGF9TVAMTav3i4yqS979o6LU6A8',
      tokenHash: 'XaJxlXJg-pLovcV71j7m1uJ3pQ0zdc8Y_LHxD_lfVNY',
    },
    {
      at: 'the first moment of the next day in the city',
      now: '2026-11-20T16:00:00.000Z',
      key: 'guard-key-0000000003',
      number: 'YT-261121-RJSAQR',
      token: 'eIZ6DpdW0MRUTK9wW3vfz4NMTVVAlZj_fVSsUVH-I2M',
      keyHash: 'OHeMuq-dtNIJPKJ9X3lzHFju0zuvSDg1TOxUDfMnVvw',
      tokenHash: 'Yn6w_O8ZcmcnfRyhRxCFF2h20BTWln-tXpRVoFP4Or8',
    },
    {
      at: 'more than seven days later, of the same idempotency key',
      now: '2026-12-31T12:00:00.000Z',
      key: firstKey,
      number: 'YT-261231-V1PXQD',
      token: 'ICnrNiXf8Ch3jiE1A1e-wjjIWRvHc4viAdNgBGBY2vM',
      keyHash: 'rnVkLs7euqYMj0FwOA9yjNeWCOq1j9uVmSXJA-vwn0E',
      tokenHash: 'z_zWRkXLbU6-Zuh0dIwMdOXFzhQInqLwq0uNOcv_0Cc',
    },
  ])(
    'on $at: number, token, and what is kept of them',
    async ({ at: _at, now, key, number, token, ...kept }) => {
      api.clock.now = now;
      expect(await file(key)).toMatchObject({
        status: 201,
        body: { number, trackingToken: token, status: 'submitted', trackUrl: `/?report=${number}#${token}` },
      });
      const { contact: _contact, ...secret } = (await api.store.load(number))?.private ?? expect.fail(number);
      const requestHash = 'p94iDP-nL2qUeHAwR-jylB0jQN6XzRCiwbJinnzpyTc';
      expect(secret).toEqual({ ...kept, requestHash, contactHash });
    },
  );

  it('separate requests for staff and residents', async () => {
    api.clock.now = '2027-01-01T12:00:00.000Z';
    const { body: answer } = await file('guard-key-0000000004', chief);
    expect([answer['number'], answer['trackingToken']]).toEqual([
      'YT-270101-VQFSCZ',
      '22EL2z2vZhZ0XClhfSn1QS51dI53Cbnw2XwVT4YcBic',
    ]);
    const stored = await api.store.load('YT-270101-VQFSCZ');
    expect(stored?.private.requestHash).toBe('QGkqM2tDJPo_ACzl2OY3eQ7iuErBZkKoEN3SrWbGZHc');
  });

  it('the same number for the same request during seven days, and refuses another', async () => {
    for (const later of [
      '2027-01-01T12:00:01.000Z',
      '2027-01-02T12:00:00.000Z',
      '2027-01-07T15:59:59.999Z',
    ]) {
      api.clock.now = later;
      const again = await file('guard-key-0000000004', chief);
      expect([again.status, again.body['number']], later).toEqual([201, 'YT-270101-VQFSCZ']);
    }
    const other = await file('guard-key-0000000004', chief, { ...body, description: '别的事情' });
    expect([other.status, other.body['code']]).toEqual([422, 'idempotency-key-reused']);
  });

  it('another number where that one is taken, and a third where both are', async () => {
    api.clock.now = '2026-12-01T01:00:00.000Z';
    for (const number of takenNumbers) {
      const story = new Story();
      story.give({ ...submit, number }, resident, 0);
      const foreign = { keyHash: 'somebody', requestHash: '', tokenHash: '' };
      await api.store.create(report, story.events, foreign);
    }
    const answers = [await file('guard-key-0000000005'), await file('guard-key-0000000006')];
    expect(answers.map(({ body: answer }) => [answer['number'], answer['trackingToken']])).toEqual(
      nextNumbers,
    );
    // The same request finds it there.
    expect((await file('guard-key-0000000006')).body).toEqual(answers[1]?.body);
  });
});

describe('a key of the secret', () => {
  const { current } = keysOf('a secret of more than thirty-two characters', after(0));

  it('is deterministic, and separate for each use', () => {
    expect(current.trackingToken('YT-261120-000017', 'link-1')).toBe(
      'oo6h8we2PTOqh1LcN2BzyFYeLOTBZO_oQ-DWhfw6H6k',
    );
    expect(current.keyHash(firstKey)).toBe('rnVkLs7euqYMj0FwOA9yjNeWCOq1j9uVmSXJA-vwn0E');
    expect(current.requestHash('{}')).toBe('TP6mJ6NLAYn1wQCa03_GWVthlTTjq65upYPuJIJBUpc');
    expect(current.webhookSecret('police')).toBe('lUWEHXljS5MXzq_-Kn3AcYjEVnXykcS1ptbCRIO0e-M');
    expect(current.callerHash('ip 192.0.2.1')).toBe('Qz1n3wujS7kXKmGU9EgKYqz0u3TA6jmRHJ2MaCnMrZ8');
  });

  it.each(['13987654321', '139 8765 4321', '+86 139-8765-4321', '008613987654321', '１３９８７６５４３２１'])(
    'knows a telephone number however it is spelt: %s',
    (phone) => {
      expect(current.contactHash(phone)).toBe(contactHash);
    },
  );
});

describe('a note with photos', () => {
  const jpeg = Buffer.from(
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/wAALCAABAAEBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/APn+v//Z',
    'base64',
  );
  const keyA = 'guard-note-key-aaaa-0001';
  const keyB = 'guard-note-key-bbbb-0002';
  let path: string;
  let headers: { authorization: string };
  let version: () => Promise<number>;
  let photosOf: () => Promise<(number | string)[][]>;

  beforeAll(async () => {
    api.clock.now = '2026-12-02T01:00:00.000Z';
    const { body: filed } = await file('guard-key-0000000007');
    const number = String(filed['number']);
    path = `POST /api/reports/${number}/commands`;
    headers = { authorization: `Bearer ${String(filed['trackingToken'])}` };
    const events = async () => (await api.store.load(number))?.events ?? [];
    version = async () => (await events()).length;
    /** The text of each note, with how many photos it has. */
    photosOf = async () =>
      (await events()).flatMap(({ type, data }) =>
        type === 'note-added.v1' ? [[data.text, data.photos.length]] : [],
      );
  });

  const note = (text: string, key: string, photos: string[] = []): Promise<Reply> =>
    api.call(path, {
      headers: { ...headers, 'idempotency-key': key },
      body: { type: 'note', text, ...(photos.length > 0 && { photos }) },
    });

  it('keeps its photos after an earlier command with another key, and is added once', async () => {
    expect((await note('先说一声', keyA)).status).toBe(200);
    const photos = await api.upload(keyB, [jpeg, jpeg]);
    for (let time = 0; time < 2; time += 1) expect((await note('请看照片', keyB, photos)).status).toBe(200);
    expect(await photosOf()).toEqual([
      ['先说一声', 0],
      ['请看照片', 2],
    ]);
    // The earlier key again changes nothing; with other words it is refused.
    expect((await note('先说一声', keyA)).status).toBe(200);
    const reused = await note('另一句话', keyA);
    expect([reused.status, reused.body['code']]).toEqual([422, 'idempotency-key-reused']);
    expect(await photosOf()).toHaveLength(2);
  });

  it('keeps photos of staff too', async () => {
    const keyC = 'guard-note-key-cccc-0003';
    const photos = await api.upload(keyC, [jpeg]);
    const seen = await version();
    for (let time = 0; time < 2; time += 1) {
      const { status } = await api.call(path.replace('/api/', '/api/desk/'), {
        staff: chief,
        headers: { 'idempotency-key': keyC },
        body: { type: 'note', text: '现场照片', photos, version: seen },
      });
      expect(status).toBe(200);
    }
    expect((await photosOf()).slice(2)).toEqual([['现场照片', 1]]);
  });
});

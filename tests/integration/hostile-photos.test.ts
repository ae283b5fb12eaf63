import { randomUUID } from 'node:crypto';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHandler as createPhotos } from '../../functions/photos/handler.ts';
import type { Photo } from '../../shared/kernel/photos.ts';
import { photoKeys } from '../../shared/store/photos.ts';
import { bucket, startApi, type Api } from '../support/api.ts';
import { city } from '../support/city.ts';
import {
  animation,
  endlessExif,
  jpegHead,
  manyScans,
  packedChunk,
  palette,
  png,
  webpHead,
  withSegments,
} from '../support/hostile-photos.ts';
import { batch, parkingLot } from '../support/queue.ts';

/** The function's memory in the stack. */
const functionMegabytes = 1536;
const payload = '<script>alert(document.cookie)</script>';
const lot = parkingLot();
let api: Api;
let clean: ReturnType<typeof createPhotos>;

beforeAll(async () => {
  api = await startApi();
  const photos = { client: api.s3, bucket };
  clean = createPhotos({ city, store: api.store, photos, parking: lot.parking, now: () => api.clock.now });
});
afterAll(() => api.stop());

type Filed = { code: string } | { photo: Photo & { url?: string }; number: string };

/** Submits a report with one file, cleans it, and returns the photo as the resident's page shows it. */
async function file(bytes: Uint8Array, contentType = 'image/jpeg'): Promise<Filed> {
  const key = randomUUID();
  const photos = await api.upload(key, [bytes], contentType);
  const body = { description: '楼道水管爆了', location: { area: 'tinglan-court' }, photos };
  const sent = await api.call('POST /api/reports', { headers: { 'idempotency-key': key }, body });
  if (sent.status !== 201) {
    expect(sent).toMatchObject({ status: 422, body: { errors: [{ path: 'photos[0]' }] } });
    return { code: String(sent.body['code']) };
  }
  const number = String(sent.body['number']);
  const stored = await api.store.load(number);
  expect(await clean(batch(stored?.events[0]))).toEqual({ batchItemFailures: [] });
  expect(lot.reasons()).toEqual([]);
  const headers = { authorization: `Bearer ${String(sent.body['trackingToken'])}` };
  const { body: view } = await api.call(`GET /api/reports/${number}`, { headers });
  const [photo] = view['photos'] as (Photo & { url?: string })[];
  return { photo: photo ?? expect.fail(), number };
}

const jpeg = (width = 64, height = 48): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: '#27a' } })
    .jpeg()
    .toBuffer();

describe('a file that is not a photo', () => {
  const gif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
  it.each<[string, Uint8Array | Promise<Uint8Array>, string?]>([
    ['SVG', Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${payload}</svg>`)],
    ['SVG that says it is a PNG', Buffer.from(`<?xml version="1.0"?><svg>${payload}</svg>`), 'image/png'],
    ['HTML', Buffer.from(`<!doctype html>${payload}`)],
    ["HTML that mentions a JPEG's beginning", Buffer.from(`<!--\u00ff\u00d8\u00ff-->${payload}`)],
    ['PDF', Buffer.from('%PDF-1.7\n1 0 obj\n<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>')],
    [
      'a GIF that is a script as well',
      Buffer.concat([Buffer.from('GIF89a/*'), gif, Buffer.from('*/=1;alert(1)')]),
    ],
    ['ZIP', Buffer.from('504b030414000000080000002100', 'hex')],
    [
      'TIFF',
      sharp({ create: { width: 9, height: 9, channels: 3, background: '#000' } })
        .tiff()
        .toBuffer(),
    ],
    ['one byte', Buffer.from([0xff])],
    ["a JPEG's first bytes", Buffer.from('ffd8ff', 'hex')],
    ["a PNG's signature alone", Buffer.from('89504e470d0a1a0a', 'hex')],
    ['nulls', Buffer.alloc(5000)],
  ])('is refused with its report: %s', async (_, bytes, type) => {
    expect(await file(await bytes, type)).toEqual({ code: 'photo-not-an-image' });
  });
});

describe('a picture too large to decode in memory', () => {
  it.each([
    [
      'a PNG of 50,000 by 50,000 in a few kilobytes',
      png({ width: 50_000, height: 50_000, depth: 1, pixelBytes: 5_000_000 }),
    ],
    ['a PNG of four billion pixels in one line', png({ width: 0x7fffffff, height: 2, pixelBytes: 10 })],
    ['a PNG that is one pixel wide and sixty million high', png({ width: 1, height: 60_000_000 })],
    ['a JPEG of 65,535 by 65,535', jpegHead(65_535, 65_535)],
    ['a WebP with a canvas of 16,384 by 16,384', webpHead(16_384, 16_384)],
  ])('is refused with its report: %s', async (_, bytes) => {
    expect(bytes.length).toBeLessThan(130_000);
    expect(await file(bytes)).toEqual({ code: 'photo-too-large' });
  });
});

describe('a picture with additional content', () => {
  async function cleaned(filed: Filed): Promise<void> {
    if (!('photo' in filed)) return expect.fail(filed.code);
    expect(filed.photo).toMatchObject({ status: 'ready' });
    const { full, thumb, original } = photoKeys(filed.number, filed.photo.id);
    for (const key of [full, thumb]) {
      const { Body, ContentType } = await api.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
      expect(ContentType).toBe('image/jpeg');
      const { format, exif, xmp, icc, pages } = await sharp(bytes).metadata();
      expect({ format, exif, xmp, icc, pages }).toEqual({ format: 'jpeg' });
      expect(bytes.includes('script')).toBe(false);
      expect(bytes.includes('PK\x03\x04')).toBe(false);
      // Nothing follows the end of the picture.
      expect(bytes.subarray(-2).toString('hex')).toBe('ffd9');
    }
    expect(filed.photo.url).toContain(full);
    await expect(api.s3.send(new GetObjectCommand({ Bucket: bucket, Key: original }))).rejects.toMatchObject({
      name: 'NoSuchKey',
    });
  }

  it.each<[string, () => Promise<Buffer> | Buffer]>([
    ['HTML behind a JPEG', async () => Buffer.concat([await jpeg(), Buffer.from(payload)])],
    [
      'a ZIP behind a JPEG',
      async () => Buffer.concat([await jpeg(), Buffer.from('PK\x03\x04\x14\0'.padEnd(400, 'x'))]),
    ],
    ["HTML as a JPEG's comment", async () => withSegments(await jpeg(), 0xfe, [Buffer.from(payload)])],
    [
      'XMP with a script',
      async () => withSegments(await jpeg(), 0xe1, [Buffer.from(`http://ns.adobe.com/xap/1.0/\0${payload}`)]),
    ],
    ['EXIF that leads back to itself', async () => withSegments(await jpeg(), 0xe1, [endlessExif()])],
    // Only so much of a file is read to find its size, so there are no more segments before it.
    [
      'seven segments full of EXIF',
      async () =>
        withSegments(
          await jpeg(),
          0xe1,
          Array<Buffer>(7).fill(Buffer.concat([endlessExif(), Buffer.alloc(65_000)])),
        ),
    ],
    ['a PNG that says it is a JPEG', () => png({ width: 20, height: 20 })],
    ['an animated PNG', () => png({ width: 20, height: 20, extra: [animation(1_000_000)] })],
    [
      'an animated WebP',
      async () =>
        sharp(await animatedStrip(40), { pages: -1 } as never)
          .webp({ loop: 0 })
          .toBuffer(),
    ],
    ['a full palette', () => png({ width: 7000, height: 7000, depth: 8, colour: 3, extra: [palette] })],
    [
      'sixteen bits, see-through and interlaced',
      () => png({ width: 6000, height: 6000, depth: 16, colour: 6, interlaced: true }),
    ],
  ])(
    'is served without it: %s',
    async (_, bytes) => {
      await cleaned(await file(await bytes()));
    },
    60_000,
  );

  /** A GIF of some frames. */
  async function animatedStrip(frames: number): Promise<Buffer> {
    const height = 16;
    const raw = Buffer.alloc(16 * height * frames * 3, 90);
    raw.fill(200, raw.length / 2);
    return sharp(raw, {
      raw: { width: 16, height: height * frames, channels: 3, pageHeight: height } as never,
    })
      .gif()
      .toBuffer();
  }
});

describe('a damaged picture', () => {
  const whole = (): Promise<Buffer> =>
    sharp({
      create: {
        width: 600,
        height: 400,
        channels: 3,
        noise: { type: 'gaussian', mean: 128, sigma: 40 },
        background: '#000',
      },
    })
      .jpeg()
      .toBuffer();

  it.each<[string, () => Promise<Buffer> | Buffer]>([
    ['cut in two', async () => (await whole()).subarray(0, 9000)],
    [
      'with noise for its second half',
      async () => Buffer.concat([(await whole()).subarray(0, 9000), Buffer.alloc(9000, 0xa7)]),
    ],
    ['a PNG whose pixels are missing', () => png({ width: 500, height: 500, pixelBytes: 100 })],
    [
      'a PNG with a second header',
      () => png({ width: 30, height: 30, extra: [png({ width: 9000, height: 6000 }).subarray(8, 33)] }),
    ],
    ['the head of a JPEG', () => jpegHead(400, 300)],
    ['the head of a WebP', () => webpHead(400, 300)],
    ['a WebP that says it is animated, with no frame', () => webpHead(400, 300, 0b10)],
    ['a JPEG gone through two thousand times', () => manyScans(3000, 2000)],
    ['a PNG without width', () => png({ width: 0, height: 10 })],
  ])(
    'is recorded as unreadable and not shown: %s',
    async (_, bytes) => {
      const filed = await file(await bytes());
      if (!('photo' in filed)) return expect.fail(filed.code);
      expect(filed.photo).toMatchObject({ status: 'unreadable' });
      expect(filed.photo.url).toBeUndefined();
      const { full } = photoKeys(filed.number, filed.photo.id);
      await expect(api.s3.send(new GetObjectCommand({ Bucket: bucket, Key: full }))).rejects.toMatchObject({
        name: 'NoSuchKey',
      });
    },
    60_000,
  );

  it.each(['zTXt', 'iTXt', 'iCCP'] as const)('does not unpack a %s of a hundred megabytes', async (type) => {
    const before = process.resourceUsage().maxRSS;
    const filed = await file(png({ width: 40, height: 40, extra: [packedChunk(type)] }));
    expect('photo' in filed && ['ready', 'unreadable'].includes(filed.photo.status)).toBe(true);
    // In kilobytes. Less than one whole chunk unpacked, besides what this test itself uses.
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(250_000);
  });
});

it('all of them together need less memory than the function has', () => {
  expect(process.resourceUsage().maxRSS / 1000).toBeLessThan(functionMegabytes);
});

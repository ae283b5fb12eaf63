import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { cleanPhoto, NotAPhoto } from '../../functions/photos/clean.ts';
import { photoLimits } from '../../shared/config/limits.ts';
import { png } from '../support/hostile-photos.ts';

/** A picture whose left half is red and right half blue. */
async function halves(width: number, height: number): Promise<Sharp> {
  const left = await sharp({ create: { width: width / 2, height, channels: 3, background: '#f00' } })
    .png()
    .toBuffer();
  return sharp({ create: { width, height, channels: 3, background: '#00f' } }).composite([
    { input: left, left: 0, top: 0 },
  ]);
}

const gps = { IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '35/1 56/1 0/1' }, IFD0: { Model: 'Phone 9' } };

describe('cleaning a photo', () => {
  it('turns it upright, removes all metadata and scales it down', async () => {
    const picture = await halves(3000, 2000);
    const original = await picture
      .jpeg()
      .withExif(gps)
      .withMetadata({ orientation: 6, exif: gps })
      .toBuffer();
    expect((await sharp(original).metadata()).exif).toBeDefined();
    const { full, thumb, width, height } = await cleanPhoto(original);
    expect({ width, height }).toEqual({ width: 1365, height: 2048 });
    const metadata = await sharp(full).metadata();
    expect(metadata).toMatchObject({ format: 'jpeg', width: 1365, height: 2048 });
    expect([metadata.exif, metadata.xmp, metadata.iptc, metadata.orientation, metadata.icc]).toEqual(
      Array(5).fill(undefined),
    );
    expect(Buffer.from(full).includes('Phone 9')).toBe(false);
    // Orientation 6 is a quarter turn: what was left is on top.
    const top = await sharp(full).extract({ left: 600, top: 10, width: 1, height: 1 }).raw().toBuffer();
    expect(top[0]).toBeGreaterThan(200);
    expect(top[2]).toBeLessThan(60);
    expect(await sharp(thumb).metadata()).toMatchObject({ format: 'jpeg', width: 240, height: 360 });
  });

  it('keeps a small size and fills transparency', async () => {
    const clear = await sharp({
      create: { width: 20, height: 10, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    })
      .webp()
      .toBuffer();
    const { full, width, height } = await cleanPhoto(clear);
    expect({ width, height }).toEqual({ width: 20, height: 10 });
    expect((await sharp(full).raw().toBuffer())[0]).toBeGreaterThan(250);
  });

  it('refuses a file that only begins like a photo', async () => {
    const whole = await (await halves(400, 300)).jpeg().toBuffer();
    await expect(cleanPhoto(whole.subarray(0, whole.length / 2))).rejects.toThrow(NotAPhoto);
    await expect(cleanPhoto(Buffer.from('ffd8ffe000104a464946', 'hex'))).rejects.toThrow(NotAPhoto);
    await expect(cleanPhoto(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))).rejects.toThrow(
      NotAPhoto,
    );
  });

  it('gives up on one that takes too long to decode', async () => {
    const endless = png({ width: 1, height: photoLimits.pixels });
    expect(endless.length).toBeLessThan(200_000);
    await expect(cleanPhoto(endless, 1)).rejects.toThrow(NotAPhoto);
  });
});

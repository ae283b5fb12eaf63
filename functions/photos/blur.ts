import sharp, { type OverlayOptions } from 'sharp';
import type { Photo } from '../../shared/kernel/photos.ts';

/**
 * The number of averages along the longer side of a region. Machines have recognised faces in mosaics of 16 and even 8
 * per side (McPherson et al., 2016, arXiv:1609.00408); a number plate has more characters than this has columns.
 */
const cellsAlong = 4;

/**
 * The photo with regions made unrecognisable: each is averaged to a few cells and smoothed, so that the original is no
 * longer in the bytes.
 *
 * @param photo a cleaned photo, upright and without metadata.
 */
export async function blurRegions(
  photo: Uint8Array,
  regions: NonNullable<Photo['blur']>['regions'],
): Promise<Uint8Array> {
  const { width, height } = await sharp(photo).metadata();
  const overlays = await Promise.all(
    regions.map(async (region): Promise<OverlayOptions> => {
      // Rounded outwards to whole pixels, so that regions are covered to their edges.
      const left = clamp(Math.floor(region.x * width), 0, width - 1);
      const top = clamp(Math.floor(region.y * height), 0, height - 1);
      const size = {
        width: clamp(Math.ceil((region.x + region.width) * width), left + 1, width) - left,
        height: clamp(Math.ceil((region.y + region.height) * height), top + 1, height) - top,
      };
      const longer = Math.max(size.width, size.height);
      const cells = (side: number): number => Math.max(1, Math.round((side / longer) * cellsAlong));
      const averages = await sharp(photo)
        .extract({ left, top, ...size })
        .resize(cells(size.width), cells(size.height), { fit: 'fill', kernel: 'linear' })
        .png()
        .toBuffer();
      const input = await sharp(averages)
        .resize({ ...size, fit: 'fill', kernel: 'cubic' })
        .png()
        .toBuffer();
      return { input, left, top };
    }),
  );
  return sharp(photo).composite(overlays).jpeg({ quality: 82, progressive: true }).toBuffer();
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

import sharp, { type OutputInfo } from 'sharp';
import { photoLimits } from '../../shared/config/limits.ts';

/** The bytes cannot be decoded as a picture. */
export class NotAPhoto extends Error {}

const longestEdge = 2048;
const thumbnailEdge = 360;
/**
 * Only a hostile photo takes longer. Two of them fit into one run, and the runs of one message into the queue's
 * retries, so nine of them end as unreadable, each by itself, instead of in the dead-letter queue.
 */
const longestSeconds = 25;

/**
 * Decodes a photo, turns it upright, drops all metadata (position, device, preview) and makes it small enough:
 * a JPEG of at most 2048 px and a thumbnail of at most 360 px.
 *
 * @throws NotAPhoto when decoding fails, even at the last row, or takes too long.
 */
export async function cleanPhoto(
  original: Uint8Array,
  seconds = longestSeconds,
): Promise<{ full: Uint8Array; thumb: Uint8Array; width: number; height: number }> {
  let decoded: { data: Buffer; info: OutputInfo };
  try {
    decoded = await sharp(original, { limitInputPixels: photoLimits.pixels, failOn: 'truncated' })
      .autoOrient()
      .resize(longestEdge, longestEdge, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .jpeg({ quality: 82, progressive: true })
      .timeout({ seconds })
      .toBuffer({ resolveWithObject: true });
  } catch (cause) {
    throw new NotAPhoto('cannot be decoded', { cause });
  }
  return {
    full: decoded.data,
    thumb: await thumbnailOf(decoded.data),
    width: decoded.info.width,
    height: decoded.info.height,
  };
}

/** A thumbnail of at most 360 px a side. */
export async function thumbnailOf(full: Uint8Array): Promise<Uint8Array> {
  return sharp(full)
    .resize(thumbnailEdge, thumbnailEdge, { fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 75 })
    .toBuffer();
}

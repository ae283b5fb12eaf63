import sharp from 'sharp';

/** A small valid photo. */
export const photo = (): Promise<Buffer> =>
  sharp({ create: { width: 60, height: 40, channels: 3, background: '#396' } })
    .jpeg()
    .toBuffer();

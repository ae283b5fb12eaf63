import sharp from 'sharp';

export type PhotoFile = { name: string; mimeType: string; buffer: Buffer };

/** A photo larger than the maximum, so that the page shrinks it. */
export async function photoFile(name: string, background: string): Promise<PhotoFile> {
  const image = sharp({ create: { width: 2400, height: 1600, channels: 3, background } });
  return { name, mimeType: 'image/jpeg', buffer: await image.jpeg().toBuffer() };
}

import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';

/** Small files that imitate photos, or are photos that no camera makes. */

const signature = Buffer.from('89504e470d0a1a0a', 'hex');

function chunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

type Png = {
  width: number;
  height: number;
  /** Bits of a sample, and samples of a pixel by PNG's colour type. */
  depth?: 1 | 8 | 16;
  colour?: 0 | 2 | 3 | 6;
  interlaced?: boolean;
  /** Chunks before the pixels. */
  extra?: Buffer[];
  /** The number of bytes of pixels, all zero; by default the correct one. */
  pixelBytes?: number;
};

/** A PNG of one colour, compressed to a thousandth of its pixels. */
export function png({
  width,
  height,
  depth = 8,
  colour = 0,
  interlaced = false,
  extra = [],
  ...more
}: Png): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colour, 0, 0, interlaced ? 1 : 0], 8);
  const samples = { 0: 1, 2: 3, 3: 1, 6: 4 }[colour];
  // Interlaced ones have a few more, for the filter bytes of more lines; too many do no harm.
  const bytes =
    more.pixelBytes ?? height * (1 + Math.ceil((width * depth * samples) / 8)) * (interlaced ? 1.02 : 1);
  const pixels = deflateSync(Buffer.alloc(Math.ceil(bytes)), { level: 9 });
  return Buffer.concat([signature, chunk('IHDR', header), ...extra, chunk('IDAT', pixels), chunk('IEND')]);
}

/** A text or colour profile of a hundred megabytes when unpacked. */
export function packedChunk(type: 'zTXt' | 'iCCP' | 'iTXt', megabytes = 100): Buffer {
  const packed = deflateSync(Buffer.alloc(megabytes * 1_000_000, ' '), { level: 9 });
  const head =
    type === 'iTXt' ? Buffer.from('Comment\0\x01\0\0\0', 'latin1') : Buffer.from('name\0\0', 'latin1');
  return chunk(type, Buffer.concat([head, packed]));
}

/** Animation control and frames in addition to the picture. */
export function animation(frames: number): Buffer {
  const control = Buffer.alloc(8);
  control.writeUInt32BE(frames, 0);
  return chunk('acTL', control);
}

export const palette = chunk('PLTE', Buffer.alloc(256 * 3, 7));

/** A JPEG with additional segments after its start marker. */
export function withSegments(jpeg: Buffer, marker: number, contents: readonly Buffer[]): Buffer {
  const segments = contents.map((content) => {
    const head = Buffer.from([0xff, marker, 0, 0]);
    head.writeUInt16BE(content.length + 2, 2);
    return Buffer.concat([head, content]);
  });
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);
}

/** EXIF whose image directory refers to itself, and whose one entry has four billion values. */
export function endlessExif(): Buffer {
  const tiff = Buffer.from(
    '49492a0008000000' + '0100' + '120103' + '00ffffffff' + '08000000' + '08000000',
    'hex',
  );
  return Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
}

/** The header of a JPEG of this size, without data. */
export function jpegHead(width: number, height: number): Buffer {
  const frame = Buffer.from('ffc0001108' + '00000000' + '03012200021101031101', 'hex');
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  return Buffer.concat([Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'), frame]);
}

/** A JPEG that repeats its last scan, each over all blocks. */
export async function manyScans(edge: number, times: number): Promise<Buffer> {
  const jpeg = await sharp({ create: { width: edge, height: edge, channels: 3, background: '#777' } })
    .jpeg({ progressive: true })
    .toBuffer();
  const last = jpeg.subarray(jpeg.lastIndexOf(Buffer.from('ffda', 'hex')), jpeg.length - 2);
  return Buffer.concat([jpeg.subarray(0, -2), ...Array<Buffer>(times).fill(last), jpeg.subarray(-2)]);
}

/** The header of an extended WebP with a canvas of this size. */
export function webpHead(width: number, height: number, flags = 0): Buffer {
  const head = Buffer.alloc(30);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(22, 4);
  head.write('WEBPVP8X', 8, 'latin1');
  head.writeUInt32LE(10, 16);
  head.writeUInt8(flags, 20);
  head.writeUIntLE(width - 1, 24, 3);
  head.writeUIntLE(height - 1, 27, 3);
  return head;
}

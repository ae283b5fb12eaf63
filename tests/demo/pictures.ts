import sharp, { type Sharp } from 'sharp';
import { seededRandom, type Random } from './random.ts';

/**
 * Photos like those of phones: scenes with sky above, ground below and the sun in the upper left corner, so that their
 * orientation can be checked. Some are stored rotated with an orientation tag, and some contain a GPS position.
 */
export type Picture = {
  bytes: Uint8Array;
  width: number;
  height: number;
  orientation: number;
  hasPosition: boolean;
};

/** Upright sizes in pixels. */
const sizes: readonly (readonly [number, number])[] = [
  [1280, 960],
  [960, 1280],
  [1600, 1200],
  [1280, 960],
  [1200, 1600],
  [1280, 720],
  [2048, 1536],
  [960, 1280],
  [1440, 1080],
  [1080, 1440],
  [2400, 1800],
  [1280, 960],
  [720, 1280],
  [3264, 2448],
];
/** EXIF orientations: mostly upright or rotated, some mirrored. */
const orientations = [1, 6, 1, 3, 6, 8, 6, 2, 5, 1, 8, 4, 7];

/** Makes one picture of the pool. The same seed and index give the same picture. */
export async function makePicture(seed: number, index: number): Promise<Picture> {
  const random = seededRandom(seed * 1009 + index);
  const [width, height] = sizes[index % sizes.length] ?? [1280, 960];
  const orientation = orientations[index % orientations.length] ?? 1;
  const hasPosition = index % 2 === 0;
  const upright = await sharp(Buffer.from(scene(random, width, height)))
    .composite([{ input: await grain(random.integer(14, 30)), tile: true, blend: 'overlay' }])
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width: w, height: h, channels } = upright.info;
  const bytes = await rotateForTag(
    sharp(upright.data, { raw: { width: w, height: h, channels } }),
    orientation,
  )
    .jpeg({ quality: random.integer(86, 93) })
    .withExif({
      IFD0: { Make: 'Suishoubao', Model: `Demo ${index}`, Orientation: String(orientation) },
      ...(hasPosition && {
        IFD3: {
          GPSLatitudeRef: 'N',
          GPSLatitude: '35/1 56/1 24/1',
          GPSLongitudeRef: 'E',
          GPSLongitude: '116/1 36/1 8/1',
        },
      }),
    })
    .withMetadata({ orientation })
    .toBuffer();
  return { bytes: new Uint8Array(bytes), width, height, orientation, hasPosition };
}

/** Rotates an upright image to the pixels that a camera would store with this orientation tag. */
function rotateForTag(image: Sharp, orientation: number): Sharp {
  switch (orientation) {
    case 2:
      return image.flop();
    case 3:
      return image.rotate(180);
    case 4:
      return image.flip();
    case 5:
      return image.rotate(270).flop();
    case 6:
      return image.rotate(270);
    case 7:
      return image.rotate(90).flop();
    case 8:
      return image.rotate(90);
    default:
      return image;
  }
}

/** Tiled sensor noise, which gives the files a realistic size. */
async function grain(sigma: number): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma } as const;
  return sharp({ create: { width: 320, height: 320, channels: 3, noise, background: 'grey' } })
    .png({ compressionLevel: 0 })
    .toBuffer();
}

const palettes = [
  ['#bfe3ff', '#eaf6ff', '#5b5347', '#3a352e'],
  ['#f6d9b8', '#fff1dc', '#4f5a45', '#2f3a2b'],
  ['#c9d3e0', '#e8edf3', '#57504a', '#332e2a'],
  ['#a9d0f5', '#dcecfb', '#6a4f3b', '#3d2d20'],
] as const;
const colours = ['#b5651d', '#6f7d8c', '#8a3b3b', '#3f6f5a', '#8c7a3f', '#4a5a86'];

/** An SVG: a gradient sky with the sun, houses, the ground with a puddle or a heap, a sign with strokes like writing. */
function scene(random: Random, width: number, height: number): string {
  const [skyTop, skyLow, groundTop, groundLow] = random.pick(palettes);
  const x = (share: number): string => (share * width).toFixed(1);
  const y = (share: number): string => (share * height).toFixed(1);
  const houses = Array.from({ length: random.integer(2, 4) }, (_, at) => {
    const tall = random.between(0.12, 0.26);
    return `<rect x="${x(0.3 + at * 0.17)}" y="${y(0.55 - tall)}" width="${x(0.13)}" height="${y(tall)}" fill="${random.pick(colours)}"/>`;
  });
  const things = Array.from(
    { length: random.integer(3, 7) },
    () =>
      `<ellipse cx="${x(random.between(0.1, 0.9))}" cy="${y(random.between(0.68, 0.92))}" rx="${x(random.between(0.02, 0.1))}" ry="${y(random.between(0.01, 0.05))}" fill="${random.pick(colours)}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs>
      <linearGradient id="s" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${skyTop}"/><stop offset="1" stop-color="${skyLow}"/></linearGradient>
      <linearGradient id="g" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${groundTop}"/><stop offset="1" stop-color="${groundLow}"/></linearGradient>
    </defs>
    <rect width="${width}" height="${y(0.55)}" fill="url(#s)"/>
    <rect y="${y(0.55)}" width="${width}" height="${y(0.45)}" fill="url(#g)"/>
    <ellipse cx="${x(0.15)}" cy="${y(0.15)}" rx="${x(0.11)}" ry="${y(0.11)}" fill="#ffb000"/>
    ${houses.join('')}${things.join('')}${sign(random, width, height)}
  </svg>`;
}

/** A sign with strokes instead of text, because text would need a font. */
function sign(random: Random, width: number, height: number): string {
  const rows = Array.from({ length: 3 }, (_, row) =>
    Array.from({ length: random.integer(4, 8) }, (_stroke, at) => {
      const left = width * (0.62 + at * 0.035);
      const top = height * (0.71 + row * 0.05);
      return `<path d="M${left.toFixed(1)} ${top.toFixed(1)} h${(width * 0.02).toFixed(1)} v${(height * random.between(0.01, 0.03)).toFixed(1)} h-${(width * random.between(0.005, 0.02)).toFixed(1)}" stroke="#222" stroke-width="${(width * 0.004).toFixed(1)}" fill="none"/>`;
    }).join(''),
  ).join('');
  const at = `x="${(width * 0.6).toFixed(1)}" y="${(height * 0.68).toFixed(1)}"`;
  return `<rect ${at} width="${(width * 0.33).toFixed(1)}" height="${(height * 0.18).toFixed(1)}" fill="#f4f1e6"/>${rows}`;
}

const longestSide = 2048;

/** The faults of a processed photo, as phrases; empty if there are none. */
export async function faultsOf(cleaned: Uint8Array, picture: Picture): Promise<string[]> {
  const faults: string[] = [];
  const { format, width, height, exif, xmp, iptc, orientation } = await sharp(cleaned).metadata();
  if (format !== 'jpeg') faults.push(`is ${format}, not JPEG`);
  if (exif || xmp || iptc) faults.push(`still carries metadata (${exif ? 'EXIF' : xmp ? 'XMP' : 'IPTC'})`);
  if (orientation !== undefined && orientation !== 1)
    faults.push(`still needs turning (orientation ${orientation})`);
  const scale = Math.min(1, longestSide / Math.max(picture.width, picture.height));
  const wanted = [Math.round(picture.width * scale), Math.round(picture.height * scale)] as const;
  if (Math.max(width, height) > longestSide)
    faults.push(`is ${width}×${height}, more than ${longestSide} pixels`);
  if (Math.abs(width - wanted[0]) > 1 || Math.abs(height - wanted[1]) > 1)
    faults.push(`is ${width}×${height}, not ${wanted[0]}×${wanted[1]}`);
  else if (!(await isUpright(cleaned))) faults.push('does not stand upright');
  return faults;
}

/** Whether the sky is brighter than the ground and the sun is in the upper left corner. */
export async function isUpright(image: Uint8Array): Promise<boolean> {
  const cells = 10;
  const { data, info } = await sharp(image)
    .resize(cells, cells, { fit: 'fill' })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const at = (column: number, row: number, channel: number): number =>
    data[(row * cells + column) * info.channels + channel] ?? 0;
  const mean = (rows: readonly number[]): number => {
    let sum = 0;
    for (const row of rows) for (let column = 0; column < cells; column += 1) sum += at(column, row, 1);
    return sum / (rows.length * cells);
  };
  const warmth = (column: number, row: number): number => at(column, row, 0) - at(column, row, 2);
  return (
    mean([0, 2]) > mean([7, 9]) + 20 && warmth(1, 1) > warmth(8, 1) + 60 && warmth(1, 1) > warmth(1, 8) + 60
  );
}

/** A rectangle of a photo, in shares of its width and height from its upper left corner. */
export type Region = { x: number; y: number; width: number; height: number };

const least = 0.02;

/** The region within the photo, and large enough to be seen and grasped. */
export function within({ x, y, width, height }: Region): Region {
  const [wide, high] = [clamp(width, least, 1), clamp(height, least, 1)];
  return { x: clamp(x, 0, 1 - wide), y: clamp(y, 0, 1 - high), width: wide, height: high };
}

/** The region between two points; undefined where they are too close to be meant as one. */
export function between(from: { x: number; y: number }, to: { x: number; y: number }): Region | undefined {
  const [width, height] = [Math.abs(to.x - from.x), Math.abs(to.y - from.y)];
  if (width < least && height < least) return undefined;
  return within({ x: Math.min(from.x, to.x), y: Math.min(from.y, to.y), width, height });
}

/** As far as an arrow key moves or resizes. */
const step = 0.01;
const arrows: Record<string, { dx: number; dy: number } | undefined> = {
  ArrowLeft: { dx: -step, dy: 0 },
  ArrowRight: { dx: step, dy: 0 },
  ArrowUp: { dx: 0, dy: -step },
  ArrowDown: { dx: 0, dy: step },
};

/** What a key does to a region: arrows move it, with Shift they resize it. Undefined for every other key. */
export function keyed(region: Region, key: string, isResizing: boolean): Region | undefined {
  const arrow = arrows[key];
  if (!arrow) return undefined;
  const { dx, dy } = arrow;
  const { x, y, width, height } = region;
  return within(
    isResizing
      ? { x, y, width: Math.min(width + dx, 1 - x), height: Math.min(height + dy, 1 - y) }
      : { x: x + dx, y: y + dy, width, height },
  );
}

/** As it is sent: four digits, and not a hair outside. */
export function rounded({ x, y, width, height }: Region): Region {
  const cut = (value: number): number => Math.floor(value * 10_000) / 10_000;
  return { x: cut(x), y: cut(y), width: cut(width), height: cut(height) };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

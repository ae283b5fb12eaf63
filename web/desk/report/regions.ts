/** A rectangle of a photo, in shares (0 to 1) of its width and height, from the upper left corner. */
export type Region = { x: number; y: number; width: number; height: number };

const minSize = 0.02;

/** The region moved and resized to lie within the photo and have at least the minimum size. */
export function clampRegion({ x, y, width, height }: Region): Region {
  const [wide, high] = [clamp(width, minSize, 1), clamp(height, minSize, 1)];
  return { x: clamp(x, 0, 1 - wide), y: clamp(y, 0, 1 - high), width: wide, height: high };
}

/** The region between two points; undefined if they are too close. */
export function regionBetween(
  from: { x: number; y: number },
  to: { x: number; y: number },
): Region | undefined {
  const [width, height] = [Math.abs(to.x - from.x), Math.abs(to.y - from.y)];
  if (width < minSize && height < minSize) return undefined;
  return clampRegion({ x: Math.min(from.x, to.x), y: Math.min(from.y, to.y), width, height });
}

/** How far one press of an arrow key moves or resizes. */
const step = 0.01;
const arrows: Record<string, { dx: number; dy: number } | undefined> = {
  ArrowLeft: { dx: -step, dy: 0 },
  ArrowRight: { dx: step, dy: 0 },
  ArrowUp: { dx: 0, dy: -step },
  ArrowDown: { dx: 0, dy: step },
};

/** The region after a key press: arrows move it, with Shift they resize it. Undefined for any other key. */
export function changeByKey(region: Region, key: string, isResizing: boolean): Region | undefined {
  const arrow = arrows[key];
  if (!arrow) return undefined;
  const { dx, dy } = arrow;
  const { x, y, width, height } = region;
  return clampRegion(
    isResizing
      ? { x, y, width: Math.min(width + dx, 1 - x), height: Math.min(height + dy, 1 - y) }
      : { x: x + dx, y: y + dy, width, height },
  );
}

/** Rounded down to four decimal places for the API, so that the region stays within the photo. */
export function roundRegion({ x, y, width, height }: Region): Region {
  const cut = (value: number): number => Math.floor(value * 10_000) / 10_000;
  return { x: cut(x), y: cut(y), width: cut(width), height: cut(height) };
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}

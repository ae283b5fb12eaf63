import { gcj02ToWgs84 } from './gcj02.ts';

/** A square of the map, about 300 m a side, as a key: reports close by lie in the same or a neighbouring one. */

const degrees = 0.003;

export type Position = { longitude: number; latitude: number };

/** A WGS-84 position from what a report or a query says; undefined where it says none. */
export function positionOf(place: {
  longitude?: number | undefined;
  latitude?: number | undefined;
  crs?: 'wgs84' | 'gcj02' | undefined;
}): Position | undefined {
  const { longitude, latitude, crs } = place;
  if (longitude === undefined || latitude === undefined) return undefined;
  return crs === 'gcj02' ? gcj02ToWgs84(longitude, latitude) : { longitude, latitude };
}

export function cellOf({ longitude, latitude }: Position): string {
  return cell(Math.floor(longitude / degrees), Math.floor(latitude / degrees));
}

/** The cell of a position and its eight neighbours. */
export function cellsAround({ longitude, latitude }: Position): string[] {
  const [x, y] = [Math.floor(longitude / degrees), Math.floor(latitude / degrees)];
  return [-1, 0, 1].flatMap((dx) => [-1, 0, 1].map((dy) => cell(x + dx, y + dy)));
}

/** Reports without a position are near others of the same area. */
export function areaCell(area: string): string {
  return `area ${area}`;
}

/** Great-circle distance, on a sphere of the mean radius; right to half a per cent. */
export function metresBetween(a: Position, b: Position): number {
  const radians = (value: number): number => (value * Math.PI) / 180;
  const [phi1, phi2] = [radians(a.latitude), radians(b.latitude)];
  const h =
    Math.sin((phi2 - phi1) / 2) ** 2 +
    Math.cos(phi1) * Math.cos(phi2) * Math.sin(radians(b.longitude - a.longitude) / 2) ** 2;
  return 2 * 6_371_009 * Math.asin(Math.sqrt(h));
}

function cell(x: number, y: number): string {
  return `${x} ${y}`;
}

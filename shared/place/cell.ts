import { gcj02ToWgs84 } from './gcj02.ts';

/** A square of the map, about 300 m a side, as a key: reports close by lie in the same or a neighbouring one. */

const degrees = 0.003;

export type Position = { longitude: number; latitude: number };

/**
 * A WGS-84 position from what a report or a query says, to seven decimals, which is a centimetre; undefined where it
 * says none.
 */
export function positionOf(place: {
  longitude?: number | undefined;
  latitude?: number | undefined;
  crs?: 'wgs84' | 'gcj02' | undefined;
}): Position | undefined {
  const { longitude, latitude, crs } = place;
  if (longitude === undefined || latitude === undefined) return undefined;
  const position = crs === 'gcj02' ? gcj02ToWgs84(longitude, latitude) : { longitude, latitude };
  return { longitude: rounded(position.longitude), latitude: rounded(position.latitude) };
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
  // Of opposite points, h may come out above 1.
  return 2 * 6_371_009 * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** DynamoDB keeps no number that is closer to zero than 1e-130. */
function rounded(angle: number): number {
  return Math.round(angle * 1e7) / 1e7;
}

function cell(x: number, y: number): string {
  return `${x} ${y}`;
}

import { gcj02ToWgs84 } from './gcj02.ts';

/** The key of a map square, about 300 m wide: reports close by are in the same or a neighbouring one. */

const degrees = 0.003;

export type Position = { longitude: number; latitude: number };

/** The WGS-84 position of a report or a query, to seven decimals (a centimetre); undefined without coordinates. */
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

/** The cell of reports without a position: their area. */
export function areaCell(area: string): string {
  return `area ${area}`;
}

/** Great-circle distance on a sphere of the mean radius, with an error of at most half a per cent. */
export function metresBetween(a: Position, b: Position): number {
  const radians = (value: number): number => (value * Math.PI) / 180;
  const [phi1, phi2] = [radians(a.latitude), radians(b.latitude)];
  const h =
    Math.sin((phi2 - phi1) / 2) ** 2 +
    Math.cos(phi1) * Math.cos(phi2) * Math.sin(radians(b.longitude - a.longitude) / 2) ** 2;
  // For antipodes, rounding may make h exceed 1.
  return 2 * 6_371_009 * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** DynamoDB accepts no number closer to zero than 1e-130. */
function rounded(angle: number): number {
  return Math.round(angle * 1e7) / 1e7;
}

function cell(x: number, y: number): string {
  return `${x} ${y}`;
}

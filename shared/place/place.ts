import { areaLevels, type Area, type City } from '../config/city.ts';
import { foldText } from '../language/fold-text.ts';
import { metresBetween, positionOf } from './cell.ts';

/** The location data of a report. Coordinates are WGS-84 unless `crs` says otherwise. */
export type PlaceHints = {
  area?: string | undefined;
  address?: string | undefined;
  longitude?: number | undefined;
  latitude?: number | undefined;
  crs?: 'wgs84' | 'gcj02' | undefined;
};

/** An area, its path from the root, and what it was resolved by. */
export type ResolvedPlace = { area: string; path: string[]; by: 'area' | 'position' | 'words' | 'none' };

export type PlaceResolution =
  { ok: true; place: ResolvedPlace } | { ok: false; refusal: { kind: 'unknown-area'; area: string } };

/**
 * Resolves the area of a report. In this order: the area it names; the circle that contains its position (the deepest
 * area's, then the nearest centre's); an area's name or alias in its address, then in its description (the deepest,
 * then the longest); else the root.
 *
 * A circle is only a rough outline, so an address that names an area inside the one found by position refines it.
 */
export function resolvePlace(city: City, hints: PlaceHints, description = ''): PlaceResolution {
  const gazetteer = gazetteerOf(city);
  const found = (area: string, by: ResolvedPlace['by']): PlaceResolution => ({
    ok: true,
    place: { area, path: pathOf(city, area), by },
  });

  if (hints.area !== undefined) {
    if (!gazetteer.areas.has(hints.area))
      return { ok: false, refusal: { kind: 'unknown-area', area: hints.area } };
    return found(hints.area, 'area');
  }
  const named = areaNamedIn(gazetteer, hints.address ?? '');
  const around = areaAround(city, hints);
  if (around !== undefined)
    return named !== undefined && named !== around && pathOf(city, named).includes(around)
      ? found(named, 'words')
      : found(around, 'position');
  const mentioned = named ?? areaNamedIn(gazetteer, description);
  return mentioned === undefined ? found(gazetteer.root, 'none') : found(mentioned, 'words');
}

/** The area of a level on a path, or the next larger one if the path has none. */
export function areaAtLevel(city: City, path: readonly string[], level: Area['level']): Area | undefined {
  const wanted = areaLevels.indexOf(level);
  return path
    .map((id) => gazetteerOf(city).areas.get(id))
    .findLast((area) => area !== undefined && areaLevels.indexOf(area.level) <= wanted);
}

/** The area and all areas in it. */
export function areasIn(city: City, area: string): string[] {
  return city.areas.map(({ id }) => id).filter((id) => pathOf(city, id).includes(area));
}

/** The area's ancestors from the root, and the area. Empty for an unknown area. */
export function pathOf(city: City, area: string): string[] {
  const { areas } = gazetteerOf(city);
  const path: string[] = [];
  for (
    let at = areas.get(area);
    at !== undefined;
    at = at.parent === undefined ? undefined : areas.get(at.parent)
  )
    path.unshift(at.id);
  return path;
}

/** By level, not by length of path: a subdistrict may contain a compound directly, without a community. */
const depthOf: Record<Area['level'], number> = { district: 0, street: 1, community: 2, grid: 3, estate: 4 };

type Gazetteer = {
  root: string;
  areas: Map<string, Area>;
  /** Folded names and aliases, longest first, each with all areas of that name. */
  names: { name: string; areas: Area[] }[];
};

const gazetteers = new WeakMap<City, Gazetteer>();

function gazetteerOf(city: City): Gazetteer {
  const known = gazetteers.get(city);
  if (known) return known;
  const bearers = new Map<string, Area[]>();
  for (const area of city.areas) {
    const names = new Set([area.name.zh, area.name.en, ...(area.aliases ?? [])].map(foldName));
    for (const name of names) bearers.set(name, [...(bearers.get(name) ?? []), area]);
  }
  const root = city.areas.find((area) => area.parent === undefined);
  if (!root) throw new Error('a city without a root area was not checked by parseCity');
  const gazetteer = {
    root: root.id,
    areas: new Map(city.areas.map((area) => [area.id, area])),
    names: [...bearers]
      .map(([name, areas]) => ({ name, areas }))
      .sort((a, b) => b.name.length - a.name.length),
  };
  gazetteers.set(city, gazetteer);
  return gazetteer;
}

function areaAround(city: City, hints: PlaceHints): string | undefined {
  const position = positionOf(hints);
  if (!position) return undefined;
  let best: { area: string; depth: number; metres: number } | undefined;
  for (const { id, level, centre } of city.areas) {
    if (!centre) continue;
    const metres = metresBetween(position, centre);
    if (metres > centre.radiusMetres) continue;
    const depth = depthOf[level];
    if (best === undefined || depth > best.depth || (depth === best.depth && metres < best.metres))
      best = { area: id, depth, metres };
  }
  return best?.area;
}

/**
 * The deepest area that a text names; of several, the one with the longest name, then the first in the text. A name
 * inside a longer one (an estate named after its street) does not count. If several areas have the same name, other
 * words decide (`Willow Street, North Gate`), else their common ancestor is returned.
 */
function areaNamedIn(gazetteer: Gazetteer, text: string): string | undefined {
  let rest = foldName(text);
  if (rest === '') return undefined;
  const mentions: { areas: Area[]; length: number; at: number }[] = [];
  for (const { name, areas } of gazetteer.names) {
    const at = indexOfName(rest, name);
    if (at < 0) continue;
    mentions.push({ areas, length: name.length, at });
    for (let again = at; again >= 0; again = indexOfName(rest, name))
      rest = rest.slice(0, again) + '\0'.repeat(name.length) + rest.slice(again + name.length);
  }
  const sure = new Set(
    mentions.flatMap(({ areas }) => (areas.length === 1 ? areas : [])).map((area) => area.id),
  );
  const settled = mentions.flatMap(({ areas, length, at }) => {
    const area = areas.length === 1 ? areas[0] : settle(gazetteer, areas, sure);
    return area ? [{ area, length, at }] : [];
  });
  settled.sort((a, b) => depthOf[b.area.level] - depthOf[a.area.level] || b.length - a.length || a.at - b.at);
  return settled[0]?.area.id;
}

function settle(gazetteer: Gazetteer, areas: Area[], sure: ReadonlySet<string>): Area | undefined {
  const lines = areas.map((area) => upwardFrom(gazetteer, area));
  const backed = lines.filter((line) => line.slice(1).some((area) => sure.has(area.id)));
  const [first, ...others] = backed.length > 0 ? backed : lines;
  return first?.find((area) => others.every((line) => line.includes(area)));
}

/** The area, then its ancestors up to the root. */
function upwardFrom(gazetteer: Gazetteer, area: Area): Area[] {
  const parent = area.parent === undefined ? undefined : gazetteer.areas.get(area.parent);
  return parent ? [area, ...upwardFrom(gazetteer, parent)] : [area];
}

/** Latin names only as whole words: `Park` is not in `parking`. */
function indexOfName(text: string, name: string): number {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const before = text.charAt(at - 1) + name.charAt(0);
    const after = name.charAt(name.length - 1) + text.charAt(at + name.length);
    if (!insideWord.test(before) && !insideWord.test(after)) return at;
  }
  return -1;
}

const insideWord = /^[\p{Script=Latin}\d]{2}$/u;

/** Folded, without blanks next to Chinese characters: `汀兰苑 3 号楼`. */
function foldName(text: string): string {
  return foldText(text)
    .replace(/(?<=\p{Script=Han})\s+|\s+(?=\p{Script=Han})/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
}

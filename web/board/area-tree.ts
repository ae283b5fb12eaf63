import type { City } from '../api/city.ts';

type Area = City['areas'][number];

/** Ids of the area's ancestors and of itself, the root first. */
export function pathOf(areas: readonly Area[], id: string): string[] {
  const path: string[] = [];
  for (let at = areas.find((area) => area.id === id); at;) {
    path.unshift(at.id);
    const { parent } = at;
    at = parent === undefined ? undefined : areas.find((area) => area.id === parent);
  }
  return path;
}

/** Whether an area is within another one, or the same. */
export function liesIn(areas: readonly Area[], place: string, area: string): boolean {
  return pathOf(areas, place).includes(area);
}

export function rootOf(areas: readonly Area[]): string | undefined {
  return areas.find(({ parent }) => parent === undefined)?.id;
}

/** An area and its descendants, depth first. */
export function treeOf(areas: readonly Area[], from: string, depth = 0): { area: Area; depth: number }[] {
  const area = areas.find(({ id }) => id === from);
  if (!area) return [];
  const below = areas.filter(({ parent }) => parent === from);
  return [{ area, depth }, ...below.flatMap(({ id }) => treeOf(areas, id, depth + 1))];
}

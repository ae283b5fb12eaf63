import { areaLevels, type City } from '../../config/city.ts';
import { areaAtLevel } from '../../place/place.ts';

/** How far up an alert is: the department's own, or whoever answers for an area of a level. */
export const alertLevels = ['department', ...areaLevels] as const;
export type AlertLevel = (typeof alertLevels)[number];

/** @param path of the report's place. */
export function alertLevelOf(
  city: City,
  { kind, area }: { kind: string; area?: string },
  path: readonly string[],
): AlertLevel {
  // A call to an unhappy resident is the community's to make.
  if (kind === 'follow-up') return areaAtLevel(city, path, 'community')?.level ?? 'department';
  return city.areas.find(({ id }) => id === area)?.level ?? 'department';
}

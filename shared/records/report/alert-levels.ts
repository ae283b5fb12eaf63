import { areaLevels, type City } from '../../config/city.ts';
import { areaAtLevel } from '../../place/place.ts';

/** The level of an alert: the department's own, or that of the area it was escalated to. */
export const alertLevels = ['department', ...areaLevels] as const;
export type AlertLevel = (typeof alertLevels)[number];

/** @param path of the report's place. */
export function alertLevelOf(
  city: City,
  { kind, area }: { kind: string; area?: string },
  path: readonly string[],
): AlertLevel {
  // Follow-up calls are made by the community.
  if (kind === 'follow-up') return areaAtLevel(city, path, 'community')?.level ?? 'department';
  return city.areas.find(({ id }) => id === area)?.level ?? 'department';
}

import { city } from '../api/city.ts';
import { localized } from '../language/i18n.ts';

/** An area's name after that of its parent: `柳岸社区 › 汀兰苑`. */
export function areaLabel(id: string): string {
  const areas = city.value?.areas ?? [];
  const area = areas.find((one) => one.id === id);
  if (!area) return id;
  const parent = areas.find((one) => one.id === area.parent);
  return [...(parent?.parent === undefined ? [] : [parent]), area]
    .map(({ name }) => localized(name))
    .join(' › ');
}

/** Whether an area is within another one, or the same. */
export function liesIn(place: string, within: string): boolean {
  const parent = city.value?.areas.find(({ id }) => id === place)?.parent;
  return place === within || (parent !== undefined && liesIn(parent, within));
}

export function departmentLabel(id: string): string {
  const department = city.value?.departments.find((one) => one.id === id);
  return department ? localized(department.name) : id;
}

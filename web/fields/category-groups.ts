import type { City } from '../api/city.ts';

/** The city's categories by group, without empty groups. */
export function categoryGroups({ categoryGroups: groups, categories }: City) {
  return groups
    .map((group) => ({
      ...group,
      categories: categories.filter((category) => category.group === group.code),
    }))
    .filter((group) => group.categories.length > 0);
}

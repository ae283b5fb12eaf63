import type { City } from '../config/city.ts';
import { pathOf } from '../place/place.ts';
import type { StaffActor } from './permissions.ts';

/** Which inboxes and alerts a member of staff may read. */

type Served = { id: string; areas: readonly string[] };

/** Handlers read their own departments' inboxes; others also those of departments that serve places in their areas. */
export function mayReadInbox(city: City, staff: StaffActor, department: Served): boolean {
  if (staff.role === 'admin' || staff.departments.includes(department.id)) return true;
  if (staff.role === 'handler') return false;
  return department.areas.some((served) => staff.areas.some((own) => overlap(city, own, served)));
}

export function mayOversee(city: City, staff: StaffActor, area: string): boolean {
  return staff.role === 'admin' || pathOf(city, area).some((id) => staff.areas.includes(id));
}

/** Whether one of two areas lies in the other. */
function overlap(city: City, one: string, other: string): boolean {
  return pathOf(city, one).includes(other) || pathOf(city, other).includes(one);
}

/** The alert lists of some areas: alerts are listed by subdistrict, those of records at the root by the root. */
export function alertAreas(city: City, within: readonly string[]): string[] {
  return city.areas
    .map(({ id }) => id)
    .filter((id) => {
      const path = pathOf(city, id);
      if (path.length > 2) return false;
      return within.some((area) => path.includes(area) || pathOf(city, area)[1] === id);
    });
}

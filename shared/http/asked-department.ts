import type { City } from '../config/city.ts';
import { mayReadInbox } from '../kernel/inbox-access.ts';
import type { Staff } from './credentials.ts';
import { fieldProblem, Problem } from './problems.ts';

/** The department that is asked for, or one's own, if one may read its inbox. */
export function askedDepartment(city: City, staff: Staff, asked: string | undefined): string {
  const department = asked ?? staff.departments[0];
  if (department === undefined) throw fieldProblem('department', 'unknown-department');
  const known = city.departments.find(({ id }) => id === department);
  // What a department held that the city no longer has, an administrator still finds.
  if (!known && staff.role !== 'admin') throw fieldProblem('department', 'unknown-department');
  if (known && !mayReadInbox(city, staff, known)) throw new Problem('not-permitted');
  return department;
}

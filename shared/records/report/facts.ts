import type { City, Priority } from '../../config/city.ts';
import type { Report, ReportRefusal } from './model.ts';
import { priorityOf } from './priority.ts';

/** Facts about a report and the city that decisions depend on. */

/** The keys of the figure rows that an event of the report counts in: department, category and area. */
export function rowKeys(report: Report): { department: string; category?: string; area: string } {
  const { department, category, location } = report;
  if (department === undefined) throw new Error(`${report.number} is ${report.state} but has no department`);
  return { department, area: location.area, ...(category !== undefined && { category }) };
}

/** As `rowKeys`, for events that are possible without a department. */
export function knownRowKeys(report: Report): { department?: string; category?: string; area: string } {
  const { department, category, location } = report;
  return {
    area: location.area,
    ...(department !== undefined && { department }),
    ...(category !== undefined && { category }),
  };
}

/** A priority set by a person stays; otherwise category and description decide. */
export function currentPriority(
  { priority, priorityIsSet, category, description }: Report,
  city: City,
): Priority {
  if (priorityIsSet === true && priority !== undefined) return priority;
  return priorityOf(city, category ?? city.unclearCategory, description);
}

/** Whether it was ever dispatched; only then it has a deadline to be resolved. */
export function wasDispatched({ clocks }: Report): boolean {
  return clocks.resolve !== undefined;
}

export function isHeldBy(report: Report, department: string, category: string | undefined): boolean {
  const isHeld = report.state === 'assigned' || report.state === 'in-progress';
  return isHeld && report.department === department && report.category === category;
}

export function isCategory(city: City, code: string): boolean {
  return city.categories.some((category) => category.code === code);
}

export function unknownDepartment(city: City, wanted: readonly string[]): ReportRefusal | undefined {
  const unknown = wanted.find((id) => !city.departments.some((department) => department.id === id));
  return unknown === undefined ? undefined : { kind: 'unknown-department', department: unknown };
}

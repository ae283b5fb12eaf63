import type { City, Priority } from '../../config/city.ts';
import type { Report, ReportRefusal } from './model.ts';
import { priorityOf } from './priority.ts';

/** What decisions ask of a report and of the city. */

/** Whom and what an event counts for: who holds the report, its category and its place. */
export function rowKeys(report: Report): { department: string; category?: string; area: string } {
  const { department, category, location } = report;
  if (department === undefined) throw new Error(`${report.number} is ${report.state} but has no department`);
  return { department, area: location.area, ...(category !== undefined && { category }) };
}

/** As `rowKeys`, for what may also happen before anyone holds the report. */
export function knownRowKeys(report: Report): { department?: string; category?: string; area: string } {
  const { department, category, location } = report;
  return {
    area: location.area,
    ...(department !== undefined && { department }),
    ...(category !== undefined && { category }),
  };
}

/** What a person set stays; else the category and the words say. */
export function currentPriority(
  { priority, priorityIsSet, category, description }: Report,
  city: City,
): Priority {
  if (priorityIsSet === true && priority !== undefined) return priority;
  return priorityOf(city, category ?? city.unclearCategory, description);
}

/** Whether a department has ever had it; only then does it have a time to be resolved. */
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

import { shallowRef, type ShallowRef } from 'vue';
import { readStored, writeStored } from '../device/storage.ts';
import { withinLimit } from './within-limit.ts';
import type { ReportView } from '../api/report.ts';

/** A report that this device has the link of, with its last known state. */
export type MyReport = {
  number: string;
  token: string;
  description: string;
  submittedAt: string;
  /** Absent until the report is first read. */
  status?: ReportView['status'];
  endedAt?: string;
  /** Whether it waits for the resident's answer. */
  isAsked?: true;
  /** The idempotency key of the submission from this device; with it, a revoked link can be replaced. */
  sentBy?: string;
};

const shownCharacters = 80;

export const myReports: ShallowRef<MyReport[]> = shallowRef(stored());

/** Adds a report at the top, or updates it in place. */
export function rememberReport(token: string, report: Omit<MyReport, 'token'> | ReportView): void {
  const { number, submittedAt, status, endedAt } = report;
  const isAsked = 'suspension' in report && report.suspension?.waitingFor === 'resident';
  const description = [...report.description].slice(0, shownCharacters).join('');
  const entry: MyReport = {
    number,
    token,
    description,
    submittedAt,
    ...(status && { status }),
    ...(endedAt !== undefined && { endedAt }),
    ...(isAsked && { isAsked }),
  };
  // Another tab may have written since.
  const others = stored();
  const sentBy = 'sentBy' in report ? report.sentBy : others.find((other) => other.number === number)?.sentBy;
  if (sentBy !== undefined) entry.sentBy = sentBy;
  if (others.some((other) => other.number === number))
    save(others.map((other) => (other.number === number ? entry : other)));
  else save(withinLimit([entry, ...others]));
}

/** Takes over changes made in another tab. */
export function rereadReports(): void {
  myReports.value = stored();
}

export function forgetReport(number: string): void {
  save(stored().filter((report) => report.number !== number));
}

function save(reports: MyReport[]): void {
  myReports.value = reports;
  writeStored('reports', reports);
}

function stored(): MyReport[] {
  const reports = readStored('reports');
  return Array.isArray(reports) ? (reports as MyReport[]) : [];
}

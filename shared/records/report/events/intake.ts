import { allInvolved, partyAndStaff, staffOnly } from '../../../kernel/audiences.ts';
import { noText, redactText } from '../../../kernel/erasure.ts';
import type { EventRules } from '../../../kernel/kind.ts';
import { attached } from '../../../kernel/photos.ts';
import { withoutWork } from '../alert-state.ts';
import { assignedClocks, keepsWork, stoppedClocks } from '../clock-state.ts';
import type { Report, ReportModel } from '../model.ts';

type Location = Report['location'];

/** The area stays; the exact place does not. */
function withoutPlace<Data extends { location: Location }>(data: Data): Data {
  const { area, path } = data.location;
  return { ...data, location: { area, path } };
}

const idsOf = (photos: readonly { id: string }[]): string[] => photos.map(({ id }) => id);

/** The department that had it need not acknowledge it any more. */
function leftDepartment(report: Report, { occurredAt }: { occurredAt: string }): Report {
  return { ...report, clocks: stoppedClocks(report.clocks, occurredAt, ['acknowledge']) };
}

/** Events that submit a report and dispatch it. */
export const intakeEvents = {
  'report-submitted.v1': {
    visibleTo: allInvolved,
    textVisibleTo: partyAndStaff,
    background: false,
    redact: ({ parent, ...data }) => ({
      ...withoutPlace(redactText('description')(data)),
      ...(parent && { parent: redactText('request')(parent) }),
    }),
    photos: ({ photos }) => idsOf(photos),
    open: ({ number, sequence, occurredAt, data }): Omit<Report, 'storedBytes'> => {
      const { description, locale, source, location, photos, category, parent } = data;
      return {
        number,
        version: sequence,
        touched: sequence,
        state: 'submitted',
        updatedAt: occurredAt,
        submittedAt: occurredAt,
        description,
        locale,
        source,
        location,
        ...(category !== undefined && { suggestedCategory: category }),
        ...(parent && { parent }),
        support: [],
        photos: attached(photos, 'report'),
        clocks: {},
        round: 0,
        duplicates: [],
      };
    },
  },
  'report-classified.v1': {
    visibleTo: staffOnly,
    background: false,
    redact: noText,
    evolve: (report, { data: { category, priority, by, confidence, alternatives } }) => ({
      ...report,
      category,
      priority,
      classification: { by, confidence, alternatives },
    }),
  },
  'report-triaged.v1': {
    visibleTo: allInvolved,
    background: false,
    redact: noText,
    evolve: (report, { data: { department, clocks } }) => ({
      ...withoutWork(report),
      state: 'triage',
      department,
      clocks: assignedClocks(clocks, report.clocks),
    }),
  },
  'report-assigned.v1': {
    visibleTo: [...allInvolved, 'webhook'],
    textVisibleTo: [...partyAndStaff, 'webhook'],
    background: false,
    redact: (data) => withoutPlace(redactText('description')(data)),
    evolve: (report, { data }) => {
      const { department, category, priority, round } = data;
      const clocks = assignedClocks(data.clocks, report.clocks);
      const assigned = { ...report, department, category, priority, round, clocks };
      return keepsWork(report, data) ? assigned : { ...withoutWork(assigned), state: 'assigned' };
    },
  },
  'assignment-returned.v1': {
    visibleTo: allInvolved,
    textVisibleTo: partyAndStaff,
    background: false,
    redact: redactText('reason'),
    evolve: leftDepartment,
  },
  'assignment-transferred.v1': {
    visibleTo: allInvolved,
    textVisibleTo: partyAndStaff,
    background: false,
    redact: redactText('reason'),
    evolve: leftDepartment,
  },
  'duplicate-joined.v1': {
    visibleTo: staffOnly,
    background: true,
    redact: noText,
    evolve: (report, { data: { number, clock } }) => ({
      ...report,
      duplicates: [...report.duplicates, number],
      ...(clock && { clocks: { ...report.clocks, resolve: clock } }),
    }),
  },
} satisfies Partial<EventRules<ReportModel>>;

import type { EventData, EventType, ReportEvent } from '../../events/report.ts';
import type { City } from '../config/city.ts';
import type { CommandType } from '../records/report/commands.ts';

/**
 * What of a report is personal: how to reach its reporter; what people wrote, with the exact place; the photos. Each is
 * kept no longer than it takes (PIPL Art. 19) and erased when its person asks for it (Art. 47).
 */
export const personalParts = ['contact', 'text', 'photos'] as const;
export type PersonalPart = (typeof personalParts)[number];

/** Until when each part is kept. */
export type Keeping = Record<PersonalPart, string>;

/** Stands where words were. */
export const erasedText = '（已删除 Erased）';

const dayMilliseconds = 86_400_000;

/** Until when the parts of a report that ends now are kept by the city's rules. */
export function keepingFrom(now: string, { retention }: City): Keeping {
  const until = (days: number): string => new Date(Date.parse(now) + days * dayMilliseconds).toISOString();
  return {
    contact: until(retention.contactDays),
    text: until(retention.textDays),
    photos: until(retention.photoDays),
  };
}

/** What a command cannot do without. */
const needs: Partial<Record<CommandType, PersonalPart>> = {
  reveal: 'contact',
  note: 'text',
  rate: 'text',
  reopen: 'text',
  close: 'text',
  'follow-up': 'text',
};

/** Whether a command comes too late: what it is about, or would add to, has been erased. */
export function isTooLate(
  command: CommandType,
  erased: Partial<Record<PersonalPart, string>> | undefined,
): boolean {
  const part = needs[command];
  return part !== undefined && erased?.[part] !== undefined;
}

/**
 * A history without what its erasures took away: the same events in the same order, as valid as before, in the same
 * states and figures. Applying it again changes nothing.
 */
export function redacted(events: readonly ReportEvent[]): ReportEvent[] {
  let kept: ReportEvent[] = [];
  for (const event of events) {
    if (event.type === 'personal-data-erased.v1') {
      const { parts } = event.data;
      if (parts.includes('text')) kept = kept.map(withoutText);
      if (parts.includes('photos')) kept = kept.map(withoutPhotos);
    }
    kept.push(event);
  }
  return kept;
}

function withoutText(event: ReportEvent): ReportEvent {
  const redact = textRedactions[event.type] as (data: unknown) => unknown;
  return { ...event, data: redact(event.data) } as ReportEvent;
}

/** The erasure itself goes on naming them, for whoever deletes their bytes. */
function withoutPhotos(event: ReportEvent): ReportEvent {
  if (event.type === 'personal-data-erased.v1' || !('photos' in event.data)) return event;
  return { ...event, data: { ...event.data, photos: [] } } as ReportEvent;
}

const nothing = <Data>(data: Data): Data => data;

function words<Field extends string>(...fields: Field[]) {
  return <Data extends Partial<Record<Field, string | undefined>>>(data: Data): Data => ({
    ...data,
    ...Object.fromEntries(
      fields.filter((field) => data[field] !== undefined).map((field) => [field, erasedText]),
    ),
  });
}

/** The area that it was routed by stays; where in it does not. */
function place<Data extends { location: EventData<'report-submitted.v1'>['location'] }>(data: Data): Data {
  const { area, path } = data.location;
  return { ...data, location: { area, path } };
}

/**
 * What a person wrote in each event, staff as well: they write down names, doors and telephone numbers, and no program
 * can tell which words those are. Why somebody was shown a contact stays: it is the record of what was done with
 * personal data, which has to be kept (PIPL Art. 55, 56).
 */
const textRedactions: { [T in EventType]: (data: EventData<T>) => EventData<T> } = {
  'report-submitted.v1': ({ parent, ...data }) => ({
    ...place(words('description')(data)),
    ...(parent && { parent: words('request')(parent) }),
  }),
  'report-assigned.v1': (data) => place(words('description')(data)),
  'assignment-returned.v1': words('reason'),
  'assignment-transferred.v1': words('reason'),
  'report-resolved.v1': words('text', 'override'),
  'note-added.v1': words('text'),
  'report-rated.v1': words('comment'),
  'report-reopened.v1': words('reason'),
  'report-withdrawn.v1': words('reason'),
  'report-rejected.v1': words('reason'),
  'report-supervised.v1': words('text'),
  'report-suspended.v1': words('text'),
  'extension-requested.v1': words('reason'),
  'extension-declined.v1': words('reason'),
  'priority-changed.v1': words('reason'),
  'report-closed.v1': words('reason'),
  'follow-up-recorded.v1': words('text'),
  'support-requested.v1': words('request'),
  'support-answered.v1': words('text'),
  'support-cancelled.v1': words('reason'),
  'contact-revealed.v1': nothing,
  'link-renewed.v1': nothing,
  'link-revoked.v1': words('reason'),
  'report-classified.v1': nothing,
  'report-triaged.v1': nothing,
  'assignment-acknowledged.v1': nothing,
  'work-started.v1': nothing,
  'photos-processed.v1': nothing,
  'photo-blurred.v1': nothing,
  'report-merged.v1': nothing,
  'duplicate-joined.v1': nothing,
  'alert-taken.v1': nothing,
  'clock-warned.v1': nothing,
  'clock-breached.v1': nothing,
  'clock-escalated.v1': nothing,
  'alert-reminded.v1': nothing,
  'report-resumed.v1': nothing,
  'extension-granted.v1': nothing,
  'policy-applied.v1': nothing,
  'support-acknowledged.v1': nothing,
  'support-transferred.v1': nothing,
  'personal-data-erased.v1': nothing,
};

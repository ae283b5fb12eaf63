import type { ReportEvent } from '../../../events/report.ts';

/** The photos whose bytes an event asks something of: to be cleaned, made unrecognisable in parts, or deleted. */
export function photoWork(event: ReportEvent): string[] {
  switch (event.type) {
    case 'report-submitted.v1':
    case 'note-added.v1':
    case 'report-resolved.v1':
      return event.data.photos.map(({ id }) => id);
    case 'photo-blurred.v1':
      return [event.data.photo];
    case 'personal-data-erased.v1':
      return event.data.photos;
    default:
      return [];
  }
}

import type { PersonalPart } from '../../kernel/erasure.ts';
import type { ReportHistory } from './model.ts';

export function erased(
  history: ReportHistory,
  parts: PersonalPart[],
  cause: 'retention' | 'request',
): ReportHistory {
  const photos = parts.includes('photos') ? history.state.photos.map(({ id }) => id) : [];
  return history.add('personal-data-erased.v1', { parts, cause, photos });
}

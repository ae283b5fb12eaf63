import type { Refusals } from '../../kernel/kind.ts';
import type { ReportModel } from './model.ts';

/** The fields that each refusal of a report is about. Its text is in the API's problems, under the same name. */
export const refusals: Refusals<ReportModel> = {
  'unknown-department': ({ department }) => ({ field: 'department', value: department }),
  'unknown-category': () => ({ field: 'category' }),
  'same-department': () => ({ field: 'department' }),
  'merge-with-itself': () => ({ field: 'into' }),
  'merge-target-ended': () => ({}),
  'join-target-ended': () => ({}),
  'support-open': ({ parts }) => ({ extra: { parts } }),
  'extension-too-long': ({ left }) => ({ field: 'amount', extra: { left } }),
  'clock-over': () => ({}),
  'rating-final': () => ({}),
  'unknown-photo': () => ({ field: 'photo' }),
};

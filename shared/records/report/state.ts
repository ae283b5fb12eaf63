/** The states of a report, with the words people see. Pages import these, so nothing here needs a rule or a schema. */
export const states = {
  submitted: { zh: '已提交', en: 'Submitted' },
  triage: { zh: '待分拨', en: 'Being sorted' },
  assigned: { zh: '已派单', en: 'Assigned' },
  'in-progress': { zh: '办理中', en: 'In progress' },
  suspended: { zh: '已挂起', en: 'Suspended' },
  resolved: { zh: '已办结', en: 'Resolved' },
  closed: { zh: '已归档', en: 'Closed' },
  rejected: { zh: '不予受理', en: 'Not accepted' },
  merged: { zh: '已合并', en: 'Merged' },
  withdrawn: { zh: '已撤回', en: 'Withdrawn' },
} as const;
export type State = keyof typeof states;

export const everyState = Object.keys(states) as State[];
/** A department works on it. */
export const activeStates = ['assigned', 'in-progress'] as const;
/** A department has it. */
export const heldStates = [...activeStates, 'suspended'] as const;
export const openStates = ['submitted', 'triage', ...heldStates] as const;

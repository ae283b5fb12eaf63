/**
 * The states of a report, with the texts that people see. Pages import these, so this file imports no rule or schema.
 */
export const states = {
  submitted: { zh: '已提交', en: 'Submitted' },
  triage: { zh: '待派单', en: 'To dispatch' },
  assigned: { zh: '已派单', en: 'Dispatched' },
  'in-progress': { zh: '办理中', en: 'In progress' },
  suspended: { zh: '已挂起', en: 'On hold' },
  resolved: { zh: '已办结', en: 'Resolved' },
  closed: { zh: '已归档', en: 'Closed' },
  rejected: { zh: '不予办理', en: 'Declined' },
  merged: { zh: '已合并办理', en: 'Merged' },
  withdrawn: { zh: '已撤回', en: 'Withdrawn' },
} as const;
export type State = keyof typeof states;

/** The text of a declined report: 不予受理 before dispatch, 不予办理 after. */
export function declinedWords(wasDispatched: boolean): { zh: string; en: string } {
  return wasDispatched ? states.rejected : { ...states.rejected, zh: '不予受理' };
}

export const everyState = Object.keys(states) as State[];
/** A department works on it. */
export const activeStates = ['assigned', 'in-progress'] as const;
/** A department has it. */
export const heldStates = [...activeStates, 'suspended'] as const;
export const openStates = ['submitted', 'triage', ...heldStates] as const;

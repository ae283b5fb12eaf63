import { offered } from '../../../shared/kernel/offers.ts';
import { staffTimeline, timelineFor, type Timeline } from '../../../shared/kernel/timeline.ts';
import type { Views } from '../../../shared/kernel/views.ts';
import { loan as kind } from './kind.ts';
import { loanStates, type Loan, type LoanModel } from './model.ts';

export const loanTimeline: Timeline<LoanModel> = {
  'loan-asked.v2': ({ data }) => ({ zh: '申请借用', en: 'Asked for', words: data.reason }),
  'waiter-joined.v1': () => ({ zh: '有人等候', en: 'Somebody waits for it' }),
  'loan-lent.v1': ({ data }) => ({ zh: '已借出', en: 'Lent', words: data.handover }),
  'loan-extended.v1': () => ({ zh: '已续借', en: 'Extended' }),
  'loan-overdue.v1': () => ({ zh: '逾期未还', en: 'Not back in time' }),
  'loan-returned.v1': ({ data }) => ({
    zh: '已归还',
    en: 'Returned',
    words: data.damage,
    photos: data.photos.map(({ id }) => id),
  }),
  'loan-declined.v1': ({ data }) => ({ zh: '未同意', en: 'Declined', words: data.reason }),
  'loan-cancelled.v1': () => ({ zh: '已取消', en: 'Cancelled' }),
  'loan-noted.v1': ({ data }) => ({ zh: '内部备注', en: 'Note', words: data.text }),
  'loan-messaged.v1': () => ({ zh: '有新消息', en: 'A message' }),
  'damage-reported.v1': ({ data }) => ({ zh: `损坏已上报 ${data.report}`, en: `Reported as ${data.report}` }),
  'link-renewed.v1': () => ({ zh: '换了查询链接', en: 'The link was changed' }),
  'photos-processed.v1': () => ({ zh: '照片已处理', en: 'Photos processed' }),
  'personal-data-erased.v1': () => ({ zh: '已删除个人信息', en: 'Personal data erased' }),
};

function shared(loan: Loan): Record<string, unknown> {
  const { number, state, tool, days, reason, dueAt, damage, messages } = loan;
  return {
    number,
    status: { code: state, ...loanStates[state] },
    tool,
    days,
    reason,
    dueAt,
    damage,
    messages,
  };
}

export const loanViews = {
  forResident: (loan, events, city, now) => ({
    ...shared(loan),
    timeline: timelineFor(kind, loanTimeline, 'party', events, city),
    commands: offered(kind, loan, { kind: 'resident' }, now),
  }),
  forStaff: (loan, events, { contact, actor, city, now }) => ({
    ...shared(loan),
    version: loan.version,
    contact,
    waiters: loan.waiters,
    timeline: staffTimeline(kind, loanTimeline, events, city),
    commands: offered(kind, loan, actor, now),
  }),
  followed: ({ damage, behind }) => (damage?.isReported ? damage.report : behind),
  forFollower: (loan, events, city) => ({
    number: loan.number,
    status: { code: loan.state, ...loanStates[loan.state] },
    timeline: timelineFor(kind, loanTimeline, 'follower', events, city),
  }),
} satisfies Views<LoanModel>;

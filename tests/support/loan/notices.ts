import type { NoticeRules, NoticeDraft } from '../../../shared/kernel/notices.ts';
import type { LoanModel } from './model.ts';

const told = (to: NoticeDraft['to'], number: string, zh: string, en: string): NoticeDraft => ({
  to,
  subject: { zh: `借用 ${number}`, en: `Loan ${number}` },
  text: { zh, en },
});

export const loanNotices: NoticeRules<LoanModel> = {
  notices: {
    'loan-asked.v2': ({ number, data }) => [
      told('party', number, '申请已收到', 'We have your request'),
      told({ department: data.department }, number, `有人借用：${data.reason}`, `Asked for: ${data.reason}`),
    ],
    'loan-lent.v1': ({ number }) => [told('party', number, '可以来取', 'It is yours')],
    'loan-overdue.v1': ({ number }) => [told('party', number, '请归还', 'Please bring it back')],
    'loan-declined.v1': ({ number, data }) => [told('party', number, data.reason, data.reason)],
    'loan-returned.v1': ({ number, data }) => [
      told('party', number, `谢谢 ${data.damage ?? ''}`, `Thank you ${data.damage ?? ''}`),
      told('followers', number, `工具已还 ${data.damage ?? ''}`, `The tool is back ${data.damage ?? ''}`),
    ],
  },
  digestLines: {
    'loan-overdue.v1': ({ data: { department } }, { tool }) => [
      {
        to: { kind: 'department', department },
        kind: 'breach',
        text: { zh: `${tool}未还`, en: `${tool} is not back` },
      },
    ],
  },
  followers: ({ waiters }) => waiters,
};

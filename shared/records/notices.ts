import type { NoticeRules } from '../kernel/notices.ts';
import { reportNotices } from './report/notices.ts';

/** What each kind tells people. */
export const notices: Readonly<Record<string, NoticeRules>> = { report: reportNotices };

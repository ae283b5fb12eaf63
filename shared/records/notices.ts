import type { NoticeRules } from '../kernel/notices.ts';
import { reportNotices } from './report/notices.ts';

/** The notices of each kind. */
export const notices: Readonly<Record<string, NoticeRules>> = { report: reportNotices };

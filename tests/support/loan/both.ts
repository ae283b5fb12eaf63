import type { AnyKind, PublishedKind } from '../../../shared/kernel/kind.ts';
import type { NoticeRules } from '../../../shared/kernel/notices.ts';
import type { Views } from '../../../shared/kernel/views.ts';
import { report } from '../../../shared/records/report/kind.ts';
import { reportNotices } from '../../../shared/records/report/notices.ts';
import { reportViews } from '../../../shared/records/report/views.ts';
import { loan } from './kind.ts';
import { loanNotices } from './notices.ts';
import { loanViews } from './views.ts';

/** The registries of the product with loans: one more line in each. */
export const kinds: readonly AnyKind[] = [report, loan];
export const views: Readonly<Record<string, Views>> = { report: reportViews, loan: loanViews };
export const notices: Readonly<Record<string, NoticeRules>> = { report: reportNotices, loan: loanNotices };
export const publishedKinds: readonly PublishedKind[] = [...kinds];

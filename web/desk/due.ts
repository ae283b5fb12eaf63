import { durationWords } from '../../shared/language/wording.ts';
import { i18n, localized } from '../language/i18n.ts';

export type Urgency = 'calm' | 'soon' | 'late';

const minute = 60_000;
const hour = 60 * minute;

/** The urgency of a deadline: `soon` from `warnAt`, if known, and in any case in the last hour. */
export function urgencyOf(
  { dueAt, warnAt, breached = false }: { dueAt: string; warnAt?: string; breached?: boolean },
  now: number,
): Urgency {
  const due = Date.parse(dueAt);
  if (breached || due <= now) return 'late';
  const soonFrom = Math.min(due - hour, warnAt === undefined ? Infinity : Date.parse(warnAt));
  return now >= soonFrom ? 'soon' : 'calm';
}

/** `剩 2 小时 10 分`, `已超时 35 分钟`. */
export function formatDue(dueAt: string, now: number): string {
  const { t } = i18n.global;
  const left = Date.parse(dueAt) - now;
  return left > 0
    ? t('desk.due.left', { span: formatSpan(left) })
    : t('desk.due.late', { span: formatSpan(-left) });
}

function formatSpan(milliseconds: number): string {
  return milliseconds >= minute ? localized(durationWords(milliseconds)) : i18n.global.t('desk.due.moment');
}

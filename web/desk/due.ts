import { durationWords } from '../../shared/language/wording.ts';
import { i18n, localized } from '../language/i18n.ts';

export type Urgency = 'calm' | 'soon' | 'late';

const minute = 60_000;
const hour = 60 * minute;

/** What is left of a promise. It is pressing from `warnAt`, where that is known, and in its last hour in any case. */
export function urgencyOf(
  { dueAt, warnAt, breached = false }: { dueAt: string; warnAt?: string; breached?: boolean },
  now: number,
): Urgency {
  const due = Date.parse(dueAt);
  if (breached || due <= now) return 'late';
  const pressing = Math.min(due - hour, warnAt === undefined ? Infinity : Date.parse(warnAt));
  return now >= pressing ? 'soon' : 'calm';
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

import type { Target } from '../../shared/config/city.ts';
import { dateFormat } from '../../shared/language/date-format.ts';
import { countedNoun, targetWords } from '../../shared/language/wording.ts';
import { language, localized } from './i18n.ts';

/** An instant in the city's time: `11月21日 16:30`, `21 Nov, 16:30`; with the year unless it is the current one. */
export function formatTime(instant: string, timeZone: string, now = Date.now()): string {
  const locale = language() === 'zh' ? 'zh-CN' : 'en-GB';
  const year = dateFormat('en', { timeZone, year: 'numeric' });
  const isThisYear = year.format(new Date(instant)) === year.format(now);
  return dateFormat(locale, {
    timeZone,
    month: language() === 'zh' ? 'long' : 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(!isThisYear && { year: 'numeric' }),
  }).format(new Date(instant));
}

const minute = 60_000;
const hour = 60 * minute;

/** The time since an instant: `刚刚`, `3 小时前`; from yesterday on in the city's calendar days: `昨天`, `3 天前`. */
export function formatAgo(instant: string, timeZone: string, now = Date.now()): string {
  const passed = Math.max(0, now - Date.parse(instant));
  const days = dayNumber(now, timeZone) - dayNumber(now - passed, timeZone);
  if (passed < minute) return localized({ zh: '刚刚', en: 'just now' });
  if (days === 1 && passed >= 12 * hour) return localized({ zh: '昨天', en: 'yesterday' });
  if (days > 1) return localized({ zh: `${days} 天前`, en: `${days} days ago` });
  const [count, zh, en] =
    passed < hour
      ? [Math.floor(passed / minute), '分钟', 'minute']
      : [Math.floor(passed / hour), '小时', 'hour'];
  return localized({ zh: `${count} ${zh}前`, en: `${countedNoun(count, en)} ago` });
}

/** Days since the epoch, in the city's time zone. */
function dayNumber(instant: number, timeZone: string): number {
  const iso = dateFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return Date.parse(iso.format(new Date(instant))) / (24 * hour);
}

/** The length of a target: `30 分钟`, `2 hours`, `3 天`, `5 个工作日`. From 48 hours on, whole days are given in days. */
export function formatTarget({ amount, unit }: Target): string {
  if (unit !== 'hour' || amount < 48 || amount % 24 !== 0) return localized(targetWords({ amount, unit }));
  return localized({ zh: `${amount / 24} 天`, en: countedNoun(amount / 24, 'day') });
}

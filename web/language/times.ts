import type { Target } from '../../shared/config/city.ts';
import { dateFormat } from '../../shared/language/date-format.ts';
import { countedNoun, targetWords } from '../../shared/language/wording.ts';
import { language, said } from './i18n.ts';

/** An instant as people in the city say it: `11月21日 16:30`, `21 Nov, 16:30`; with the year when it is another. */
export function timeWords(instant: string, timeZone: string, now = Date.now()): string {
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

/** How long ago an instant was: `刚刚`, `3 小时前`, and from the day before on by the city's days: `昨天`, `3 天前`. */
export function agoWords(instant: string, timeZone: string, now = Date.now()): string {
  const passed = Math.max(0, now - Date.parse(instant));
  const days = dayNumber(now, timeZone) - dayNumber(now - passed, timeZone);
  if (passed < minute) return said({ zh: '刚刚', en: 'just now' });
  if (days === 1 && passed >= 12 * hour) return said({ zh: '昨天', en: 'yesterday' });
  if (days > 1) return said({ zh: `${days} 天前`, en: `${days} days ago` });
  const [count, zh, en] =
    passed < hour
      ? [Math.floor(passed / minute), '分钟', 'minute']
      : [Math.floor(passed / hour), '小时', 'hour'];
  return said({ zh: `${count} ${zh}前`, en: `${countedNoun(count, en)} ago` });
}

/** Days since the epoch, by the city's calendar. */
function dayNumber(instant: number, timeZone: string): number {
  const iso = dateFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return Date.parse(iso.format(new Date(instant))) / (24 * hour);
}

/** A length of time: `30 分钟`, `2 hours`, `3 天`, `5 个工作日`. Hours are days from two days on where nothing is lost. */
export function lengthWords({ amount, unit }: Target): string {
  if (unit !== 'hour' || amount < 48 || amount % 24 !== 0) return said(targetWords({ amount, unit }));
  return said({ zh: `${amount / 24} 天`, en: countedNoun(amount / 24, 'day') });
}

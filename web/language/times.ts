import type { Target } from '../../shared/config/city.ts';
import { dateFormat } from '../../shared/language/date-format.ts';
import { targetWords } from '../../shared/language/wording.ts';
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

const agoUnits = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** How long ago an instant was, in the largest unit that fits: `3小时前`, `3 hours ago`. */
export function agoWords(instant: string, now = Date.now()): string {
  const passed = Math.max(0, now - Date.parse(instant));
  const [unit, length] = agoUnits.find(([, milliseconds]) => passed >= milliseconds) ?? agoUnits[2];
  const format = new Intl.RelativeTimeFormat(language() === 'zh' ? 'zh-CN' : 'en-GB', { numeric: 'auto' });
  return format.format(-Math.floor(passed / length), unit);
}

/**
 * A length of time: `30分钟`, `2 hours`, `3天`, `5 个工作日`. Hours are days only where nothing is lost, and one day stays
 * 24 hours.
 */
export function lengthWords({ amount, unit }: Target): string {
  if (unit === 'working-hour' || unit === 'working-day') return said(targetWords({ amount, unit }));
  const isDays = unit === 'hour' && amount > 24 && amount % 24 === 0;
  const locale = language() === 'zh' ? 'zh-CN' : 'en-GB';
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: isDays ? 'day' : unit,
    unitDisplay: 'long',
  }).format(isDays ? amount / 24 : amount);
}

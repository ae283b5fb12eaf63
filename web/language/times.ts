import { language } from './i18n.ts';

/** An instant as people in the city say it: `11月21日 16:30`, `21 Nov, 16:30`; with the year when it is another. */
export function timeWords(instant: string, timeZone: string, now = Date.now()): string {
  const locale = language() === 'zh' ? 'zh-CN' : 'en-GB';
  const year = new Intl.DateTimeFormat('en', { timeZone, year: 'numeric' });
  const isThisYear = year.format(new Date(instant)) === year.format(now);
  return new Intl.DateTimeFormat(locale, {
    timeZone,
    month: language() === 'zh' ? 'long' : 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(!isThisYear && { year: 'numeric' }),
  }).format(new Date(instant));
}

import type { City, Priority, Target } from '../config/city.ts';
import { dateFormat } from './date-format.ts';

/** A sentence in both of the product's languages. */
export type LocalizedText = { zh: string; en: string };

const unknown = (id: string): LocalizedText => ({ zh: id, en: id });

export function departmentName(city: City, id: string): LocalizedText {
  return city.departments.find((department) => department.id === id)?.name ?? unknown(id);
}

export function categoryName(city: City, code: string): LocalizedText {
  return city.categories.find((category) => category.code === code)?.name ?? unknown(code);
}

export function areaName(city: City, id: string): LocalizedText {
  return city.areas.find((area) => area.id === id)?.name ?? unknown(id);
}

/** 非常满意 … 非常不满意, the five levels of a 12345 line, by score. */
export const ratingNames: Record<number, LocalizedText> = {
  5: { zh: '非常满意', en: 'Very satisfied' },
  4: { zh: '满意', en: 'Satisfied' },
  3: { zh: '基本满意', en: 'Fairly satisfied' },
  2: { zh: '不满意', en: 'Dissatisfied' },
  1: { zh: '非常不满意', en: 'Very dissatisfied' },
};

export function ratingName(score: number): LocalizedText {
  return ratingNames[score] ?? unknown(String(score));
}

/** Made where it is first needed: not every browser that shows these words has one. */
let graphemes: Intl.Segmenter | undefined;

/** What a reader sees as single characters: no emoji or combined letter is cut in two. */
export function graphemesOf(text: string): string[] {
  graphemes ??= new Intl.Segmenter();
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

export const priorityNames: Record<Priority, LocalizedText> = {
  urgent: { zh: '特急', en: 'Urgent' },
  high: { zh: '紧急', en: 'High' },
  normal: { zh: '一般', en: 'Normal' },
};

/** A length of time as a promise puts it: `4 个工作小时`, `4 working hours`. */
export function targetWords({ amount, unit }: Target): LocalizedText {
  const [zh, en] = unitWords[unit];
  return { zh: `${amount} ${zh}`, en: `${amount} ${en}${amount === 1 ? '' : 's'}` };
}

const unitWords: Record<Target['unit'], readonly [zh: string, en: string]> = {
  minute: ['分钟', 'minute'],
  hour: ['小时', 'hour'],
  'working-hour': ['个工作小时', 'working hour'],
  'working-day': ['个工作日', 'working day'],
};

/** A length of time to the minute: `2 小时 10 分`, `2 h 10 min`. */
export function durationWords(milliseconds: number): LocalizedText {
  const minutes = Math.floor(Math.abs(milliseconds) / 60_000);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  const parts = (hour: string, minute: string): string =>
    [hours > 0 && `${hours} ${hour}`, (rest > 0 || hours === 0) && `${rest} ${minute}`]
      .filter(Boolean)
      .join(' ');
  return { zh: parts('小时', '分'), en: parts('h', 'min') };
}

/** An instant as people in the city say it: `11月21日 16:30`, `21 Nov, 16:30`. */
export function timeWords(instant: string, timeZone: string): LocalizedText {
  const format = (locale: string): string =>
    dateFormat(locale, {
      timeZone,
      month: locale === 'zh-CN' ? 'long' : 'short',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    }).format(new Date(instant));
  return { zh: format('zh-CN'), en: format('en-GB') };
}

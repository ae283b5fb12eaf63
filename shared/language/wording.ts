import type { City, Priority, Target } from '../config/city.ts';
import { dateFormat } from './date-format.ts';

/** A text in both languages of the product. */
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

/** Created on first use: not every browser that loads this module has a segmenter. */
let graphemes: Intl.Segmenter | undefined;

/** The graphemes of a text: no emoji or combined letter is cut in two. */
export function graphemesOf(text: string): string[] {
  graphemes ??= new Intl.Segmenter();
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

export const priorityNames: Record<Priority, LocalizedText> = {
  urgent: { zh: '特急', en: 'Urgent' },
  high: { zh: '紧急', en: 'High' },
  normal: { zh: '一般', en: 'Normal' },
};

/** A target time: `4 个工作小时`, `4 working hours`. */
export function targetWords({ amount, unit }: Target): LocalizedText {
  const [zh, en] = unitWords[unit];
  return { zh: `${amount} ${zh}`, en: countedNoun(amount, en) };
}

const unitWords: Record<Target['unit'], readonly [zh: string, en: string]> = {
  minute: ['分钟', 'minute'],
  hour: ['小时', 'hour'],
  'working-hour': ['个工作小时', 'working hour'],
  'working-day': ['个工作日', 'working day'],
};

/**
 * A length of time to the minute, and from two days on to the hour: `2 小时 10 分钟`, `2 h 10 min`, `2 天 3 小时`.
 * @param largest `hours` for working time, of which a day has fewer than 24.
 */
export function durationWords(milliseconds: number, largest: 'days' | 'hours' = 'days'): LocalizedText {
  const minutes = Math.floor(Math.abs(milliseconds) / 60_000);
  const hours = Math.floor(minutes / 60);
  const [large, small, units] =
    largest === 'days' && hours >= 48
      ? [Math.floor(hours / 24), hours % 24, durationUnits.days]
      : [hours, minutes % 60, durationUnits.hours];
  const parts = (language: 'zh' | 'en'): string =>
    [large > 0 && units.large(large)[language], (small > 0 || large === 0) && units.small(small)[language]]
      .filter((part) => part !== false)
      .join(' ');
  return { zh: parts('zh'), en: parts('en') };
}

const durationUnits = {
  days: {
    large: (days: number) => ({ zh: `${days} 天`, en: countedNoun(days, 'day') }),
    small: (hours: number) => ({ zh: `${hours} 小时`, en: `${hours} h` }),
  },
  hours: {
    large: (hours: number) => ({ zh: `${hours} 小时`, en: `${hours} h` }),
    small: (minutes: number) => ({ zh: `${minutes} 分钟`, en: `${minutes} min` }),
  },
} as const;

/** `1 photo`, `2 photos`. */
export function countedNoun(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

const openEnds = '。.，,、；;：:… ';

/** A person's text as a sentence with one final mark, so that another can follow it. An empty text stays empty. */
export function sentenceOf(text: string): LocalizedText {
  const trimmed = text.trim();
  let end = trimmed.length;
  while (end > 0 && openEnds.includes(trimmed.charAt(end - 1))) end -= 1;
  const bare = trimmed.slice(0, end);
  if (bare === '' || /[！？!?]$/u.test(bare)) return { zh: bare, en: bare };
  return { zh: `${bare}。`, en: `${bare}.` };
}

/** An instant in the city's time: `11月21日 16:30`, `21 Nov, 16:30`. */
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

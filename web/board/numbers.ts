import { durationWords as durationIn } from '../../shared/language/wording.ts';
import { language, localized } from '../language/i18n.ts';
import { tenths } from './sheets/rounding.ts';

export const missingValue = '—';

export function formatCount(count: number | undefined): string {
  return count === undefined ? missingValue : new Intl.NumberFormat(localeName()).format(count);
}

/** A share from 0 to 1 as `83.3%`. */
export function formatShare(share: number | undefined): string {
  return share === undefined ? missingValue : `${(tenths(share) / 10).toFixed(1)}%`;
}

/** A difference of shares (from -1 to 1) in percentage points: `+3.2`, `−0.4`, `0.0`. */
export function formatPoints(difference: number | undefined): string {
  if (difference === undefined) return missingValue;
  const amount = tenths(difference);
  return `${amount > 0 ? '+' : amount < 0 ? '−' : ''}${(Math.abs(amount) / 10).toFixed(1)}`;
}

/** Seconds as hours, to one decimal. */
export function formatHours(seconds: number | undefined): string {
  return seconds === undefined ? missingValue : (seconds / 3600).toFixed(1);
}

/** A duration, at least a minute: `3 天 4 小时`, `25 分钟`. */
export function formatDuration(milliseconds: number): string {
  return localized(durationIn(Math.max(60_000, milliseconds)));
}

/** `11月21日`, `21 Nov`. A calendar day, formatted without a time zone. */
export function formatDay(day: string): string {
  return new Intl.DateTimeFormat(localeName(), {
    timeZone: 'UTC',
    month: language() === 'zh' ? 'long' : 'short',
    day: 'numeric',
  }).format(new Date(day));
}

function localeName(): string {
  return language() === 'zh' ? 'zh-CN' : 'en-GB';
}

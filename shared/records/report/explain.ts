import { isWorkingTime, type City } from '../../config/city.ts';
import type { Gap } from '../../kernel/clocks/calendar.ts';
import { dateFormat } from '../../language/date-format.ts';
import type { Report } from './model.ts';
import {
  calendarOf,
  clockNames,
  openPause,
  progress,
  type Clock,
  type ClockName,
} from '../../kernel/clocks/sla.ts';
import {
  areaName,
  durationWords,
  targetWords,
  timeWords,
  type LocalizedText,
} from '../../language/wording.ts';

/** An explanation of one clock: a line per fact, in chronological order. */
export type ClockAccount = {
  clock: ClockName;
  title: LocalizedText;
  lines: LocalizedText[];
  /** Milliseconds of the time that counts; `left` is negative when it is overdue. */
  used: number;
  left: number;
};

/**
 * How a report's clocks were computed: targets, time not counted, pauses, and deadlines. Uses the same functions and
 * the same calendar as the clocks themselves.
 */
export function explain(report: Report, city: City, now: string): ClockAccount[] {
  return clockNames.flatMap((name) => {
    const clock = report.clocks[name];
    return clock ? [{ clock: name, title: titles[name], ...account(clock, city, now) }] : [];
  });
}

const titles: Record<ClockName, LocalizedText> = {
  acknowledge: { zh: '签收时限', en: 'Time to acknowledge' },
  resolve: { zh: '办结时限', en: 'Time to resolve' },
};

function account(clock: Clock, city: City, now: string): Pick<ClockAccount, 'lines' | 'used' | 'left'> {
  const when = (instant: string): LocalizedText => momentWords(instant, city.timeZone);
  const { used, left } = progress(city, clock, now);
  const lines: LocalizedText[] = [given(clock, city)];
  const say = (zh: string, en: string): number => lines.push({ zh, en });

  const start = when(clock.startedAt);
  say(`${start.zh} 开始计时`, `started ${start.en}`);
  const skipped = skippedWords(clock, city);
  if (skipped) say(`不计${skipped.zh}`, `${skipped.en} not counted`);
  for (const pause of clock.pauses ?? []) {
    const from = when(pause.from);
    const length = durationWords(Date.parse(pause.to ?? now) - Date.parse(pause.from));
    if (pause.to === undefined) say(`${from.zh} 起挂起，暂停计时`, `on hold since ${from.en}`);
    else say(`${from.zh} 起挂起 ${length.zh}`, `on hold for ${length.en} from ${from.en}`);
  }
  for (const amount of clock.extensions ?? []) {
    const more = targetWords({ amount, unit: clock.target.unit });
    say(`延期 ${more.zh}`, `extended by ${more.en}`);
  }
  const due = when(clock.dueAt);
  if (!openPause(clock)) say(`应于 ${due.zh} 前完成`, `due by ${due.en}`);
  const largest = isWorkingTime(clock.target) ? 'hours' : 'days';
  const usedWords = durationWords(used, largest);
  if (clock.stoppedAt !== undefined) {
    const stop = when(clock.stoppedAt);
    say(`${stop.zh} 停止，用时 ${usedWords.zh}`, `stopped ${stop.en} after ${usedWords.en}`);
  } else {
    const rest = durationWords(left, largest);
    say(
      `已用 ${usedWords.zh}，${left < 0 ? '超出' : '剩余'} ${rest.zh}`,
      `${usedWords.en} used, ${rest.en} ${left < 0 ? 'over' : 'left'}`,
    );
  }
  if (clock.breachedAt !== undefined) {
    const at = when(clock.breachedAt);
    say(`${at.zh} 记为超时`, `recorded as overdue ${at.en}`);
  }
  for (const [index, { area, at }] of (clock.climbs ?? []).entries()) {
    if (clock.breachedAt === undefined) break;
    const [who, moment] = [areaName(city, area), when(at)];
    if (index < (clock.climbed ?? 0))
      say(`已提级至${who.zh}（${moment.zh}）`, `escalated to ${who.en} ${moment.en}`);
    else if (clock.stoppedAt === undefined)
      say(`如仍未完成，${moment.zh} 提级至${who.zh}`, `escalates to ${who.en} ${moment.en}`);
  }
  return { lines, used, left };
}

function given({ target, calendar }: Clock, city: City): LocalizedText {
  const amount = targetWords(target);
  if (!isWorkingTime(target))
    return { zh: `${amount.zh}，按自然时计算（24 小时连续）`, en: `${amount.en}, around the clock` };
  const { name } = city.calendars.find(({ id }) => id === calendar) ?? city.calendars[0] ?? {};
  return name ? { zh: `${amount.zh}（${name.zh}）`, en: `${amount.en} (${name.en})` } : amount;
}

/** The kinds of time that were not counted: `午休、周末`, `lunch and weekend`. */
function skippedWords(clock: Clock, city: City): LocalizedText | undefined {
  if (!isWorkingTime(clock.target)) return undefined;
  const until = Math.min(...[clock.dueAt, clock.stoppedAt].filter((at) => at !== undefined).map(Date.parse));
  const found = new Set<Gap>();
  for (const { why } of calendarOf(city, clock.calendar).gaps(Date.parse(clock.startedAt), until))
    found.add(why);
  const kinds = (Object.keys(gapWords) as Gap[]).filter((kind) => found.has(kind));
  if (kinds.length === 0) return undefined;
  const english = kinds.map((kind) => gapWords[kind].en);
  const last = english.pop() ?? '';
  return {
    zh: kinds.map((kind) => gapWords[kind].zh).join('、'),
    en: english.length > 0 ? `${english.join(', ')} and ${last}` : last,
  };
}

const gapWords: Record<Gap, LocalizedText> = {
  break: { zh: '午休', en: 'breaks' },
  night: { zh: '下班时间', en: 'nights' },
  weekend: { zh: '周末', en: 'weekends' },
  holiday: { zh: '节假日', en: 'holidays' },
};

/** With the day of the week: `11月20日周五 16:30`, `Fri 20 Nov, 16:30`. */
function momentWords(instant: string, timeZone: string): LocalizedText {
  const { zh, en } = timeWords(instant, timeZone);
  const day = (locale: string): string =>
    dateFormat(locale, { timeZone, weekday: 'short' }).format(new Date(instant));
  return { zh: zh.replace(' ', `${day('zh-CN')} `), en: `${day('en-GB')} ${en}` };
}

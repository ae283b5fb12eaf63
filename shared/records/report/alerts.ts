import type { EventType, ReportEvent } from '../../../events/report.ts';
import { areaLevels, type City } from '../../config/city.ts';
import { areaAtLevel } from '../../place/place.ts';
import type { Alert, Report } from './report.ts';
import { departmentName, durationWords, ratingName, timeWords, type Words } from '../../language/wording.ts';

/** How far up an alert is: the department's own, or whoever answers for an area of a level. */
export const alertLevels = ['department', ...areaLevels] as const;
export type AlertLevel = (typeof alertLevels)[number];

/** @param path of the report's place. */
export function alertLevelOf(
  city: City,
  { kind, area }: Pick<Alert, 'kind' | 'area'>,
  path: readonly string[],
): AlertLevel {
  // A call to an unhappy resident is the community's to make.
  if (kind === 'follow-up') return areaAtLevel(city, path, 'community')?.level ?? 'department';
  return city.areas.find(({ id }) => id === area)?.level ?? 'department';
}

/** Who a digest goes to: a department's people on duty, its head, or whoever answers for an area. */
export type DigestRecipient =
  | { kind: 'department'; department: string }
  | { kind: 'head'; department: string }
  | { kind: 'area'; area: string };

/** One line of a digest. `id` is the same for the same event and recipient, however often it is made. */
export type DigestLine = { id: string; to: DigestRecipient; kind: AlertKind; number: string; text: Words };

export type AlertKind = 'warning' | 'breach' | 'escalation' | 'extension' | 'follow-up';

/** The events that somebody above is told of, together with all others of the same minute. */
export const alertEventTypes = [
  'clock-warned.v1',
  'clock-breached.v1',
  'clock-escalated.v1',
  'alert-reminded.v1',
  'extension-requested.v1',
  'report-rated.v1',
] as const satisfies EventType[];

/** The lines of one event. The report is as of now: what has been settled meanwhile alarms nobody. */
export function digestLinesOf(event: ReportEvent, report: Report, city: City): DigestLine[] {
  const { number } = event;
  const line = (to: DigestRecipient, kind: AlertKind, text: Words): DigestLine => ({
    id: `${event.id}>${recipientName(to)}`,
    to,
    kind,
    number,
    text,
  });
  const duty = (department: string): DigestRecipient => ({ kind: 'department', department });
  const head = (department: string): DigestRecipient => ({ kind: 'head', department });
  if (event.type !== 'report-rated.v1' && report.endedAt !== undefined) return [];
  switch (event.type) {
    case 'clock-warned.v1': {
      const { department, clock, dueAt } = event.data;
      const [step, due] = [stepWords[clock], timeWords(dueAt, city.timeZone)];
      const text = {
        zh: `即将超时：应在${due.zh}前${step.zh}`,
        en: `Due soon: ${step.en} by ${due.en}`,
      };
      return [line(duty(department), 'warning', text)];
    }
    case 'clock-breached.v1': {
      const { department, clock, dueAt } = event.data;
      const [step, due] = [stepWords[clock], timeWords(dueAt, city.timeZone)];
      const who = departmentName(city, department);
      const text = {
        zh: `已超时：${who.zh}应在${due.zh}前${step.zh}`,
        en: `Overdue: ${who.en} was to ${step.en} by ${due.en}`,
      };
      return [line(duty(department), 'breach', text), line(head(department), 'breach', text)];
    }
    case 'clock-escalated.v1': {
      const { department, clock, lateSeconds, to } = event.data;
      const who = departmentName(city, department);
      const late = durationWords(lateSeconds * 1000);
      const step = stepWords[clock];
      return [
        line({ kind: 'area', area: to }, 'escalation', {
          zh: `${who.zh}已超时${late.zh}未${step.zh}`,
          en: `${who.en} is ${late.en} late to ${step.en}`,
        }),
      ];
    }
    case 'alert-reminded.v1': {
      const { department, clock, dueAt } = event.data;
      const who = departmentName(city, department);
      const due = timeWords(dueAt, city.timeZone);
      const to = report.alert?.area;
      return [
        line(to === undefined ? head(department) : { kind: 'area', area: to }, 'breach', {
          zh: `仍无人处理：${who.zh}应在${due.zh}前${stepWords[clock].zh}`,
          en: `Still with nobody: ${who.en} was to ${stepWords[clock].en} by ${due.en}`,
        }),
      ];
    }
    case 'extension-requested.v1': {
      const who = departmentName(city, event.data.department);
      const { reason } = event.data;
      return [
        line(head(event.data.department), 'extension', {
          zh: `${who.zh}申请延期：${reason}`,
          en: `${who.en} asks for more time: ${reason}`,
        }),
      ];
    }
    case 'report-rated.v1': {
      const community = areaAtLevel(city, report.location.path, 'community');
      if (event.data.followUp !== true || report.followUp === undefined || !community) return [];
      const rating = ratingName(event.data.score);
      return [
        line({ kind: 'area', area: community.id }, 'follow-up', {
          zh: `评价${rating.zh}，请回访`,
          en: `Rated ${rating.en.toLowerCase()}: please call the reporter`,
        }),
      ];
    }
    default:
      return [];
  }
}

/** What subscribers filter on. */
export function recipientName(to: DigestRecipient): string {
  switch (to.kind) {
    case 'department':
      return `department#${to.department}`;
    case 'head':
      return `head#${to.department}`;
    case 'area':
      return `area#${to.area}`;
  }
}

/** One message of many lines, the gravest first. A reader needs the first few and how many there are. */
export function digestOf(lines: readonly Pick<DigestLine, 'kind' | 'number' | 'text'>[]): {
  subject: Words;
  text: Words;
} {
  const sorted = lines.toSorted((a, b) => gravity.indexOf(a.kind) - gravity.indexOf(b.kind));
  const counts = gravity.flatMap((kind) => {
    const count = lines.filter((line) => line.kind === kind).length;
    return count === 0 ? [] : [{ kind, count }];
  });
  const rest = lines.length - mostLines;
  const list = (language: 'zh' | 'en'): string =>
    sorted
      .slice(0, mostLines)
      .map(({ number, text }) => `${number} ${text[language]}`)
      .join('\n');
  return {
    subject: {
      zh: `预警 ${lines.length} 件：${counts.map(({ kind, count }) => `${kindWords[kind].zh} ${count}`).join('，')}`,
      en: `${lines.length} alert(s): ${counts.map(({ kind, count }) => `${count} ${kindWords[kind].en}`).join(', ')}`,
    },
    text: {
      zh: list('zh') + (rest > 0 ? `\n另有 ${rest} 件，请在看板查看。` : ''),
      en: list('en') + (rest > 0 ? `\nand ${rest} more; the board shows them all.` : ''),
    },
  };
}

const mostLines = 30;
const gravity: readonly AlertKind[] = ['escalation', 'breach', 'follow-up', 'extension', 'warning'];
const kindWords: Record<AlertKind, Words> = {
  escalation: { zh: '督办', en: 'escalated' },
  breach: { zh: '超时', en: 'overdue' },
  'follow-up': { zh: '待回访', en: 'to call back' },
  extension: { zh: '延期待批', en: 'asking for more time' },
  warning: { zh: '即将超时', en: 'due soon' },
};
const stepWords = {
  acknowledge: { zh: '签收', en: 'take it up' },
  resolve: { zh: '办结', en: 'resolve it' },
} as const;

import type { NoticeRules, DigestDraft, AlertKind, DigestRecipient } from '../../kernel/notices.ts';
import { areaAtLevel } from '../../place/place.ts';
import {
  departmentName,
  durationWords,
  ratingName,
  timeWords,
  type LocalizedText,
} from '../../language/wording.ts';
import type { ReportModel } from './model.ts';

const line = (to: DigestRecipient, kind: AlertKind, text: LocalizedText): DigestDraft => ({
  to,
  kind,
  text,
});
const duty = (department: string): DigestRecipient => ({ kind: 'department', department });
const head = (department: string): DigestRecipient => ({ kind: 'head', department });

/** The digest lines of each event. The report is as of now: one that has ended in the meantime causes none. */
export const digestLines: NoticeRules<ReportModel>['digestLines'] = {
  'clock-warned.v1': (event, report, city) => {
    if (report.endedAt !== undefined) return [];
    const { department, clock, dueAt } = event.data;
    const [step, due] = [stepWords[clock], timeWords(dueAt, city.timeZone)];
    const text = {
      zh: `临期：应于 ${due.zh} 前${step.zh}`,
      en: `Due soon: ${step.en} by ${due.en}`,
    };
    return [line(duty(department), 'warning', text)];
  },
  'clock-breached.v1': (event, report, city) => {
    if (report.endedAt !== undefined) return [];
    const { department, clock, dueAt } = event.data;
    const [step, due] = [stepWords[clock], timeWords(dueAt, city.timeZone)];
    const who = departmentName(city, department);
    const text = {
      zh: `超时：${who.zh}应于 ${due.zh} 前${step.zh}`,
      en: `Overdue: ${who.en} missed the deadline to ${step.en}, ${due.en}`,
    };
    return [line(duty(department), 'breach', text), line(head(department), 'breach', text)];
  },
  'clock-escalated.v1': (event, report, city) => {
    if (report.endedAt !== undefined) return [];
    const { department, clock, lateSeconds, to } = event.data;
    const who = departmentName(city, department);
    const late = durationWords(lateSeconds * 1000);
    const step = stepWords[clock];
    return [
      line({ kind: 'area', area: to }, 'escalation', {
        zh: `${who.zh}已超时 ${late.zh}未${step.zh}`,
        en: `${who.en} is ${late.en} late to ${step.en}`,
      }),
    ];
  },
  'alert-reminded.v1': (event, report, city) => {
    if (report.endedAt !== undefined) return [];
    const { department, clock, dueAt } = event.data;
    const who = departmentName(city, department);
    const due = timeWords(dueAt, city.timeZone);
    const to = report.alert?.area;
    return [
      line(to === undefined ? head(department) : { kind: 'area', area: to }, 'breach', {
        zh: `仍无人跟进：${who.zh}应于 ${due.zh} 前${stepWords[clock].zh}`,
        en: `Nobody has taken over: ${who.en} missed the deadline to ${stepWords[clock].en}, ${due.en}`,
      }),
    ];
  },
  'extension-requested.v1': (event, report, city) => {
    if (report.endedAt !== undefined) return [];
    const who = departmentName(city, event.data.department);
    const { reason } = event.data;
    return [
      line(head(event.data.department), 'extension', {
        zh: `${who.zh}申请延期：${reason}`,
        en: `${who.en} requests an extension: ${reason}`,
      }),
    ];
  },
  'report-rated.v1': (event, report, city) => {
    const community = areaAtLevel(city, report.location.path, 'community');
    if (event.data.followUp !== true || report.followUp === undefined || !community) return [];
    const rating = ratingName(event.data.score);
    return [
      line({ kind: 'area', area: community.id }, 'follow-up', {
        zh: `居民评价“${rating.zh}”，请回访`,
        en: `Rated “${rating.en}”: please make a follow-up call`,
      }),
    ];
  },
};

const stepWords = {
  acknowledge: { zh: '签收', en: 'acknowledge' },
  resolve: { zh: '办结', en: 'resolve' },
} as const;

import type { NoticeRules, Told } from '../../kernel/notices.ts';
import {
  areaName,
  categoryName,
  departmentName,
  priorityNames,
  ratingName,
  timeWords,
  type LocalizedText,
} from '../../language/wording.ts';
import { digestLines } from './alerts.ts';
import type { ReportModel } from './model.ts';

const resident = (subject: LocalizedText, text: LocalizedText): Told => ({ to: 'party', subject, text });
/** Those whose own reports were merged into this one. */
const followers = (subject: LocalizedText, text: LocalizedText): Told => ({ to: 'followers', subject, text });
const residents = (subject: LocalizedText, text: LocalizedText): Told[] => [
  resident(subject, text),
  followers(subject, text),
];
const department = (id: string | undefined, subject: LocalizedText, text: LocalizedText): Told => ({
  to: { department: id },
  subject,
  text,
});

/** Who is told of which event, and in which words. Alerts are told in digests: one message however many there are. */
const notices: NoticeRules<ReportModel>['notices'] = {
  'report-submitted.v1': (event) => [
    resident(
      { zh: `已受理 ${event.number}`, en: `Received ${event.number}` },
      {
        zh: '您的上报已收到，正在派给负责的部门。',
        en: 'We have your report and are finding who will handle it.',
      },
    ),
  ],
  'report-triaged.v1': (event, report, city) => {
    const due = timeWords(event.data.clocks.acknowledge.dueAt, city.timeZone);
    return [
      department(
        event.data.department,
        { zh: `待分拨 ${event.number}`, en: `To sort ${event.number}` },
        {
          zh: `请在${due.zh}前分拨：${report.description}`,
          en: `Please sort by ${due.en}: ${report.description}`,
        },
      ),
    ];
  },
  'report-assigned.v1': (event, report, city) => {
    const { data } = event;
    const [who, category, area] = [
      departmentName(city, data.department),
      categoryName(city, data.category),
      areaName(city, data.area),
    ];
    const [accept, settle] = [
      timeWords(data.clocks.acknowledge.dueAt, city.timeZone),
      timeWords(data.clocks.resolve.dueAt, city.timeZone),
    ];
    return [
      department(
        data.department,
        { zh: `新工单 ${event.number}（${category.zh}）`, en: `New report ${event.number} (${category.en})` },
        {
          zh: `${area.zh}：${report.description}。请于${accept.zh}前签收，${settle.zh}前办结。`,
          en: `${area.en}: ${report.description}. Take it up by ${accept.en}, resolve it by ${settle.en}.`,
        },
      ),
      ...residents(
        { zh: `已派单 ${event.number}`, en: `Assigned ${event.number}` },
        {
          zh: `已派给${who.zh}，应于${settle.zh}前办结。`,
          en: `${who.en} has it and is to resolve it by ${settle.en}.`,
        },
      ),
    ];
  },
  'assignment-acknowledged.v1': (event, _, city) => {
    const who = departmentName(city, event.data.department);
    return residents(
      { zh: `已签收 ${event.number}`, en: `Taken up ${event.number}` },
      { zh: `${who.zh}已签收。`, en: `${who.en} has taken it up.` },
    );
  },
  'work-started.v1': (event, _, city) => {
    const who = departmentName(city, event.data.department);
    return residents(
      { zh: `办理中 ${event.number}`, en: `In progress ${event.number}` },
      { zh: `${who.zh}已开始办理。`, en: `${who.en} has begun.` },
    );
  },
  'report-resolved.v1': (event, _, city) => {
    const who = departmentName(city, event.data.department);
    return residents(
      { zh: `已办结 ${event.number}`, en: `Resolved ${event.number}` },
      {
        zh: `${who.zh}：${event.data.text}。请评价；不满意可要求重办。`,
        en: `${who.en}: ${event.data.text}. Please rate it; if it is not right you can reopen it.`,
      },
    );
  },
  'note-added.v1': (event, report) => {
    if (event.data.audience === 'staff') return [];
    const subject = { zh: `新留言 ${event.number}`, en: `New note ${event.number}` };
    const text = { zh: event.data.text, en: event.data.text };
    if (event.actor.kind !== 'resident') return residents(subject, text);
    return [department(report.department, subject, text)];
  },
  'photos-processed.v1': (event) => {
    const broken = event.data.photos.filter((photo) => photo.status === 'unreadable').length;
    if (broken === 0) return [];
    return [
      resident(
        { zh: `照片无法打开 ${event.number}`, en: `Photo unreadable ${event.number}` },
        {
          zh: `有${broken}张照片无法打开，可在工单里补充照片；工单照常办理。`,
          en: `${broken} photo(s) could not be opened. You can add others; the report goes on as it is.`,
        },
      ),
    ];
  },
  'report-rated.v1': (event) => {
    const rating = ratingName(event.data.score);
    const comment = event.data.comment ?? '';
    return [
      department(
        event.data.department,
        { zh: `评价 ${event.number}：${rating.zh}`, en: `Rated ${event.number}: ${rating.en}` },
        { zh: comment || rating.zh, en: comment || rating.en },
      ),
    ];
  },
  'report-withdrawn.v1': (event) => {
    const subject = { zh: `已撤回 ${event.number}`, en: `Withdrawn ${event.number}` };
    const { reason } = event.data;
    const text = { zh: reason ?? '上报人撤回了工单。', en: reason ?? 'The reporter withdrew the report.' };
    return [
      department(event.data.department, subject, text),
      // Its reporter knows; those who had joined it should hear that nobody is at it any more.
      followers(subject, {
        zh: '您关注的工单已由上报人撤回。问题如仍存在，请重新上报。',
        en: 'The report you follow was withdrawn by its reporter. If the problem is still there, please report it again.',
      }),
    ];
  },
  'report-rejected.v1': (event) =>
    residents(
      { zh: `不予受理 ${event.number}`, en: `Not accepted ${event.number}` },
      { zh: event.data.reason, en: event.data.reason },
    ),
  'report-merged.v1': (event) =>
    residents(
      { zh: `已合并 ${event.number}`, en: `Merged ${event.number}` },
      {
        zh: `与已有工单${event.data.into}合并办理，进展会继续通知您。`,
        en: `It is handled together with ${event.data.into}; you will still be told how it goes.`,
      },
    ),
  'report-supervised.v1': (event) => [
    department(
      event.data.department,
      { zh: `督办 ${event.number}`, en: `Supervised ${event.number}` },
      { zh: event.data.text, en: event.data.text },
    ),
  ],
  'report-suspended.v1': (event) => {
    const { waitingFor, text } = event.data;
    return residents(
      waitingFor === 'resident'
        ? { zh: `等待您补充 ${event.number}`, en: `Waiting for you ${event.number}` }
        : { zh: `已挂起 ${event.number}`, en: `On hold ${event.number}` },
      waitingFor === 'resident'
        ? {
            zh: `${text}。请在工单里留言，收到后继续办理。`,
            en: `${text}. Please add a note; work goes on once we have it.`,
          }
        : { zh: text, en: text },
    );
  },
  'report-resumed.v1': (event, _, city) => {
    const due = timeWords(event.data.clocks.resolve.dueAt, city.timeZone);
    return [
      department(
        event.data.department,
        { zh: `已恢复 ${event.number}`, en: `Resumed ${event.number}` },
        { zh: `继续计时，应于${due.zh}前办结。`, en: `The clock runs again; it is due by ${due.en}.` },
      ),
    ];
  },
  'extension-granted.v1': (event, _, city) => {
    const due = timeWords(event.data.clocks.resolve.dueAt, city.timeZone);
    const subject = { zh: `已延期 ${event.number}`, en: `More time ${event.number}` };
    const text = { zh: `办结时限延至${due.zh}。`, en: `It is to be resolved by ${due.en} now.` };
    return [department(event.data.department, subject, text), ...residents(subject, text)];
  },
  'extension-declined.v1': (event) => [
    department(
      event.data.department,
      { zh: `未同意延期 ${event.number}`, en: `No more time ${event.number}` },
      { zh: event.data.reason, en: event.data.reason },
    ),
  ],
  'priority-changed.v1': (event, _, city) => {
    const due = timeWords(event.data.clocks.resolve.dueAt, city.timeZone);
    const { zh, en } = priorityNames[event.data.priority];
    return [
      department(
        event.data.department,
        { zh: `改为${zh} ${event.number}`, en: `Now ${en.toLowerCase()} ${event.number}` },
        {
          zh: `${event.data.reason}。应于${due.zh}前办结。`,
          en: `${event.data.reason}. It is due by ${due.en}.`,
        },
      ),
    ];
  },
  'report-closed.v1': (event) =>
    residents(
      { zh: `已归档 ${event.number}`, en: `Closed ${event.number}` },
      {
        zh: '工单已归档。问题如仍存在，可要求重办。',
        en: 'The report is closed. If the problem is still there you can reopen it.',
      },
    ),
  'support-answered.v1': (event, _, city) => {
    const who = departmentName(city, event.data.supporter);
    return [
      department(
        event.data.department,
        { zh: `协办答复 ${event.number}`, en: `Support answered ${event.number}` },
        { zh: `${who.zh}：${event.data.text}`, en: `${who.en}: ${event.data.text}` },
      ),
    ];
  },
};

export const reportNotices: NoticeRules<ReportModel> = {
  notices,
  digestLines,
  followers: ({ duplicates }) => duplicates,
};

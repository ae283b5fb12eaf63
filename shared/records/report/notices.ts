import type { NoticeRules, NoticeDraft } from '../../kernel/notices.ts';
import {
  areaName,
  categoryName,
  countedNoun,
  departmentName,
  priorityNames,
  ratingName,
  sentenceOf,
  timeWords,
  type LocalizedText,
} from '../../language/wording.ts';
import { digestLines } from './alerts.ts';
import { wasDispatched } from './facts.ts';
import type { ReportModel } from './model.ts';
import { declinedWords } from './state.ts';

const draftTo =
  (to: NoticeDraft['to']) =>
  (subject: LocalizedText, text: LocalizedText): NoticeDraft => ({ to, subject, text });
const resident = draftTo('party');
/** Residents whose own reports were merged into this one. */
const followers = draftTo('followers');
const residents = (subject: LocalizedText, text: LocalizedText): NoticeDraft[] => [
  resident(subject, text),
  followers(subject, text),
];
const department = (id: string | undefined, subject: LocalizedText, text: LocalizedText): NoticeDraft =>
  draftTo({ department: id })(subject, text);

/** The notices of each event. Alerts are sent in digests instead: one message for all of a minute. */
const notices: NoticeRules<ReportModel>['notices'] = {
  'report-submitted.v1': (event) => [
    resident(
      { zh: `已提交 ${event.number}`, en: `Submitted ${event.number}` },
      {
        zh: '您的上报已提交，正在派给承办单位。',
        en: 'Your report has been submitted and is being dispatched.',
      },
    ),
  ],
  'report-triaged.v1': (event, report, city) => {
    const due = timeWords(event.data.clocks.acknowledge.dueAt, city.timeZone);
    const what = sentenceOf(report.description);
    return [
      department(
        event.data.department,
        { zh: `待派单 ${event.number}`, en: `To dispatch ${event.number}` },
        {
          zh: `请于 ${due.zh} 前派单：${what.zh}`,
          en: `Please dispatch by ${due.en}: ${what.en}`,
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
    const [acknowledge, resolve] = [
      timeWords(data.clocks.acknowledge.dueAt, city.timeZone),
      timeWords(data.clocks.resolve.dueAt, city.timeZone),
    ];
    const what = sentenceOf(report.description);
    return [
      department(
        data.department,
        { zh: `新工单 ${event.number}（${category.zh}）`, en: `New ticket ${event.number} (${category.en})` },
        {
          zh: `${area.zh}：${what.zh}请于 ${acknowledge.zh} 前签收，${resolve.zh} 前办结。`,
          en: `${area.en}: ${what.en} Acknowledge by ${acknowledge.en}, resolve by ${resolve.en}.`,
        },
      ),
      ...residents(
        { zh: `已派单 ${event.number}`, en: `Dispatched ${event.number}` },
        {
          zh: `已派给${who.zh}，应于 ${resolve.zh} 前办结。`,
          en: `Dispatched to ${who.en}, due by ${resolve.en}.`,
        },
      ),
    ];
  },
  'assignment-acknowledged.v1': (event, _, city) => {
    const who = departmentName(city, event.data.department);
    return residents(
      { zh: `已签收 ${event.number}`, en: `Acknowledged ${event.number}` },
      { zh: `${who.zh}已签收。`, en: `${who.en} has acknowledged it.` },
    );
  },
  'work-started.v1': (event, _, city) => {
    const who = departmentName(city, event.data.department);
    return residents(
      { zh: `办理中 ${event.number}`, en: `In progress ${event.number}` },
      { zh: `${who.zh}已开始办理。`, en: `${who.en} has started work.` },
    );
  },
  'report-resolved.v1': (event, _, city) => {
    const who = departmentName(city, event.data.department);
    const what = sentenceOf(event.data.text);
    return residents(
      { zh: `已办结 ${event.number}`, en: `Resolved ${event.number}` },
      {
        zh: `${who.zh}：${what.zh}请评价；没有解决可要求重办。`,
        en: `${who.en}: ${what.en} Please rate it; if the problem is not solved, you can reopen it.`,
      },
    );
  },
  'note-added.v1': (event, report) => {
    if (event.data.audience === 'staff') return [];
    const text = { zh: event.data.text, en: event.data.text };
    if (event.actor.kind !== 'resident')
      return residents({ zh: `进展反馈 ${event.number}`, en: `Progress note ${event.number}` }, text);
    return [
      department(
        report.department,
        { zh: `居民补充说明 ${event.number}`, en: `Note from the resident ${event.number}` },
        text,
      ),
    ];
  },
  'photos-processed.v1': (event) => {
    const unreadable = event.data.photos.filter((photo) => photo.status === 'unreadable').length;
    if (unreadable === 0) return [];
    return [
      resident(
        { zh: `照片无法打开 ${event.number}`, en: `Photo unreadable ${event.number}` },
        {
          zh: `有 ${unreadable} 张照片无法打开，可点“补充说明或照片”重新上传；上报照常办理。`,
          en: `${countedNoun(unreadable, 'photo')} could not be opened. You can add photos under “Add a note or photo”; work on the report continues.`,
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
    const text = { zh: reason ?? '居民已撤回。', en: reason ?? 'The resident withdrew it.' };
    return [
      department(event.data.department, subject, text),
      // The resident withdrew it themselves; only followers are told.
      followers(subject, {
        zh: '您关注的上报已由提交人撤回。问题如仍存在，请重新上报。',
        en: 'The report you follow was withdrawn by the person who submitted it. If the problem is still there, please report it again.',
      }),
    ];
  },
  'report-rejected.v1': (event, report) => {
    const declined = declinedWords(wasDispatched(report));
    return residents(
      { zh: `${declined.zh} ${event.number}`, en: `${declined.en} ${event.number}` },
      { zh: event.data.reason, en: event.data.reason },
    );
  },
  'report-merged.v1': (event) =>
    residents(
      { zh: `已合并办理 ${event.number}`, en: `Merged ${event.number}` },
      {
        zh: `已与 ${event.data.into} 合并办理，进展会继续通知您。`,
        en: `Merged with ${event.data.into}; you will still be told about progress.`,
      },
    ),
  'report-supervised.v1': (event) => [
    department(
      event.data.department,
      { zh: `督办 ${event.number}`, en: `Supervision order ${event.number}` },
      { zh: event.data.text, en: event.data.text },
    ),
  ],
  'report-suspended.v1': (event) => {
    const { waitingFor, text } = event.data;
    const what = sentenceOf(text);
    return residents(
      waitingFor === 'resident'
        ? { zh: `请您补充 ${event.number}`, en: `Your answer is needed ${event.number}` }
        : { zh: `暂停办理 ${event.number}`, en: `On hold ${event.number}` },
      waitingFor === 'resident'
        ? {
            zh: `${what.zh}请点“补充说明或照片”回复，收到后恢复办理。`,
            en: `${what.en} Please answer under “Add a note or photo”; work resumes once we have it.`,
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
        { zh: `恢复计时，应于 ${due.zh} 前办结。`, en: `Resumed; due by ${due.en}.` },
      ),
    ];
  },
  'extension-granted.v1': (event, _, city) => {
    const due = timeWords(event.data.clocks.resolve.dueAt, city.timeZone);
    const subject = { zh: `已延期 ${event.number}`, en: `Extension approved ${event.number}` };
    const text = { zh: `办结时限延至 ${due.zh}。`, en: `Now due by ${due.en}.` };
    return [department(event.data.department, subject, text), ...residents(subject, text)];
  },
  'extension-declined.v1': (event) => [
    department(
      event.data.department,
      { zh: `不同意延期 ${event.number}`, en: `Extension declined ${event.number}` },
      { zh: event.data.reason, en: event.data.reason },
    ),
  ],
  'priority-changed.v1': (event, _, city) => {
    const due = timeWords(event.data.clocks.resolve.dueAt, city.timeZone);
    const { zh, en } = priorityNames[event.data.priority];
    const why = sentenceOf(event.data.reason);
    return [
      department(
        event.data.department,
        {
          zh: `紧急程度改为${zh} ${event.number}`,
          en: `Priority is now ${en.toLowerCase()} ${event.number}`,
        },
        {
          zh: `${why.zh}应于 ${due.zh} 前办结。`,
          en: `${why.en} Due by ${due.en}.`,
        },
      ),
    ];
  },
  'report-closed.v1': (event) =>
    residents(
      { zh: `已归档 ${event.number}`, en: `Closed ${event.number}` },
      {
        zh: '上报已归档。问题如仍存在，可要求重办。',
        en: 'The report is closed. If the problem is still there, you can reopen it.',
      },
    ),
  'support-answered.v1': (event, _, city) => {
    const who = departmentName(city, event.data.supporter);
    return [
      department(
        event.data.department,
        { zh: `协办答复 ${event.number}`, en: `Subtask answered ${event.number}` },
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

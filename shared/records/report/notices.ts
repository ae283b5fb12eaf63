import type { EventType, ReportEvent } from '../../../events/report.ts';
import type { City } from '../../config/city.ts';
import type { Report } from './report.ts';
import {
  areaName,
  categoryName,
  departmentName,
  priorityNames,
  ratingName,
  timeWords,
  type Words,
} from '../../language/wording.ts';

/** Who is told: a report's reporter (by the report's number), or a department. */
export type Recipient = { kind: 'resident'; number: string } | { kind: 'department'; department: string };

/** One thing to tell one recipient. `id` is the same for the same event and recipient, however often it is made. */
export type Notice = { id: string; to: Recipient; number: string; subject: Words; text: Words };

/** The events that somebody is told of; the notify queue subscribes to these. */
export const noticeEventTypes = [
  'report-submitted.v1',
  'report-triaged.v1',
  'report-assigned.v1',
  'assignment-acknowledged.v1',
  'work-started.v1',
  'report-resolved.v1',
  'note-added.v1',
  'photos-processed.v1',
  'report-rated.v1',
  'report-withdrawn.v1',
  'report-rejected.v1',
  'report-merged.v1',
  'report-supervised.v1',
  'report-suspended.v1',
  'report-resumed.v1',
  'extension-granted.v1',
  'extension-declined.v1',
  'priority-changed.v1',
  'report-closed.v1',
  'support-answered.v1',
] as const satisfies EventType[];

/** Who is told what of one event. The report is as of now and may be further along than the event. */
export function noticesOf(event: ReportEvent, report: Report, city: City): Notice[] {
  const notices = allNoticesOf(event, report, city);
  // A supporting department's part is no resident's: they hear of the report that it answers to.
  return report.parent ? notices.filter(({ to }) => to.kind === 'department') : notices;
}

function allNoticesOf(event: ReportEvent, report: Report, city: City): Notice[] {
  const { number } = event;
  const notice = (to: Recipient, subject: Words, text: Words): Notice => ({
    id: `${event.id}>${to.kind === 'resident' ? to.number : to.department}`,
    to,
    number,
    subject,
    text,
  });
  const resident = (subject: Words, text: Words): Notice =>
    notice({ kind: 'resident', number }, subject, text);
  /** Those whose own reports were merged into this one. */
  const followers = (subject: Words, text: Words): Notice[] =>
    report.duplicates.map((follower) => notice({ kind: 'resident', number: follower }, subject, text));
  const residents = (subject: Words, text: Words): Notice[] => [
    resident(subject, text),
    ...followers(subject, text),
  ];
  const department = (id: string, subject: Words, text: Words): Notice =>
    notice({ kind: 'department', department: id }, subject, text);
  const when = (instant: string): Words => timeWords(instant, city.timeZone);
  const nameOf = (id: string): Words => departmentName(city, id);

  switch (event.type) {
    case 'report-submitted.v1':
      return [
        resident(
          { zh: `已受理 ${number}`, en: `Received ${number}` },
          {
            zh: '您的上报已收到，正在派给负责的部门。',
            en: 'We have your report and are finding who will handle it.',
          },
        ),
      ];
    case 'report-triaged.v1': {
      const due = when(event.data.clocks.acknowledge.dueAt);
      return [
        department(
          event.data.department,
          { zh: `待分拨 ${number}`, en: `To sort ${number}` },
          {
            zh: `请在${due.zh}前分拨：${report.description}`,
            en: `Please sort by ${due.en}: ${report.description}`,
          },
        ),
      ];
    }
    case 'report-assigned.v1': {
      const { data } = event;
      const [who, category, area] = [
        nameOf(data.department),
        categoryName(city, data.category),
        areaName(city, data.area),
      ];
      const [accept, settle] = [when(data.clocks.acknowledge.dueAt), when(data.clocks.resolve.dueAt)];
      return [
        department(
          data.department,
          { zh: `新工单 ${number}（${category.zh}）`, en: `New report ${number} (${category.en})` },
          {
            zh: `${area.zh}：${report.description}。请于${accept.zh}前签收，${settle.zh}前办结。`,
            en: `${area.en}: ${report.description}. Take it up by ${accept.en}, resolve it by ${settle.en}.`,
          },
        ),
        ...residents(
          { zh: `已派单 ${number}`, en: `Assigned ${number}` },
          {
            zh: `已派给${who.zh}，应于${settle.zh}前办结。`,
            en: `${who.en} has it and is to resolve it by ${settle.en}.`,
          },
        ),
      ];
    }
    case 'assignment-acknowledged.v1': {
      const who = nameOf(event.data.department);
      return residents(
        { zh: `已签收 ${number}`, en: `Taken up ${number}` },
        { zh: `${who.zh}已签收。`, en: `${who.en} has taken it up.` },
      );
    }
    case 'work-started.v1': {
      const who = nameOf(event.data.department);
      return residents(
        { zh: `办理中 ${number}`, en: `In progress ${number}` },
        { zh: `${who.zh}已开始办理。`, en: `${who.en} has begun.` },
      );
    }
    case 'report-resolved.v1': {
      const who = nameOf(event.data.department);
      return residents(
        { zh: `已办结 ${number}`, en: `Resolved ${number}` },
        {
          zh: `${who.zh}：${event.data.text}。请评价；不满意可要求重办。`,
          en: `${who.en}: ${event.data.text}. Please rate it; if it is not right you can reopen it.`,
        },
      );
    }
    case 'note-added.v1': {
      if (event.data.audience === 'staff') return [];
      const subject = { zh: `新留言 ${number}`, en: `New note ${number}` };
      const text = { zh: event.data.text, en: event.data.text };
      if (event.actor.kind !== 'resident') return residents(subject, text);
      return report.department === undefined ? [] : [department(report.department, subject, text)];
    }
    case 'photos-processed.v1': {
      const broken = event.data.photos.filter((photo) => photo.status === 'unreadable').length;
      if (broken === 0) return [];
      return [
        resident(
          { zh: `照片无法打开 ${number}`, en: `Photo unreadable ${number}` },
          {
            zh: `有${broken}张照片无法打开，可在工单里补充照片；工单照常办理。`,
            en: `${broken} photo(s) could not be opened. You can add others; the report goes on as it is.`,
          },
        ),
      ];
    }
    case 'report-rated.v1': {
      const rating = ratingName(event.data.score);
      const comment = event.data.comment ?? '';
      return [
        department(
          event.data.department,
          { zh: `评价 ${number}：${rating.zh}`, en: `Rated ${number}: ${rating.en}` },
          { zh: comment || rating.zh, en: comment || rating.en },
        ),
      ];
    }
    case 'report-withdrawn.v1': {
      const subject = { zh: `已撤回 ${number}`, en: `Withdrawn ${number}` };
      const { reason } = event.data;
      const text = { zh: reason ?? '上报人撤回了工单。', en: reason ?? 'The reporter withdrew the report.' };
      return [
        ...(event.data.department === undefined ? [] : [department(event.data.department, subject, text)]),
        // Its reporter knows; those who had joined it should hear that nobody is at it any more.
        ...followers(subject, {
          zh: '您关注的工单已由上报人撤回。问题如仍存在，请重新上报。',
          en: 'The report you follow was withdrawn by its reporter. If the problem is still there, please report it again.',
        }),
      ];
    }
    case 'report-rejected.v1':
      return residents(
        { zh: `不予受理 ${number}`, en: `Not accepted ${number}` },
        { zh: event.data.reason, en: event.data.reason },
      );
    case 'report-merged.v1':
      return residents(
        { zh: `已合并 ${number}`, en: `Merged ${number}` },
        {
          zh: `与已有工单${event.data.into}合并办理，进展会继续通知您。`,
          en: `It is handled together with ${event.data.into}; you will still be told how it goes.`,
        },
      );
    case 'report-supervised.v1':
      return [
        department(
          event.data.department,
          { zh: `督办 ${number}`, en: `Supervised ${number}` },
          { zh: event.data.text, en: event.data.text },
        ),
      ];
    case 'report-suspended.v1': {
      const { waitingFor, text } = event.data;
      return residents(
        waitingFor === 'resident'
          ? { zh: `等待您补充 ${number}`, en: `Waiting for you ${number}` }
          : { zh: `已挂起 ${number}`, en: `On hold ${number}` },
        waitingFor === 'resident'
          ? {
              zh: `${text}。请在工单里留言，收到后继续办理。`,
              en: `${text}. Please add a note; work goes on once we have it.`,
            }
          : { zh: text, en: text },
      );
    }
    case 'report-resumed.v1': {
      const due = when(event.data.clocks.resolve.dueAt);
      return [
        department(
          event.data.department,
          { zh: `已恢复 ${number}`, en: `Resumed ${number}` },
          { zh: `继续计时，应于${due.zh}前办结。`, en: `The clock runs again; it is due by ${due.en}.` },
        ),
      ];
    }
    case 'extension-granted.v1': {
      const due = when(event.data.clocks.resolve.dueAt);
      const subject = { zh: `已延期 ${number}`, en: `More time ${number}` };
      const text = { zh: `办结时限延至${due.zh}。`, en: `It is to be resolved by ${due.en} now.` };
      return [department(event.data.department, subject, text), ...residents(subject, text)];
    }
    case 'extension-declined.v1':
      return [
        department(
          event.data.department,
          { zh: `未同意延期 ${number}`, en: `No more time ${number}` },
          { zh: event.data.reason, en: event.data.reason },
        ),
      ];
    case 'priority-changed.v1': {
      const due = when(event.data.clocks.resolve.dueAt);
      const { zh, en } = priorityNames[event.data.priority];
      return [
        department(
          event.data.department,
          { zh: `改为${zh} ${number}`, en: `Now ${en.toLowerCase()} ${number}` },
          {
            zh: `${event.data.reason}。应于${due.zh}前办结。`,
            en: `${event.data.reason}. It is due by ${due.en}.`,
          },
        ),
      ];
    }
    case 'report-closed.v1':
      return residents(
        { zh: `已归档 ${number}`, en: `Closed ${number}` },
        {
          zh: '工单已归档。问题如仍存在，可要求重办。',
          en: 'The report is closed. If the problem is still there you can reopen it.',
        },
      );
    case 'support-answered.v1': {
      const who = nameOf(event.data.supporter);
      return [
        department(
          event.data.department,
          { zh: `协办答复 ${number}`, en: `Support answered ${number}` },
          { zh: `${who.zh}：${event.data.text}`, en: `${who.en}: ${event.data.text}` },
        ),
      ];
    }
    case 'policy-applied.v1':
    // Told in digests: one message however many there are.
    case 'clock-warned.v1':
    case 'clock-breached.v1':
    case 'clock-escalated.v1':
    case 'alert-reminded.v1':
    case 'extension-requested.v1':
    case 'follow-up-recorded.v1':
    case 'support-requested.v1':
    case 'support-acknowledged.v1':
    case 'support-transferred.v1':
    case 'support-cancelled.v1':
    case 'photo-blurred.v1':
    case 'personal-data-erased.v1':
    case 'contact-revealed.v1':
    case 'link-renewed.v1':
    case 'link-revoked.v1':
    case 'alert-taken.v1':
    case 'report-classified.v1':
    case 'assignment-returned.v1':
    case 'assignment-transferred.v1':
    case 'report-reopened.v1':
    case 'duplicate-joined.v1':
      return [];
  }
}

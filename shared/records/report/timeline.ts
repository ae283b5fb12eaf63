import type { Timeline } from '../../kernel/timeline.ts';
import {
  areaName,
  categoryName,
  countedNoun,
  departmentName,
  durationWords,
  priorityNames,
  ratingName,
  timeWords,
} from '../../language/wording.ts';
import type { ReportModel } from './model.ts';
import { declinedWords } from './state.ts';

type More = { words?: string | undefined; photos?: string[] };
const entry = (zh: string, en: string, more: More = {}) => ({ zh, en, ...more });

/** The timeline texts of each event. Who may read them is in the event's rule. */
export const timeline: Timeline<ReportModel> = {
  'report-submitted.v1': () => entry('已提交', 'Submitted'),
  'report-classified.v1': (event, city) => {
    const category = categoryName(city, event.data.category);
    return entry(`归类为${category.zh}`, `Classified as ${category.en}`);
  },
  'report-triaged.v1': (event, city) => {
    const who = departmentName(city, event.data.department);
    return entry(`由${who.zh}人工派单`, `${who.en} is to dispatch it`);
  },
  'report-assigned.v1': (event, city) => {
    const who = departmentName(city, event.data.department);
    const due = timeWords(event.data.clocks.resolve.dueAt, city.timeZone);
    return entry(`已派单给${who.zh}，应于 ${due.zh} 前办结`, `Dispatched to ${who.en}, due by ${due.en}`);
  },
  'assignment-acknowledged.v1': (event, city) => {
    const who = departmentName(city, event.data.department);
    return entry(`${who.zh}已签收`, `Acknowledged by ${who.en}`);
  },
  'work-started.v1': (event, city) => {
    const who = departmentName(city, event.data.department);
    return entry(`${who.zh}开始办理`, `${who.en} has started work`);
  },
  'assignment-returned.v1': (event, city) => {
    const who = departmentName(city, event.data.department);
    return entry(`${who.zh}退单`, `Returned by ${who.en}`, { words: event.data.reason });
  },
  'assignment-transferred.v1': (event, city) => {
    const [from, to] = [departmentName(city, event.data.department), departmentName(city, event.data.to)];
    return entry(`由${from.zh}转派${to.zh}`, `Transferred from ${from.en} to ${to.en}`, {
      words: event.data.reason,
    });
  },
  'report-resolved.v1': (event, city) => {
    const who = departmentName(city, event.data.department);
    const photos = event.data.photos.map((photo) => photo.id);
    return entry(`${who.zh}已办结`, `Resolved by ${who.en}`, { words: event.data.text, photos });
  },
  'note-added.v1': (event) => {
    const photos = event.data.photos.map((photo) => photo.id);
    const more = { words: event.data.text, ...(photos.length > 0 && { photos }) };
    return event.actor.kind === 'resident'
      ? entry('补充说明', 'Note from the resident', more)
      : event.data.audience === 'staff'
        ? entry('内部备注', 'Internal note', more)
        : entry('进展反馈', 'Progress note', more);
  },
  'photos-processed.v1': (event) => {
    const unreadable = event.data.photos.filter((photo) => photo.status === 'unreadable').length;
    return unreadable === 0
      ? entry('照片已处理', 'Photos processed')
      : entry(`有 ${unreadable} 张照片无法打开`, `${countedNoun(unreadable, 'photo')} could not be opened`);
  },
  'report-rated.v1': (event) => {
    const rating = ratingName(event.data.score);
    const { comment } = event.data;
    return entry(
      `评价：${rating.zh}`,
      `Rated: ${rating.en}`,
      comment === undefined ? {} : { words: comment },
    );
  },
  'report-reopened.v1': (event) => entry('要求重办', 'Reopened', { words: event.data.reason }),
  'report-withdrawn.v1': (event) => {
    const { reason } = event.data;
    return entry('已撤回', 'Withdrawn', reason === undefined ? {} : { words: reason });
  },
  'report-rejected.v1': (event, _city, earlier) => {
    const { zh, en } = declinedWords(earlier.some(({ type }) => type === 'report-assigned.v1'));
    return entry(zh, en, { words: event.data.reason });
  },
  'report-merged.v1': (event) => entry(`与 ${event.data.into} 合并办理`, `Merged with ${event.data.into}`),
  'duplicate-joined.v1': (event) =>
    entry(`${event.data.number} 与本件合并办理`, `${event.data.number} was merged with this one`),
  'contact-revealed.v1': (event) =>
    entry('查看了联系方式', 'Contact details were viewed', { words: event.data.reason }),
  'link-renewed.v1': () => entry('更换了查询链接', 'The tracking link was replaced'),
  'link-revoked.v1': (event) =>
    entry('查询链接已停用', 'The tracking link was disabled', { words: event.data.reason }),
  'photo-blurred.v1': (event) => entry('照片打码', 'A photo was blurred', { photos: [event.data.photo] }),
  'personal-data-erased.v1': (event) => {
    const { parts, cause } = event.data;
    const what = {
      zh: parts.map((part) => partWords[part].zh).join('、'),
      en: parts.map((part) => partWords[part].en).join(', '),
    };
    return cause === 'request'
      ? entry(`已按要求删除${what.zh}`, `Deleted on request: ${what.en}`)
      : entry(`保存期满，已删除${what.zh}`, `Deleted, retention period ended: ${what.en}`);
  },
  'report-supervised.v1': (event) => entry('督办', 'Supervision order', { words: event.data.text }),
  'alert-taken.v1': () => entry('已有人跟进', 'The alert was taken over'),
  'alert-reminded.v1': () => entry('无人跟进，已再次提醒', 'Nobody took the alert over; reminded again'),
  'clock-escalated.v1': (event, city) => {
    const to = areaName(city, event.data.to);
    const late = durationWords(event.data.lateSeconds * 1000);
    return entry(`已超时 ${late.zh}，提级至${to.zh}`, `${late.en} overdue, escalated to ${to.en}`);
  },
  'report-suspended.v1': (event) =>
    event.data.waitingFor === 'resident'
      ? entry('暂停办理，等待居民补充', 'On hold, waiting for the resident', { words: event.data.text })
      : entry('暂停办理', 'On hold', { words: event.data.text }),
  'report-resumed.v1': (event, city) => {
    const due = timeWords(event.data.clocks.resolve.dueAt, city.timeZone);
    return entry(`恢复办理，应于 ${due.zh} 前办结`, `Resumed, due by ${due.en}`);
  },
  'extension-requested.v1': (event) => entry('申请延期', 'Extension requested', { words: event.data.reason }),
  'extension-granted.v1': (event, city) => {
    const due = timeWords(event.data.clocks.resolve.dueAt, city.timeZone);
    return entry(`同意延期，应于 ${due.zh} 前办结`, `Extension approved, due by ${due.en}`);
  },
  'extension-declined.v1': (event) => entry('不同意延期', 'Extension declined', { words: event.data.reason }),
  'priority-changed.v1': (event, city) => {
    const priority = priorityNames[event.data.priority];
    const due = timeWords(event.data.clocks.resolve.dueAt, city.timeZone);
    return entry(
      `紧急程度改为${priority.zh}，应于 ${due.zh} 前办结`,
      `Priority is now ${priority.en.toLowerCase()}, due by ${due.en}`,
      { words: event.data.reason },
    );
  },
  'policy-applied.v1': (event, city) => {
    const due = timeWords(event.data.clocks.resolve.dueAt, city.timeZone);
    return entry(`按新规定计时，应于 ${due.zh} 前办结`, `New rules apply, due by ${due.en}`);
  },
  'report-closed.v1': (event) =>
    entry('已归档', 'Closed', event.data.reason === undefined ? {} : { words: event.data.reason }),
  'follow-up-recorded.v1': (event) => {
    const [zh, en] = followUpWords[event.data.outcome];
    return entry(`回访：${zh}`, `Follow-up call: ${en}`, { words: event.data.text });
  },
  'support-requested.v1': (event, city) => {
    const who = event.data.parts.map((part) => departmentName(city, part.department));
    return entry(
      `请${who.map(({ zh }) => zh).join('、')}协办`,
      `Support requested from ${who.map(({ en }) => en).join(', ')}`,
      { words: event.data.request },
    );
  },
  'support-acknowledged.v1': (event, city) => {
    const who = departmentName(city, event.data.supporter);
    return entry(`协办单位${who.zh}已签收`, `${who.en} has acknowledged its subtask`);
  },
  'support-transferred.v1': (event, city) => {
    const who = departmentName(city, event.data.supporter);
    return entry(`协办改由${who.zh}负责`, `Subtask transferred to ${who.en}`);
  },
  'support-answered.v1': (event, city) => {
    const who = departmentName(city, event.data.supporter);
    return event.data.outcome === 'resolved'
      ? entry(`协办单位${who.zh}已办结`, `${who.en} has resolved its subtask`, { words: event.data.text })
      : entry(`协办单位${who.zh}未办理`, `${who.en} has declined its subtask`, { words: event.data.text });
  },
  'support-cancelled.v1': (event) => entry('协办已取消', 'Support cancelled', { words: event.data.reason }),
  'clock-warned.v1': (event, city) => {
    const due = timeWords(event.data.dueAt, city.timeZone);
    return entry(`临期（${due.zh} 到期）`, `Due soon (${due.en})`);
  },
  'clock-breached.v1': (event) =>
    event.data.clock === 'acknowledge'
      ? entry('超时未签收', 'Not acknowledged in time')
      : entry('超时未办结', 'Not resolved in time'),
};

const partWords = {
  contact: { zh: '联系方式', en: 'contact details' },
  text: { zh: '文字和详细位置', en: 'text and exact place' },
  photos: { zh: '照片', en: 'photos' },
} as const;

const followUpWords = {
  satisfied: ['满意', 'satisfied'],
  unreachable: ['未接通', 'not reached'],
  reopen: ['要求重办', 'not solved, reopened'],
} as const;

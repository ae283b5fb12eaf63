import type { ReportEvent } from '../../../events/report.ts';
import type { City } from '../../config/city.ts';
import {
  areaName,
  categoryName,
  departmentName,
  durationWords,
  priorityNames,
  ratingName,
  timeWords,
  type Words,
} from '../../language/wording.ts';

/** One entry of a report's timeline. */
export type TimelineEntry = {
  at: string;
  type: ReportEvent['type'];
  text: Words;
  words?: string;
  photos?: string[];
};

/** What a resident is shown of the history, oldest first: no names of staff, nothing that is for staff only. */
export function residentTimeline(events: readonly ReportEvent[], city: City): TimelineEntry[] {
  return events.flatMap((event) => {
    const entry = describe(event, city);
    if (!entry || isInternal(event)) return [];
    const { words, ...rest } = entry;
    return words === undefined || wordsAmongStaff.has(event.type) ? [rest] : [entry];
  });
}

/** Everyone sees that it happened, staff alone what was said. */
const wordsAmongStaff = new Set<ReportEvent['type']>(['support-requested.v1', 'priority-changed.v1']);

/** Everything, with who did it. */
export function staffTimeline(
  events: readonly ReportEvent[],
  city: City,
): (TimelineEntry & { actor: ReportEvent['actor'] })[] {
  return events.flatMap((event) => {
    const entry = describe(event, city);
    return entry ? [{ ...entry, actor: event.actor }] : [];
  });
}

function isInternal(event: ReportEvent): boolean {
  switch (event.type) {
    case 'note-added.v1':
      return event.data.audience === 'staff';
    case 'clock-warned.v1':
    case 'report-classified.v1':
    case 'duplicate-joined.v1':
    case 'contact-revealed.v1':
    case 'photo-blurred.v1':
    case 'alert-taken.v1':
    case 'alert-reminded.v1':
    case 'clock-escalated.v1':
    case 'policy-applied.v1':
    case 'extension-requested.v1':
    case 'extension-declined.v1':
    case 'follow-up-recorded.v1':
    case 'support-acknowledged.v1':
    case 'support-transferred.v1':
    case 'support-answered.v1':
    case 'support-cancelled.v1':
      return true;
    case 'photos-processed.v1':
      return event.data.photos.every((photo) => photo.status === 'ready');
    default:
      return false;
  }
}

/** The entry of one event; `words` are what a person wrote. */
function describe(event: ReportEvent, city: City): TimelineEntry | undefined {
  const department = (id: string): Words => departmentName(city, id);
  const entry = (
    zh: string,
    en: string,
    more: { words?: string; photos?: string[] } = {},
  ): TimelineEntry => ({
    at: event.occurredAt,
    type: event.type,
    text: { zh, en },
    ...more,
  });
  switch (event.type) {
    case 'report-submitted.v1':
      return entry('已提交', 'Submitted');
    case 'report-classified.v1': {
      const category = categoryName(city, event.data.category);
      return entry(`归类为${category.zh}`, `Classified as ${category.en}`);
    }
    case 'report-triaged.v1': {
      const who = department(event.data.department);
      return entry(`由${who.zh}人工分拨`, `Being sorted by ${who.en}`);
    }
    case 'report-assigned.v1': {
      const who = department(event.data.department);
      const due = timeWords(event.data.clocks.resolve.dueAt, city.timeZone);
      return entry(`已派单给${who.zh}，应于${due.zh}前办结`, `Assigned to ${who.en}, due by ${due.en}`);
    }
    case 'assignment-acknowledged.v1': {
      const who = department(event.data.department);
      return entry(`${who.zh}已签收`, `Taken up by ${who.en}`);
    }
    case 'work-started.v1': {
      const who = department(event.data.department);
      return entry(`${who.zh}开始办理`, `${who.en} has begun`);
    }
    case 'assignment-returned.v1': {
      const who = department(event.data.department);
      return entry(`${who.zh}退单`, `Returned by ${who.en}`, { words: event.data.reason });
    }
    case 'assignment-transferred.v1': {
      const [from, to] = [department(event.data.department), department(event.data.to)];
      return entry(`由${from.zh}转派${to.zh}`, `Passed on from ${from.en} to ${to.en}`, {
        words: event.data.reason,
      });
    }
    case 'report-resolved.v1': {
      const who = department(event.data.department);
      const photos = event.data.photos.map((photo) => photo.id);
      return entry(`${who.zh}已办结`, `Resolved by ${who.en}`, { words: event.data.text, photos });
    }
    case 'note-added.v1': {
      const photos = event.data.photos.map((photo) => photo.id);
      const more = { words: event.data.text, ...(photos.length > 0 && { photos }) };
      return event.actor.kind === 'resident'
        ? entry('补充说明', 'Note by the reporter', more)
        : entry('工作人员留言', 'Note by staff', more);
    }
    case 'photos-processed.v1': {
      const broken = event.data.photos.filter((photo) => photo.status === 'unreadable').length;
      return broken === 0
        ? entry('照片已处理', 'Photos processed')
        : entry(`有${broken}张照片无法打开`, `${broken} photo(s) could not be opened`);
    }
    case 'report-rated.v1': {
      const rating = ratingName(event.data.score);
      const { comment } = event.data;
      return entry(
        `评价：${rating.zh}`,
        `Rated: ${rating.en}`,
        comment === undefined ? {} : { words: comment },
      );
    }
    case 'report-reopened.v1':
      return entry('要求重办', 'Reopened', { words: event.data.reason });
    case 'report-withdrawn.v1': {
      const { reason } = event.data;
      return entry('已撤回', 'Withdrawn', reason === undefined ? {} : { words: reason });
    }
    case 'report-rejected.v1':
      return entry('不予受理', 'Not accepted', { words: event.data.reason });
    case 'report-merged.v1':
      return entry(`与${event.data.into}合并办理`, `Handled together with ${event.data.into}`);
    case 'duplicate-joined.v1':
      return entry(`${event.data.number}并入本工单`, `${event.data.number} was merged into this report`);
    case 'contact-revealed.v1':
      return entry('查看了联系方式', 'Contact was shown', { words: event.data.reason });
    case 'link-renewed.v1':
      return entry('换了查询链接', 'The link was changed');
    case 'link-revoked.v1':
      return entry('查询链接已停用', 'The link was stopped', { words: event.data.reason });
    case 'photo-blurred.v1':
      return entry('照片打码', 'A photo was blurred', { photos: [event.data.photo] });
    case 'personal-data-erased.v1': {
      const { parts, cause } = event.data;
      const what = {
        zh: parts.map((part) => partWords[part].zh).join('、'),
        en: parts.map((part) => partWords[part].en).join(', '),
      };
      return cause === 'request'
        ? entry(`应要求删除了${what.zh}`, `Erased on request: ${what.en}`)
        : entry(`保存期满，删除了${what.zh}`, `Erased, as it was kept long enough: ${what.en}`);
    }
    case 'report-supervised.v1':
      return entry('督办', 'Supervised', { words: event.data.text });
    case 'alert-taken.v1':
      return entry('已有人处理预警', 'The alert was taken on');
    case 'alert-reminded.v1':
      return entry('预警无人处理，已再次提醒', 'Nobody took the alert on; reminded again');
    case 'clock-escalated.v1': {
      const to = areaName(city, event.data.to);
      const late = durationWords(event.data.lateSeconds * 1000);
      return entry(`已超时${late.zh}，上报至${to.zh}`, `${late.en} overdue, taken up to ${to.en}`);
    }
    case 'report-suspended.v1':
      return event.data.waitingFor === 'resident'
        ? entry('挂起，等待上报人补充', 'On hold, waiting for the reporter', { words: event.data.text })
        : entry('已挂起', 'On hold', { words: event.data.text });
    case 'report-resumed.v1': {
      const due = timeWords(event.data.clocks.resolve.dueAt, city.timeZone);
      return entry(`恢复办理，应于${due.zh}前办结`, `Work goes on, due by ${due.en}`);
    }
    case 'extension-requested.v1':
      return entry('申请延期', 'More time asked for', { words: event.data.reason });
    case 'extension-granted.v1': {
      const due = timeWords(event.data.clocks.resolve.dueAt, city.timeZone);
      return entry(`同意延期，应于${due.zh}前办结`, `More time granted, due by ${due.en}`);
    }
    case 'extension-declined.v1':
      return entry('未同意延期', 'More time declined', { words: event.data.reason });
    case 'priority-changed.v1': {
      const priority = priorityNames[event.data.priority];
      const due = timeWords(event.data.clocks.resolve.dueAt, city.timeZone);
      return entry(
        `改为${priority.zh}，应于${due.zh}前办结`,
        `Priority is now ${priority.en.toLowerCase()}, due by ${due.en}`,
        { words: event.data.reason },
      );
    }
    case 'policy-applied.v1': {
      const due = timeWords(event.data.clocks.resolve.dueAt, city.timeZone);
      return entry(`按新规定计时，应于${due.zh}前办结`, `New rules apply, due by ${due.en}`);
    }
    case 'report-closed.v1':
      return entry('已归档', 'Closed', event.data.reason === undefined ? {} : { words: event.data.reason });
    case 'follow-up-recorded.v1': {
      const [zh, en] = followUpWords[event.data.outcome];
      return entry(`回访：${zh}`, `Called the reporter: ${en}`, { words: event.data.text });
    }
    case 'support-requested.v1': {
      const who = event.data.parts.map((part) => department(part.department));
      return entry(
        `请${who.map(({ zh }) => zh).join('、')}协办`,
        `Asked to help: ${who.map(({ en }) => en).join(', ')}`,
        { words: event.data.request },
      );
    }
    case 'support-acknowledged.v1': {
      const who = department(event.data.supporter);
      return entry(`协办部门${who.zh}已签收`, `${who.en} has taken its part up`);
    }
    case 'support-transferred.v1': {
      const who = department(event.data.supporter);
      return entry(`协办改由${who.zh}负责`, `${who.en} does the part now`);
    }
    case 'support-answered.v1': {
      const who = department(event.data.supporter);
      return event.data.outcome === 'resolved'
        ? entry(`协办部门${who.zh}已办结`, `${who.en} has done its part`, { words: event.data.text })
        : entry(`协办部门${who.zh}未办理`, `${who.en} will not do its part`, { words: event.data.text });
    }
    case 'support-cancelled.v1':
      return entry('协办已取消', 'Support no longer needed', { words: event.data.reason });
    case 'clock-warned.v1': {
      const due = timeWords(event.data.dueAt, city.timeZone);
      return entry(`即将超时（${due.zh}到期）`, `Due soon (${due.en})`);
    }
    case 'clock-breached.v1':
      return event.data.clock === 'acknowledge'
        ? entry('超时未签收', 'Not taken up in time')
        : entry('超时未办结', 'Not resolved in time');
  }
}

const partWords = {
  contact: { zh: '联系方式', en: 'contact' },
  text: { zh: '文字和详细位置', en: 'words and exact place' },
  photos: { zh: '照片', en: 'photos' },
} as const;

const followUpWords = {
  satisfied: ['已满意', 'satisfied now'],
  unreachable: ['未接通', 'not reached'],
  reopen: ['要求重办', 'wants it done again'],
} as const;

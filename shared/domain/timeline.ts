import type { ReportEvent } from '../../events/index.ts';
import type { City } from '../config/city.ts';
import { categoryName, departmentName, ratingName, timeWords, type Words } from './wording.ts';

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
    return entry && !isInternal(event) ? [entry] : [];
  });
}

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
    case 'alert-taken.v1':
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
    case 'report-supervised.v1':
      return entry('督办', 'Supervised', { words: event.data.text });
    case 'alert-taken.v1':
      return entry('已有人处理预警', 'The alert was taken on');
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

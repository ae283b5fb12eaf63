import type { CityView, Digest, Notice } from './answers.ts';
import { mapConcurrently } from './concurrency.ts';
import { countTimeline, noRows, type Breaches, type AllRows } from './ledger.ts';
import type { Client } from './client.ts';
import { reasonOf, type FoundProblems } from './found-problems.ts';
import type { Case, Part } from './day.ts';
import { faultsOf, type Picture } from './pictures.ts';
import type { Random } from './random.ts';

/** The result of reading every report again. */
export type Reread = {
  rows: AllRows;
  breaches: Breaches;
  categories: number;
  /** Of the reports dispatched automatically: how many got the intended category. */
  routedRightly: { right: number; all: number };
  /** Of the places given by an address, a position or the text: how many were recognised. */
  placedRightly: { right: number; all: number };
};

const requestsAtOnce = 6;

/** Reads every report as its resident and as staff, and compares it with what was sent. */
export async function reread(
  client: Client,
  cases: readonly Case[],
  parts: readonly Part[],
  city: CityView,
  problems: FoundProblems,
): Promise<Reread> {
  const rows = noRows();
  const breaches: Breaches = { acknowledge: 0, resolve: 0 };
  for (const { view } of parts) countTimeline(rows, breaches, view, city);
  await mapConcurrently(requestsAtOnce, cases, async (one) => {
    try {
      countTimeline(rows, breaches, one.view, city);
      await compare(client, one, problems);
    } catch (error) {
      problems.add(
        `${one.number} 读不出来：${reasonOf(error)}`,
        `${one.number} cannot be read: ${reasonOf(error)}`,
      );
    }
  });
  const routed = cases.filter(
    ({ plan, view }) => plan.kind === 'clear' && !plan.namesCategory && firstCategory(view) !== undefined,
  );
  const placed = cases.filter(({ plan }) => plan.placeBy !== 'area');
  return {
    rows,
    breaches,
    categories: new Set(cases.map(({ view }) => view.category?.code)).size,
    routedRightly: {
      right: routed.filter(({ plan, view }) => firstCategory(view) === nameOf(city, plan.category)).length,
      all: routed.length,
    },
    placedRightly: {
      right: placed.filter(({ plan, view }) => view.location.path.includes(plan.area)).length,
      all: placed.length,
    },
  };
}

/** The name of the category by which the classifier dispatched the report, if it did. */
function firstCategory({ timeline }: Case['view']): string | undefined {
  const [, classified, next] = timeline.filter(({ type }) => type !== 'photos-processed.v1');
  if (next?.type !== 'report-assigned.v1' || next.actor.kind !== 'system') return undefined;
  return classified?.text.zh.replace(/^归类为/, '');
}

function nameOf(city: CityView, category: string): string | undefined {
  return city.categories.find(({ code }) => code === category)?.name.zh;
}

async function compare(client: Client, one: Case, problems: FoundProblems): Promise<void> {
  const { plan, view, number } = one;
  const seen = await client.read(number, one.token);
  const check = (holds: boolean, zh: string, en: string): void => {
    problems.unless(holds, `${number}：${zh}`, `${number}: ${en}`);
  };

  check(seen.description === plan.description, '文字与上报的不一致', 'its text is not what was sent');
  check(
    view.description === plan.description,
    '工作台的文字与上报的不一致',
    'its text at the desk is not what was sent',
  );
  check(view.source === (plan.onBehalf ? 'staff' : 'resident'), '来源不对', 'its source is wrong');
  check(
    plan.placeBy !== 'area' || seen.location.area === plan.area,
    `区域应为 ${plan.area}，却是 ${seen.location.area}`,
    `its area is ${seen.location.area}, not ${plan.area}`,
  );
  check(
    seen.status.code === view.status.code,
    `居民看到 ${seen.status.code}，工作台是 ${view.status.code}`,
    `its reporter sees ${seen.status.code}, the desk ${view.status.code}`,
  );
  check(
    !one.staffOnlyNotes.some((note) => JSON.stringify(seen).includes(JSON.stringify(note).slice(1, -1))),
    '居民看到了内部备注',
    'its reporter is shown a note for staff only',
  );
  const phone = plan.contact?.phone;
  check(
    phone === undefined || !JSON.stringify([seen, view]).includes(phone),
    '电话号码没有隐去',
    'the telephone number is not masked',
  );
  check(
    (plan.contact === undefined) === (view.contact === undefined),
    '联系方式丢失或多出',
    'its contact is lost or made up',
  );
  check(
    seen.photos.length === one.pictures.length,
    `应有 ${one.pictures.length} 张照片，却有 ${seen.photos.length} 张`,
    `it has ${seen.photos.length} photos, not ${one.pictures.length}`,
  );
  check(
    seen.photos.every(({ status }) => status === 'ready'),
    '有照片没有处理好',
    `not all photos are ready: ${seen.photos.map(({ status }) => status).join(', ')}`,
  );
  const times = view.timeline.map(({ at }) => at);
  check(
    times.every((at, index) => index === 0 || at >= (times[index - 1] ?? '')),
    '时间线次序不对',
    'its timeline is out of order',
  );
}

/** Downloads and checks the photos of a sample of reports. Returns the number of photos checked. */
export async function checkPhotos(
  client: Client,
  cases: readonly Case[],
  pictureOf: (index: number) => Promise<Picture>,
  random: Random,
  problems: FoundProblems,
): Promise<number> {
  const sample = random.shuffled(cases.filter(({ pictures }) => pictures.length > 0)).slice(0, 24);
  let looked = 0;
  await mapConcurrently(4, sample, async (one) => {
    const { photos } = await client.read(one.number, one.token);
    for (const [at, photo] of photos.entries()) {
      const index = one.pictures[at];
      if (index === undefined || photo.url === undefined || photo.thumbnailUrl === undefined) {
        problems.add(`${one.number} 的照片没有链接`, `${one.number}: a photo has no link (${photo.status})`);
        continue;
      }
      looked += 1;
      const picture = await pictureOf(index);
      const full = await client.download(photo.url);
      const faults = await faultsOf(full, picture);
      const thumbnail = await client.download(photo.thumbnailUrl);
      if (thumbnail.length >= full.length) faults.push('has a thumbnail no smaller than itself');
      for (const fault of faults)
        problems.add(
          `${one.number} 的照片不合格：${fault}（原方向 ${picture.orientation}）`,
          `${one.number}: a photo ${fault} (sent with orientation ${picture.orientation})`,
        );
    }
  });
  return looked;
}

/** Events that residents are notified of, and those that departments are. */
const residentEvents = [
  'report-submitted.v1',
  'report-assigned.v1',
  'assignment-acknowledged.v1',
  'work-started.v1',
  'report-suspended.v1',
  'extension-granted.v1',
  'report-resolved.v1',
  'report-rejected.v1',
  'report-merged.v1',
];
const departmentEvents = [
  'report-triaged.v1',
  'report-assigned.v1',
  'report-rated.v1',
  'report-withdrawn.v1',
  'report-resumed.v1',
  'extension-granted.v1',
  'extension-declined.v1',
  'priority-changed.v1',
  'support-answered.v1',
];

/** Checks the outbox for the notices of a sample of reports. Returns the number of notices expected. */
export async function checkOutbox(
  client: Client,
  cases: readonly Case[],
  problems: FoundProblems,
): Promise<number> {
  const byLength = [...cases].sort((a, b) => b.view.timeline.length - a.view.timeline.length);
  const ended = ['withdrawn', 'rejected', 'merged'].flatMap(
    (state) => cases.find(({ view }) => view.status.code === state) ?? [],
  );
  const paced = cases.filter(
    ({ plan: { fate } }) => fate.suspension ?? fate.extension ?? fate.support ?? fate.raise,
  );
  const sample = new Set([...byLength.slice(0, 6), ...ended, ...paced, ...cases.slice(0, 4)]);
  let expected = 0;
  for (const one of sample) {
    const messages = await client.notices(one.number);
    const ids = messages.map(({ id }) => id);
    problems.unless(
      new Set(ids).size === ids.length,
      `${one.number} 有消息发了两遍`,
      `${one.number}: a message was sent twice`,
    );
    one.view.timeline.forEach((entry, at) => {
      const expect = (kind: 'resident' | 'department', types: readonly string[]): void => {
        if (!types.includes(entry.type)) return;
        expected += 1;
        const found = messages.find(
          (message) => isAbout(message, one.number, at + 1) && message.to.kind === kind,
        );
        problems.unless(
          found?.occurredAt === entry.at && (kind === 'department' || found.locale === one.plan.locale),
          `${one.number} 的“${entry.text.zh}”没有${kind === 'resident' ? '告知居民' : '通知承办单位'}`,
          `${one.number}: nobody told the ${kind} of "${entry.text.en}"${found ? ' (in the right language and time)' : ''}`,
        );
      };
      expect('resident', residentEvents);
      expect('department', departmentEvents);
    });
  }
  return expected;
}

/** The recipients of digests by event type. */
const digestRecipients: Readonly<Record<string, readonly Digest['to']['kind'][]>> = {
  'clock-warned.v1': ['department'],
  'clock-breached.v1': ['department', 'head'],
  'clock-escalated.v1': ['area'],
};

/**
 * Checks for each open report that all clock events before `lastStopAt` are in digests; resolved reports need none.
 * Returns the number of digest entries expected.
 */
export function checkDigests(
  digests: Iterable<Digest>,
  tracked: readonly (Case | Part)[],
  lastStopAt: string,
  problems: FoundProblems,
): number {
  const told = Map.groupBy(
    [...digests].flatMap(({ numbers, to, occurredAt }) =>
      numbers.map((number) => ({ about: `${number} ${to.kind}`, occurredAt })),
    ),
    ({ about }) => about,
  );
  let expected = 0;
  for (const { number, view } of tracked) {
    if (!['triage', 'assigned', 'in-progress'].includes(view.status.code)) continue;
    const again = view.timeline.findLastIndex(({ type }) => type === 'report-reopened.v1');
    for (const { at, type, text } of view.timeline.slice(again + 1)) {
      if (at >= lastStopAt) continue;
      for (const kind of digestRecipients[type] ?? []) {
        expected += 1;
        problems.unless(
          told.get(`${number} ${kind}`)?.some(({ occurredAt }) => occurredAt >= at) === true,
          `${number} 的“${text.zh}”没有告知 ${kind}`,
          `${number}: no digest told the ${kind} of "${text.en}"`,
        );
      }
    }
  }
  return expected;
}

/** A message's id begins with its event's: the report's number and the event's sequence number. */
function isAbout({ id }: Notice, number: string, sequence: number): boolean {
  return id.startsWith(`${number}#${sequence}>`);
}

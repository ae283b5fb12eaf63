import { reportStore } from '../support/report-domain.ts';
import { ScanCommand, type AttributeValue, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ReportEvent } from '../../events/report.ts';
import { evolve, fold, noticesOf, type Report } from '../support/report-domain.ts';
import type { Connection } from '../../infra/ops/connection.ts';
import type { City } from '../../shared/config/city.ts';
import { isBacklogName, tally, type Tally } from '../../shared/kernel/backlog.ts';
import { backlogEntryOf, storedEvents } from '../../shared/store/item.ts';
import { photoKeys } from '../../shared/store/photos.ts';
import { figureRows } from '../support/figure-rows.ts';
import { inboxPlace, placedViews } from '../support/inbox-place.ts';
import type { Journal } from './load.ts';

type Item = Record<string, AttributeValue>;
type History = { item: Item; events: ReportEvent[]; states: Report[]; report: Report };

export type Recount = {
  /** What is lost, duplicated or inconsistent; empty if nothing is. */
  problems: string[];
  reports: number;
  parts: number;
  events: number;
  notices: number;
  photos: number;
};

/**
 * Recounts everything in an idle instance, directly in its engines: compares the reports with the responses, and
 * inboxes, figures, notices, photos and queues with the reports.
 */
export async function recount(
  connection: Connection,
  dataDir: string,
  city: City,
  journal: Journal,
  now: string,
): Promise<Recount> {
  const problems: string[] = [];
  const fail = (what: string): void => void problems.push(what);
  const histories = (await scan(connection, 'RecordsTableName')).map(historyOf);
  const byNumber = new Map(histories.map((history) => [history.report.number, history]));
  const ledger = await scan(connection, 'LedgerTableName');
  const published = outbox(dataDir);

  checkSubmissions(journal, histories, byNumber, fail);
  checkCommands(journal, byNumber, fail);
  for (const history of histories) checkEvents(history, byNumber, fail);
  await checkInboxes(connection, city, histories, now, fail);
  checkFigures(city, histories, ledger, fail);
  checkNotices(city, histories, ledger, published, fail);
  const photos = await checkPhotos(connection, histories, fail);
  await checkQueues(connection, fail);
  return {
    problems,
    reports: histories.filter(({ report }) => !report.parent).length,
    parts: histories.filter(({ report }) => report.parent).length,
    events: histories.reduce((sum, { events }) => sum + events.length, 0),
    notices: published.length,
    photos,
  };
}

async function scan({ dynamodb, output }: Connection, table: string): Promise<Item[]> {
  const items: Item[] = [];
  let start: Item | undefined;
  do {
    const page: ScanCommandOutput = await dynamodb.send(
      new ScanCommand({ TableName: output(table), ConsistentRead: true, ExclusiveStartKey: start }),
    );
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start);
  return items;
}

function historyOf(item: Item): History {
  const events = storedEvents(item) as ReportEvent[];
  const states: Report[] = [];
  for (const event of events) states.push(evolve(states.at(-1), event));
  return { item, events, states, report: fold(events) };
}

function checkSubmissions(
  { submissions }: Journal,
  histories: History[],
  byNumber: Map<string, History>,
  fail: (what: string) => void,
): void {
  const numbersOf = new Map<string, string[]>();
  for (const { report } of histories) {
    const mark = /编号\d+号/.exec(report.description)?.[0];
    if (mark === undefined || report.parent) continue;
    numbersOf.set(mark, [...(numbersOf.get(mark) ?? []), report.number]);
  }
  for (const [mark, numbers] of numbersOf)
    if (numbers.length > 1) fail(`doubled: ${mark} is ${numbers.join(', ')}`);
  for (const { mark, filed, photos } of submissions) {
    if (!filed) continue;
    const report = byNumber.get(filed.number)?.report;
    if (numbersOf.get(mark)?.[0] !== filed.number || !report)
      fail(`lost: ${mark} was answered ${filed.number}`);
    // Notes have no photos here, so all photos came with the submission.
    else if (report.photos.length !== photos)
      fail(`lost: ${filed.number} has ${report.photos.length} of ${photos} photos`);
  }
}

function checkCommands(
  { commands }: Journal,
  byNumber: Map<string, History>,
  fail: (what: string) => void,
): void {
  const eventTypes: Record<string, ReportEvent['type']> = {
    acknowledge: 'assignment-acknowledged.v1',
    start: 'work-started.v1',
    note: 'note-added.v1',
    resolve: 'report-resolved.v1',
    return: 'assignment-returned.v1',
    transfer: 'assignment-transferred.v1',
    suspend: 'report-suspended.v1',
    resume: 'report-resumed.v1',
    support: 'support-requested.v1',
    classify: 'report-classified.v1',
    rate: 'report-rated.v1',
    reopen: 'report-reopened.v1',
    withdraw: 'report-withdrawn.v1',
  };
  for (const { type, number, mark, answer } of commands) {
    if (answer === undefined) continue;
    const events = (byNumber.get(number)?.events ?? []).filter((event) => event.type === eventTypes[type]);
    const marked = events.filter(({ data }) => JSON.stringify(data).includes(`${mark}"`)).length;
    if (mark === '' && answer === 'done' && events.length === 0) fail(`lost: ${type} of ${number}`);
    if (mark !== '' && marked !== (answer === 'done' ? 1 : 0))
      fail(
        `${marked > 1 ? 'doubled' : 'lost'}: ${type} ${mark} of ${number}, ${answer}, is there ${marked} times`,
      );
  }
}

function checkEvents(
  { events, report }: History,
  byNumber: Map<string, History>,
  fail: (what: string) => void,
): void {
  const { number } = report;
  for (const [index, { id, sequence }] of events.entries())
    if (sequence !== index + 1 || id !== `${number}#${index + 1}`) fail(`${id} is at position ${index + 1}`);
  const once = new Set(['report-submitted.v1', 'report-closed.v1', 'report-withdrawn.v1']);
  for (const type of once)
    if (events.filter((event) => event.type === type).length > 1) fail(`doubled: ${type} of ${number}`);
  if (report.state === 'submitted') fail(`lost: ${number} was never classified`);
  for (const part of report.support)
    if (!byNumber.has(part.number)) fail(`lost: the subtask ${part.number} was never created`);
  if (
    report.parent &&
    !byNumber.get(report.parent.number)?.report.support.some((part) => part.number === number)
  )
    fail(`unexpected: no report requested the subtask ${number}`);
}

async function checkInboxes(
  { dynamodb, output }: Connection,
  city: City,
  histories: History[],
  now: string,
  fail: (what: string) => void,
): Promise<void> {
  const store = reportStore(dynamodb, output('RecordsTableName'));
  const places = new Map<string, string[]>();
  for (const { id } of city.departments)
    for (const view of placedViews) {
      let cursor: string | undefined;
      do {
        const page = await store.inbox({ of: 'department', department: id }, view, {
          now,
          cursor,
          limit: 200,
        });
        for (const { number } of page.items)
          places.set(number, [...(places.get(number) ?? []), `${id}#${view}`]);
        cursor = page.cursor;
      } while (cursor !== undefined);
    }
  for (const { report } of histories) {
    const expected = inboxPlace(report) ?? '';
    const found = (places.get(report.number) ?? []).join();
    if (found !== expected) fail(`${report.number} is in [${found}], not in [${expected}]`);
  }
}

/** Compares the ledger's sums with the events (daily figures) and with the records (backlog). */
function checkFigures(city: City, histories: History[], ledger: Item[], fail: (what: string) => void): void {
  const expected = figureRows(
    histories.flatMap(({ events }) => events),
    city.timeZone,
  );
  const due: Tally = {};
  for (const { item } of histories) tally(due, backlogEntryOf(item));
  for (const [row, counts] of Object.entries(due))
    for (const [name, count = 0] of Object.entries(counts)) expected.set(`backlog ${row} ${name}`, count);

  const found = new Map<string, number>();
  for (const item of ledger) {
    const [pk = '', key = ''] = [item['pk']?.S, item['sk']?.S];
    const [of = '', dimension = ''] = pk.split('#');
    if (of !== 'figures' && of !== 'backlog') continue;
    for (const [name, { N }] of Object.entries(item)) {
      // The backlog counts of a closed row were added to the backlog's own row.
      if (N === undefined || (of === 'figures' && isBacklogName(name) && item['closed']?.BOOL)) continue;
      const own = key.split('#')[0] ?? '';
      const row =
        of === 'backlog'
          ? `backlog ${key}`
          : isBacklogName(name)
            ? `backlog ${dimension}#${own}`
            : `${pk} ${own}`;
      found.set(`${row} ${name}`, (found.get(`${row} ${name}`) ?? 0) + Number(N));
    }
  }
  for (const row of new Set([...expected.keys(), ...found.keys()])) {
    const [is, should] = [found.get(row) ?? 0, expected.get(row) ?? 0];
    if (is !== should) fail(`figures: ${row} is ${is}, not ${should}`);
  }
}

type PublishedNotice = { id: string };

/**
 * The outbox stores a notice once, however often it was published: publishing is at least once, since the sender may be
 * killed before it marks the notice as sent.
 */
function outbox(dataDir: string): PublishedNotice[] {
  const database = new DatabaseSync(join(dataDir, 'messages/fauxqs.db'), { readOnly: true });
  try {
    return database
      .prepare('SELECT message FROM local_outbox')
      .all()
      .map(({ message }) => JSON.parse(String(message)) as PublishedNotice);
  } finally {
    database.close();
  }
}

function checkNotices(
  city: City,
  histories: History[],
  ledger: Item[],
  published: PublishedNotice[],
  fail: (what: string) => void,
): void {
  const ids = new Set(published.map(({ id }) => id));
  for (const { events, states } of histories)
    for (const [index, event] of events.entries()) {
      const asOf = states[index];
      for (const { id, to } of asOf ? noticesOf(event, asOf, city) : []) {
        // A resident's note goes to the department that has the report at that time.
        const isMovable = event.type === 'note-added.v1' && to.kind === 'department';
        const wasPublished = isMovable
          ? published.some((each) => each.id.startsWith(`${event.id}>`))
          : ids.has(id);
        if (!wasPublished) fail(`lost: the notice ${id} of ${event.type}`);
      }
    }
  for (const item of ledger) {
    const pk = item['pk']?.S ?? '';
    const event = /^notice#(.+)$/.exec(pk)?.[1];
    if (event !== undefined && item['state']?.S === 'claimed') fail(`${pk} is not marked as sent`);
    if (event !== undefined && !published.some(({ id }) => id.startsWith(`${event}>`)))
      fail(`lost: ${pk} was marked as sent but not published`);
    if (pk === 'digest') fail(`lost: no digest contained ${item['sk']?.S ?? ''}`);
  }
}

/** Checks that cleaned photos can be read and originals are deleted. Returns the number of photos. */
async function checkPhotos(
  { s3, output }: Connection,
  histories: History[],
  fail: (what: string) => void,
): Promise<number> {
  const Bucket = output('PhotoBucketName');
  const sizes = new Map<string, number>();
  let ContinuationToken: string | undefined;
  do {
    const page: ListObjectsV2CommandOutput = await s3.send(
      new ListObjectsV2Command({ Bucket, ContinuationToken }),
    );
    for (const { Key = '', Size = 0 } of page.Contents ?? []) sizes.set(Key, Size);
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);

  let photos = 0;
  for (const { report } of histories)
    for (const { id, status } of report.photos) {
      photos += 1;
      const keys = photoKeys(report.number, id);
      if (status !== 'ready') fail(`the photo ${keys.original} is ${status}`);
      if (sizes.has(keys.original)) fail(`the original ${keys.original} still exists`);
      for (const Key of [keys.full, keys.thumb]) {
        const body = await s3.send(new GetObjectCommand({ Bucket, Key })).then(
          ({ Body }) => Body?.transformToByteArray(),
          () => undefined,
        );
        const [first, second] = body ?? [];
        const isWhole = body?.length === sizes.get(Key) && body?.at(-2) === 0xff && body.at(-1) === 0xd9;
        if (first !== 0xff || second !== 0xd8 || !isWhole) fail(`lost: ${Key} cannot be opened`);
      }
    }
  return photos;
}

async function checkQueues({ sqs, queueUrls }: Connection, fail: (what: string) => void): Promise<void> {
  for (const QueueUrl of await queueUrls()) {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );
    const count = Object.entries(Attributes)
      .filter(([name]) => name.startsWith('ApproximateNumberOfMessages'))
      .reduce((sum, [, value]) => sum + Number(value), 0);
    if (count > 0) fail(`${count} messages are left in ${QueueUrl.split('/').at(-1) ?? ''}`);
  }
}

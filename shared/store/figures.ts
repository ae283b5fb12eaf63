import {
  ConditionalCheckFailedException,
  GetItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  TransactionCanceledException,
  UpdateItemCommand,
  type DynamoDBClient,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { isBacklogName, type BacklogDimension, type Tally } from '../kernel/backlog.ts';
import { sum, type Counted, type Counts, type Dimension } from '../kernel/figures.ts';
import { isContended } from './contention.ts';
import { expiry } from './expiry.ts';
import { FormerMarks } from './former-marks.ts';
import { ledgerTable } from './schema.ts';
import { writeAll } from './write-batch.ts';

/** What one event adds on the city's day on which it happened (`YYYY-MM-DD`). */
export type CountedEvent = { number: string; sequence: number; day: string; counts: readonly Counted[] };

type Row = { dimension: Dimension; day: string; key: string };
type Addition = { mark: string; add: Counts };
type RowItem = Counts & { counted?: Set<string>; closed?: boolean };

/** The events listed in a row itself; further ones have marks of their own. */
const maxListedEvents = 100;
/** A DynamoDB transaction has at most a hundred items; two of them are the row and the backlog's row. */
const maxMarks = 90;
const contendedTries = 40;
const backlogKey = 'backlog';
/** Cannot be a row's sort key: those contain a `#`. */
const openSince = 'open-since';

/**
 * The figures, a row per day and key of a dimension, and the backlog: how many records are open.
 *
 * Each row lists the events it has counted, so it counts each once. A row in use is *open*: it also holds what its
 * events changed in the backlog. When it is closed, those changes are added to the backlog's own row, and its list of
 * events ends: each further event has a mark, written with the sums in one transaction. A row is closed when it is
 * full or two days old. So the backlog is the sum of its own rows and the open rows of the last days.
 */
export class Figures {
  readonly formerMarks: FormerMarks;
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #pause: (attempt: number) => Promise<void>;

  /** @param pause waits with jitter before a retry after a write conflict, longer for each attempt. */
  constructor(client: DynamoDBClient, table: string, pause: (attempt: number) => Promise<void>) {
    this.formerMarks = new FormerMarks(client, table);
    this.#client = client;
    this.#table = table;
    this.#pause = pause;
  }

  /**
   * Adds events to the figures, each once however often it is delivered, with one request per row.
   * @param today the city's current day. @param now the instant.
   * @returns the events not counted completely; redelivery counts the rest. If nothing could be counted, the first
   * failure is thrown.
   */
  async count(events: readonly CountedEvent[], today: string, now: string): Promise<Set<CountedEvent>> {
    const rows = new Map<string, { row: Row; additions: Addition[]; events: CountedEvent[] }>();
    for (const event of events)
      for (const { dimension, key, add } of merged(event.counts)) {
        const row = { dimension, day: event.day, key };
        const id = `${pkOf(row)} ${key}`;
        const found = rows.get(id) ?? { row, additions: [], events: [] };
        rows.set(id, found);
        const mark = `${event.number}#${event.sequence}`;
        // The same event may be in a batch twice.
        if (!found.additions.some((addition) => addition.mark === mark)) found.additions.push({ mark, add });
        found.events.push(event);
      }
    const all = [...rows.values()];
    const results = await Promise.allSettled(
      all.map(async ({ row, additions }) => {
        for (let at = 0; at < additions.length; at += maxMarks)
          await this.#addTo(row, additions.slice(at, at + maxMarks), today, now);
      }),
    );
    const failed = new Set(
      all.flatMap((each, at) => (results[at]?.status === 'rejected' ? each.events : [])),
    );
    const failure = results.find((result) => result.status === 'rejected');
    if (failure && failed.size === events.length) throw failure.reason;
    return failed;
  }

  /** The figures of one day, by key of the dimension. */
  async day(dimension: Dimension, day: string): Promise<Map<string, Counts>> {
    const rows = new Map<string, Counts>();
    for (const { sk, counts } of await this.#query(pkOf({ dimension, day }))) {
      const key = sk.split('#')[0] ?? sk;
      const figures = Object.entries(counts).filter(([name]) => !isBacklogName(name));
      rows.set(key, sum(rows.get(key) ?? {}, Object.fromEntries(figures)));
    }
    return rows;
  }

  /** The backlog, by key of the dimension; names are those of `backlogCounts`. */
  async backlog(dimension: BacklogDimension, today: string): Promise<Map<string, Counts>> {
    const rows = new Map<string, Counts>();
    const add = (key: string, counts: Counts): void => {
      const own = Object.entries(counts).filter(([name]) => isBacklogName(name));
      if (own.length > 0) rows.set(key, sum(rows.get(key) ?? {}, Object.fromEntries(own)));
    };
    // The open rows first: one closed in between is briefly counted twice instead of not at all.
    const since = (await this.#openSince()) ?? dayBefore(today);
    const open = await Promise.all(
      daysFrom(since, today).map((day) => this.#query(pkOf({ dimension, day }), true)),
    );
    for (const { sk, counts, closed } of open.flat()) if (!closed) add(sk, counts);
    for (const { sk, counts } of await this.#query(backlogKey, true, `${dimension}#`))
      add(sk.slice(dimension.length + 1), counts);
    return rows;
  }

  /** Replaces the backlog. Nothing else may write to it at the same time. */
  async setBacklog(rows: Tally): Promise<void> {
    const former = (await this.#query(backlogKey, true)).filter(({ sk }) => rows[sk] === undefined);
    const requests = [
      ...former.map(({ sk }) => ({
        DeleteRequest: { Key: marshall({ [ledgerTable.hashKey]: backlogKey, [ledgerTable.rangeKey]: sk }) },
      })),
      ...Object.entries(rows).map(([row, counts]) => ({
        PutRequest: {
          Item: marshall({ [ledgerTable.hashKey]: backlogKey, [ledgerTable.rangeKey]: row, ...counts }),
        },
      })),
    ];
    await writeAll(this.#client, this.#table, requests, (attempt) => this.#pause(attempt));
  }

  /** Adds the corrections of a recount to the backlog. */
  async correct(dimension: BacklogDimension, key: string, add: Counts): Promise<void> {
    await this.#client.send(new UpdateItemCommand(this.#addition(backlogRow(dimension, key), add)));
  }

  /** Closes the rows of the days before yesterday. @returns whether there was anything to do. */
  async closeDays(today: string): Promise<boolean> {
    const since = await this.#openSince();
    const last = dayBefore(dayBefore(today));
    if (since !== undefined && since >= last) return false;
    for (const day of since === undefined ? [] : daysFrom(since, last))
      for (const dimension of ['department', 'area', 'category', 'hour'] as const)
        for (const { sk, closed } of await this.#query(pkOf({ dimension, day }), true))
          if (!closed && !sk.includes('#')) await this.#close({ dimension, day, key: sk });
    await this.#client
      .send(
        new UpdateItemCommand({
          TableName: this.#table,
          Key: marshall({ pk: backlogKey, sk: openSince }),
          UpdateExpression: 'SET #day = :day',
          ConditionExpression: 'attribute_not_exists(#day) OR #day < :day',
          ExpressionAttributeNames: { '#day': 'day' },
          // That day's rows too: an instance with a slow clock may still add to it after midnight; it is closed once
          // more.
          ExpressionAttributeValues: marshall({ ':day': last }),
        }),
      )
      .catch((error: unknown) => {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      });
    return true;
  }

  /** The first day that may have open rows. */
  async #openSince(): Promise<string | undefined> {
    const { Item } = await this.#client.send(
      new GetItemCommand({
        TableName: this.#table,
        Key: marshall({ pk: backlogKey, sk: openSince }),
        ConsistentRead: true,
      }),
    );
    return Item?.['day']?.S;
  }

  async #addTo(row: Row, additions: readonly Addition[], today: string, now: string): Promise<void> {
    let left = additions;
    let closed = row.day < dayBefore(today) ? await this.#close(row) : undefined;
    while (!closed && left.length > 0) {
      const there = await this.#addToOpen(row, left);
      if (!there) return;
      left = left.filter(({ mark }) => !there.counted?.has(mark));
      if (there.closed === true) closed = there;
      else if ((there.counted?.size ?? 0) + left.length > maxListedEvents) closed = await this.#close(row);
    }
    await this.#addToClosed(
      row,
      left.filter(({ mark }) => !closed?.counted?.has(mark)),
      now,
    );
  }

  /** @returns the row if it did not take the additions: it has counted some of them, is full, or is closed. */
  async #addToOpen(row: Row, additions: readonly Addition[]): Promise<RowItem | undefined> {
    const marks = additions.map(({ mark }) => mark);
    const addition = this.#addition(keyOf(row), totalOf(additions), marks);
    const update = new UpdateItemCommand({
      ...addition,
      ConditionExpression: [
        'attribute_not_exists(#closed)',
        '(attribute_not_exists(#counted) OR size(#counted) <= :room)',
        ...marks.map((_, at) => `NOT contains(#counted, :mark${at})`),
      ].join(' AND '),
      ExpressionAttributeNames: { ...addition.ExpressionAttributeNames, '#closed': 'closed' },
      ExpressionAttributeValues: {
        ...addition.ExpressionAttributeValues,
        ':room': { N: String(maxListedEvents - marks.length) },
        ...Object.fromEntries(marks.map((mark, at) => [`:mark${at}`, { S: mark }])),
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    for (let attempt = 0; ; attempt += 1)
      try {
        await this.#client.send(update);
        return undefined;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException && error.Item)
          return unmarshall(error.Item) as RowItem;
        // Another instance is closing the row.
        await this.#pauseAfter(error, attempt);
      }
  }

  /** Adds to a closed row, in transactions: each addition is counted unless it has a mark. */
  async #addToClosed(row: Row, additions: readonly Addition[], now: string): Promise<void> {
    let left = additions;
    for (let attempt = 0; left.length > 0; attempt += 1) {
      const total = totalOf(left);
      const figures = Object.entries(total).filter(([name]) => !isBacklogName(name));
      const backlog = Object.entries(total).filter(([name, by]) => isBacklogName(name) && by !== 0);
      const items: TransactWriteItem[] = left.map(({ mark }) => ({
        Put: {
          TableName: this.#table,
          Item: marshall({ pk: `counted#${pkOf(row)}#${row.key}`, sk: mark, expiresAt: expiry(now) }),
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      }));
      if (figures.length > 0)
        items.push({ Update: this.#addition(keyOf(row, '#more'), Object.fromEntries(figures)) });
      if (backlog.length > 0)
        items.push({
          Update: this.#addition(backlogRow(row.dimension, row.key), Object.fromEntries(backlog)),
        });
      try {
        await this.#client.send(new TransactWriteItemsCommand({ TransactItems: items }));
        return;
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error;
        const { CancellationReasons: reasons = [] } = error;
        const counted = left.filter((_, at) => reasons[at]?.Code === 'ConditionalCheckFailed');
        left = left.filter((addition) => !counted.includes(addition));
        if (counted.length > 0) continue;
        await this.#pauseAfter(error, attempt);
      }
    }
  }

  /** Closes a row, which may not exist yet. @returns its final state. */
  async #close(row: Row): Promise<RowItem> {
    for (let attempt = 0; ; attempt += 1) {
      const { Item } = await this.#client.send(
        new GetItemCommand({ TableName: this.#table, Key: marshall(keyOf(row)), ConsistentRead: true }),
      );
      const there = Item ? (unmarshall(Item) as RowItem) : {};
      if (there.closed === true) return there;
      const backlog = Object.entries(there).filter(([name, by]) => isBacklogName(name) && by !== 0);
      const size = there.counted?.size ?? 0;
      const items: TransactWriteItem[] = [
        {
          Update: {
            TableName: this.#table,
            Key: marshall(keyOf(row)),
            UpdateExpression: 'SET #closed = :true',
            // Each addition makes its list of events longer, so the size tells whether it changed.
            ConditionExpression:
              size === 0
                ? 'attribute_not_exists(#closed) AND attribute_not_exists(#counted)'
                : 'attribute_not_exists(#closed) AND size(#counted) = :size',
            ExpressionAttributeNames: { '#closed': 'closed', '#counted': 'counted' },
            ExpressionAttributeValues: marshall({ ':true': true, ...(size > 0 && { ':size': size }) }),
          },
        },
      ];
      if (backlog.length > 0)
        items.push({
          Update: this.#addition(backlogRow(row.dimension, row.key), Object.fromEntries(backlog) as Counts),
        });
      try {
        await this.#client.send(new TransactWriteItemsCommand({ TransactItems: items }));
        return { ...there, closed: true } as RowItem;
      } catch (error) {
        if (!(error instanceof TransactionCanceledException) || attempt >= contendedTries) throw error;
        await this.#pause(attempt);
      }
    }
  }

  /**
   * Waits before a retry after a write conflict. @throws the error if it is another one, or after too many attempts.
   */
  async #pauseAfter(error: unknown, attempt: number): Promise<void> {
    if (!isContended(error) || attempt >= contendedTries) throw error;
    await this.#pause(attempt);
  }

  #addition(key: Record<string, string>, add: Counts, marks: readonly string[] = []) {
    const names = Object.keys(add);
    return {
      TableName: this.#table,
      Key: marshall(key),
      UpdateExpression: `ADD ${[
        ...names.map((_, at) => `#n${at} :n${at}`),
        ...(marks.length > 0 ? ['#counted :counted'] : []),
      ].join(', ')}`,
      ExpressionAttributeNames: {
        ...Object.fromEntries(names.map((name, at) => [`#n${at}`, name])),
        ...(marks.length > 0 && { '#counted': 'counted' }),
      },
      ExpressionAttributeValues: {
        ...marshall(Object.fromEntries(names.map((name, at) => [`:n${at}`, add[name] ?? 0]))),
        ...(marks.length > 0 && { ':counted': { SS: [...marks] } }),
      },
    };
  }

  async #query(
    pk: string,
    isConsistent = false,
    begin = '',
  ): Promise<{ sk: string; counts: Counts; closed: boolean }[]> {
    const rows: { sk: string; counts: Counts; closed: boolean }[] = [];
    let start: QueryCommand['input']['ExclusiveStartKey'];
    do {
      const { Items, LastEvaluatedKey } = await this.#client.send(
        new QueryCommand({
          TableName: this.#table,
          KeyConditionExpression: begin === '' ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :begin)',
          ExpressionAttributeValues: marshall({ ':pk': pk, ...(begin !== '' && { ':begin': begin }) }),
          ConsistentRead: isConsistent,
          ExclusiveStartKey: start,
        }),
      );
      for (const item of Items ?? []) {
        const { pk: _pk, sk, counted: _counted, closed, ...counts } = unmarshall(item);
        rows.push({ sk: sk as string, counts: counts, closed: closed === true });
      }
      start = LastEvaluatedKey;
    } while (start);
    return rows;
  }
}

function pkOf({ dimension, day }: Pick<Row, 'dimension' | 'day'>): string {
  return `figures#${dimension}#${day}`;
}

function keyOf(row: Row, suffix = ''): Record<string, string> {
  return { [ledgerTable.hashKey]: pkOf(row), [ledgerTable.rangeKey]: row.key + suffix };
}

function backlogRow(dimension: Dimension, key: string): Record<string, string> {
  return { [ledgerTable.hashKey]: backlogKey, [ledgerTable.rangeKey]: `${dimension}#${key}` };
}

function totalOf(additions: readonly Addition[]): Counts {
  return additions.reduce<Counts>((total, { add }) => sum(total, add), {});
}

/** The sum of what one event adds to each row. */
function merged(counts: readonly Counted[]): Counted[] {
  const rows = new Map<string, Counted>();
  for (const each of counts) {
    const id = `${each.dimension} ${each.key}`;
    rows.set(id, { ...each, add: sum(rows.get(id)?.add ?? {}, each.add) });
  }
  return [...rows.values()].flatMap((row) => {
    const add = Object.fromEntries(Object.entries(row.add).filter(([, by]) => by !== 0));
    return Object.keys(add).length > 0 ? [{ ...row, add }] : [];
  });
}

function dayBefore(day: string): string {
  return shifted(day, -1);
}

function daysFrom(first: string, last: string): string[] {
  const days: string[] = [];
  for (let day = first; day <= last; day = shifted(day, 1)) days.push(day);
  return days;
}

function shifted(day: string, by: number): string {
  return new Date(Date.parse(day) + by * 86_400_000).toISOString().slice(0, 10);
}

import { GetItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportEvent } from '../../events/report.ts';
import { createHandler as createRelay } from '../../functions/relay/handler.ts';
import { moveRecords } from '../../infra/migration/move.ts';
import { formatNumber } from '../../shared/kernel/number.ts';
import { report as kind, type ReportKind } from '../../shared/records/report/kind.ts';
import { FormerTable } from '../../shared/store/former-table.ts';
import { toStreamImage, type Item } from '../../shared/store/item.ts';
import { RecordStore } from '../../shared/store/records.ts';
import { city } from '../support/city.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { createFormerTable, formerItem, histories, renumbered, secretOf } from '../support/former-table.ts';
import { FormerWriter } from '../support/former-writer.ts';
import { fold, type Command } from '../support/report-domain.ts';
import { admin, after, leak, Story, submit, system } from '../support/reports.ts';

const table = 'former';
let engine: Engine;
let former: FormerTable<ReportKind>;
let store: RecordStore<ReportKind>;
let writer: FormerWriter;

beforeAll(async () => {
  engine = await startEngine();
  await createFormerTable(engine.client, table);
  former = new FormerTable(engine.client, table, engine.reports, [kind]);
  store = new RecordStore(engine.client, engine.reports, [kind], undefined, former);
  writer = new FormerWriter(engine.client, table);
});
afterAll(() => {
  engine.stop();
});

let made = 0;
function history(): { number: string; events: ReportEvent[] } {
  const number = formatNumber('YT', '261120', ++made);
  const story = new Story();
  story.give({ ...submit, number }, { kind: 'resident' }, 0);
  story.give(leak, system('classifier'), 1);
  return { number, events: story.events };
}

const note = (text: string): Extract<Command, { type: 'note' }> => ({
  type: 'note',
  text,
  photos: [],
  audience: 'everyone',
});
const context = { actor: admin, now: after(30), city };

async function itemsOf(name: string, number: string): Promise<Item | undefined> {
  const Key: Item = { number: { S: number }, ...(name === table ? {} : { item: { S: 'record' } }) };
  const { Item } = await engine.client.send(
    new GetItemCommand({ TableName: name, Key, ConsistentRead: true }),
  );
  return Item;
}

describe('a record of the former table', () => {
  it('is read from the former table, alone and with others', async () => {
    const { number, events } = history();
    await writer.create(events, secretOf(number));
    const expected = { kind, events, private: secretOf(number) };
    expect(await store.load(number)).toMatchObject(expected);
    expect(await store.open(number, ({ keyHash }) => keyHash === secretOf(number).keyHash)).toMatchObject(
      expected,
    );
    expect(await store.loadMany([formatNumber('YT', '261119', 5), number])).toMatchObject([expected]);
    expect(await itemsOf(engine.reports, number)).toBeUndefined();
  });

  it('is moved by the first command on it, and the former version can no longer write it', async () => {
    const { number, events } = history();
    await writer.create(events, secretOf(number));
    expect(await store.execute(number, note('新版'), context)).toMatchObject({ ok: true });
    expect(await itemsOf(table, number)).toEqual({ number: { S: number } });
    await expect(writer.execute(number, note('旧版'), context)).rejects.toThrow('at least one event');
    const { events: now = [] } = (await store.load(number)) ?? {};
    expect(now.slice(0, events.length)).toEqual(events);
    expect(now.slice(events.length)).toMatchObject([{ data: { text: '新版' } }]);
  });

  it('keeps concurrent writes of both versions, each once', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { number, events } = history();
      await writer.create(events, secretOf(number));
      const done: string[] = [];
      const old = async (text: string): Promise<void> => {
        if (await writer.execute(number, note(text), context).catch(() => false)) done.push(text);
      };
      const today = async (text: string): Promise<void> => {
        if ((await store.execute(number, note(text), context)).ok) done.push(text);
      };
      await Promise.all([old('甲'), today('乙'), old('丙'), former.move(number), today('丁'), old('戊')]);
      const now = await store.load(number);
      const texts = now?.events.flatMap((event) => (event.type === 'note-added.v1' ? [event.data.text] : []));
      expect(texts?.sort()).toEqual(done.sort());
      expect(done).toContain('乙');
      expect(done).toContain('丁');
      expect(now?.events.map(({ sequence }) => sequence)).toEqual(now?.events.map((_, at) => at + 1));
      expect(now?.private.keyHash).toBe(secretOf(number).keyHash);
    }
  });

  it('is created in only one of the tables when both versions create it concurrently', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { number, events } = history();
      const rivals = round % 2 === 0 ? [] : [{ number: formatNumber('YT', '261119', 700), keyHash: 'k' }];
      const [old, today] = await Promise.all([
        writer.create(events, secretOf(number)),
        store.create(kind, events, secretOf(number), rivals),
      ]);
      expect(old).toBe(!today.created);
      expect(await store.load(number)).toMatchObject({ events });
      // A retry returns the existing record.
      const again = await store.create(kind, events, secretOf(number), rivals);
      expect(again).toMatchObject({ created: false, existing: { events } });
    }
  });

  it('is found by a retry of its request whose number has the next day’s date', async () => {
    const { number, events } = history();
    await writer.create(events, secretOf(number));
    const { keyHash } = secretOf(number);
    const other = history();
    const answer = await store.create(kind, other.events, { ...secretOf(other.number), keyHash }, [
      { number, keyHash },
    ]);
    expect(answer).toMatchObject({ created: false, existing: { record: { number } } });
    expect(await store.load(other.number)).toBeUndefined();
  });
});

describe('moving all records', () => {
  it('moves each unchanged, skips those already moved, and reports unreadable ones', async () => {
    const own = 'former-all';
    await createFormerTable(engine.client, own);
    const all = histories().map((one, at) => renumbered(one, formatNumber('YT', '261118', at)));
    for (const events of all)
      await engine.client.send(
        new PutItemCommand({
          TableName: own,
          Item: formerItem(events, secretOf(events[0]?.number ?? '')),
        }),
      );
    const damaged = formatNumber('YT', '261117', 1);
    const readable = formerItem(all[0] ?? [], secretOf(damaged));
    const Item: Item = { ...readable, number: { S: damaged }, events: { L: [{ S: '{"id":' }] } };
    await engine.client.send(new PutItemCommand({ TableName: own, Item }));
    const said: string[] = [];
    const tables = { former: own, records: engine.reports };
    const report = (line: string): void => void said.push(line);
    expect(await moveRecords(engine.client, tables, report)).toBe(all.length + 1);
    expect(said).toContain(`${damaged}: the history of ${damaged} is not readable`);
    expect(await moveRecords(engine.client, tables, report)).toBe(0);
    for (const events of all) {
      const number = events[0]?.number ?? '';
      const stored = await store.load(number);
      expect(stored).toMatchObject({ events, private: secretOf(number) });
      expect({ ...stored?.record, storedBytes: 0 }).toEqual(fold(events));
    }
    expect(await itemsOf(engine.reports, damaged)).toMatchObject({ events: Item['events'] ?? {} });
    const { Items = [] } = await engine.client.send(new ScanCommand({ TableName: own }));
    expect(Items.every((item) => Object.keys(item).join() === 'number')).toBe(true);
  });
});

describe('the relay', () => {
  const publish = async (record: DynamoDBRecord): Promise<unknown[]> => {
    const told: unknown[] = [];
    const sns = {
      send: ({ input }: { input: { PublishBatchRequestEntries: { Message: string }[] } }) => {
        told.push(...input.PublishBatchRequestEntries.map(({ Message }) => JSON.parse(Message) as unknown));
        return Promise.resolve({});
      },
    };
    const relay = createRelay({ kinds: [kind], sns: sns as never, topicArn: 'topic' });
    expect(await relay({ Records: [record] })).toEqual({ batchItemFailures: [] });
    return told;
  };

  it('publishes events of the former table’s stream, and does not republish a moved record', async () => {
    const { number, events } = history();
    await writer.create(events, secretOf(number));
    const former1 = toStreamImage(formerItem(events.slice(0, 1), secretOf(number)));
    const former2 = toStreamImage(formerItem(events, secretOf(number)));
    expect(await publish({ eventName: 'INSERT', dynamodb: { NewImage: former1 } })).toEqual(
      events.slice(0, 1),
    );
    expect(
      await publish({ eventName: 'MODIFY', dynamodb: { OldImage: former1, NewImage: former2 } }),
    ).toEqual(events.slice(1));

    await former.move(number);
    const moved = toStreamImage((await itemsOf(engine.reports, number)) ?? {});
    const left = toStreamImage((await itemsOf(table, number)) ?? {});
    expect(await publish({ eventName: 'MODIFY', dynamodb: { OldImage: former2, NewImage: left } })).toEqual(
      [],
    );
    expect(await publish({ eventName: 'INSERT', dynamodb: { NewImage: left } })).toEqual([]);
    expect(await publish({ eventName: 'INSERT', dynamodb: { NewImage: moved } })).toEqual([]);

    await store.execute(number, note('之后'), context);
    const next = toStreamImage((await itemsOf(engine.reports, number)) ?? {});
    expect(
      await publish({ eventName: 'MODIFY', dynamodb: { OldImage: moved, NewImage: next } }),
    ).toMatchObject([{ data: { text: '之后' } }]);
  });
});

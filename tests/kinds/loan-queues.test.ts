import { randomUUID } from 'node:crypto';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  PublishBatchCommand,
  PublishCommand,
  SNSClient,
  type PublishBatchRequestEntry,
} from '@aws-sdk/client-sns';
import type { DynamoDBRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AnyEvent } from '../../events/envelope.ts';
import { createHandler as createDeliver } from '../../functions/deliver/handler.ts';
import { createHandler as createJoint } from '../../functions/joint/handler.ts';
import { createHandler as createNotify } from '../../functions/notify/handler.ts';
import { createHandler as createPhotos } from '../../functions/photos/handler.ts';
import { createHandler as createRelay } from '../../functions/relay/handler.ts';
import { createHandler as createStats } from '../../functions/stats/handler.ts';
import { createHandler as createSweep } from '../../functions/sweep/handler.ts';
import { parseSecret } from '../../shared/config/secret.ts';
import { Keys } from '../../shared/http/credentials.ts';
import { relatedKey, toStreamImage } from '../../shared/store/item.ts';
import { attachPhotos } from '../../shared/store/photos.ts';
import { recordsTable } from '../../shared/store/schema.ts';
import { bucket, startApi, type Api } from '../support/api.ts';
import { city as demo } from '../support/city.ts';
import { kinds, notices } from '../support/loan/both.ts';
import { ask, chief, days, lending } from '../support/loan/lending.ts';
import { photo } from '../support/loan/photo.ts';
import { again, batch, parkingLot } from '../support/queue.ts';
import { start } from '../support/reports.ts';

/** What happens to a loan behind the table: each function is given both kinds, and its queue is played by hand. */

const city = {
  ...demo,
  departments: demo.departments.map((department) =>
    department.id === ask.department
      ? { ...department, webhook: { url: 'https://lender.example/loans' } }
      : department,
  ),
};
let api: Api;
let loans: ReturnType<typeof lending>;
const lot = parkingLot();
const sns = new SNSClient({ region: 'us-east-1' });
const topic = mockClient(sns);
const now = (): string => api.clock.now;
const done = { batchItemFailures: [] };
const { username } = chief;
const holder = {
  kind: 'staff',
  username,
  role: 'manager',
  departments: [ask.department, 'gas'],
  areas: [],
} as const;

beforeAll(async () => {
  api = await startApi();
  loans = lending(api);
});
afterAll(() => api.stop());
beforeEach(() => {
  api.clock.now = start;
  lot.mock.resetHistory();
  topic.reset();
  topic.on(PublishCommand).resolves({});
  topic.on(PublishBatchCommand).resolves({});
});

async function lent(change: Parameters<typeof loans.open>[0] = {}, phone?: string): Promise<string> {
  const { number } = await loans.open(change, phone);
  await loans.give(number, { type: 'lend' }, holder);
  return number;
}
async function returned(number: string, damage?: string): Promise<AnyEvent> {
  const back = { type: 'take-back', photos: [], ...(damage !== undefined && { damage }) } as const;
  return last((await loans.give(number, back, holder)).events);
}
function last(events: readonly AnyEvent[]): AnyEvent {
  const event = events.at(-1);
  if (!event) throw new Error('no event');
  return event;
}
async function report(): Promise<string> {
  const { body } = await api.call('POST /api/reports', {
    headers: { 'idempotency-key': randomUUID() },
    body: { description: '楼道水管爆了，一直漏水', location: { area: ask.area } },
  });
  return String(body['number']);
}
const joint = () => createJoint({ city, store: loans.store, parking: lot.parking, now });

describe('relay', () => {
  const relay = createRelay({ kinds, sns, topicArn: 'events' });
  async function streamed(number: string, name: string = recordsTable.record): Promise<DynamoDBRecord> {
    const { Item } = await api.dynamodb.send(
      new GetItemCommand({ TableName: api.recordsTable, Key: relatedKey(number, name) }),
    );
    if (!Item) throw new Error(`no ${name} of ${number}`);
    return { eventName: 'INSERT', dynamodb: { NewImage: toStreamImage(Item), SequenceNumber: number } };
  }
  const published = () =>
    topic
      .commandCalls(PublishBatchCommand)
      .flatMap(({ args }) => args[0].input.PublishBatchRequestEntries ?? []);
  const attributesOf = ({ MessageAttributes = {} }: PublishBatchRequestEntry) =>
    Object.fromEntries(
      Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]),
    );

  it('adds the kind of each event, and what it requires', async () => {
    const first = await lent();
    const number = await lent({ behind: first });
    const photos = [{ id: 'p1', contentType: 'image/jpeg', size: 10 }];
    await loans.give(number, { type: 'take-back', photos, damage: '少一级踏板' }, holder);
    expect(await relay({ Records: [await streamed(number)] })).toEqual(done);
    const about = { kind: 'loan', department: ask.department };
    expect(published().map(attributesOf)).toEqual([
      { ...about, type: 'loan-asked.v2', joint: 'yes' },
      { ...about, type: 'loan-lent.v1' },
      // No webhook hears of it, so no department's queue is asked.
      { kind: 'loan', type: 'loan-returned.v1', photos: 'yes', joint: 'yes' },
    ]);
  });

  it('publishes both kinds in one batch, and ignores related items', async () => {
    const number = await lent();
    const filed = await report();
    await loans.store.putRelated(number, 'message#1', { text: '几点来取' });
    const Records = [await streamed(number), await streamed(number, 'message#1'), await streamed(filed)];
    expect(await relay({ Records })).toEqual(done);
    expect(published().map((entry) => attributesOf(entry)['kind'])).toEqual(['loan', 'loan', 'report']);
  });
});

describe('sweep', () => {
  it('fires the timers of both kinds in one run', async () => {
    const number = await lent();
    const filed = await report();
    api.clock.now = days(7);
    const sweep = createSweep({ city, store: loans.store, now, random: () => 0 });
    expect(await sweep()).toMatchObject({ failed: 0 });
    expect((await loans.load(number)).record.state).toBe('over-due');
    expect((await loans.load(filed)).record.state).toBe('triage');
    const later = (await loans.load(number)).events.length;
    expect(await sweep()).toMatchObject({ fired: 0 });
    expect((await loans.load(number)).events).toHaveLength(later);
  });

  it('cancels unanswered loans, and erases expired data', async () => {
    const { number } = await loans.open();
    const sweep = createSweep({ city, store: loans.store, now, random: () => 0 });
    api.clock.now = days(14);
    await sweep();
    expect((await loans.load(number)).record.state).toBe('cancelled');
    api.clock.now = days(14 + city.retention.textDays);
    await sweep();
    expect(JSON.stringify((await loans.load(number)).events)).not.toContain(ask.reason);
  });
});

describe('joint', () => {
  it('opens a report about a damaged tool, once, and tells the loan', async () => {
    const number = await lent();
    const event = await returned(number, '少一级踏板');
    expect(await joint()(batch(event, event))).toEqual(done);
    expect(await joint()(batch(event))).toEqual(done);
    const { record, events } = await loans.load(number);
    const opened = await loans.load(String(event.data['report']));
    expect(opened.record).toMatchObject({ state: 'submitted', description: '借出的ladder损坏：少一级踏板' });
    expect(opened.events).toHaveLength(1);
    expect(record).toMatchObject({ damage: { report: opened.record.number, isReported: true } });
    expect(events.filter(({ type }) => type === 'damage-reported.v1')).toHaveLength(1);
    expect(lot.reasons()).toEqual([]);
  });

  it('parks a report whose number is taken', async () => {
    const number = await lent();
    const event = await returned(number, '少一级踏板');
    const other = await loans.load(await report());
    const taken = { ...event, data: { ...event.data, report: other.record.number } };
    expect(await joint()(batch(taken))).toEqual(done);
    expect(lot.reasons()).toEqual([expect.stringContaining(other.record.number)]);
    expect((await loans.load(number)).record).toMatchObject({ damage: { isReported: false } });
  });

  it('joins the loan that another one waits for, if it exists', async () => {
    const first = await lent();
    const behind = await loans.open({ behind: first });
    expect(await joint()(batch(last((await loans.load(behind.number)).events)))).toEqual(done);
    expect((await loans.load(first)).record).toMatchObject({ waiters: [behind.number] });
    const lost = await loans.open({ behind: 'YT-T261120-00002M' });
    expect(await joint()(batch(last((await loans.load(lost.number)).events)))).toEqual(done);
    expect(lot.reasons()).toEqual([]);
  });
});

describe('notify', () => {
  const notify = () =>
    createNotify({
      city,
      store: loans.store,
      notices,
      ledger: api.ledger,
      contacts: api.kms.opener,
      sns,
      topicArn: 'notices',
      parking: lot.parking,
      now,
    });
  const told = () =>
    topic
      .commandCalls(PublishCommand)
      .map(
        ({ args }) => JSON.parse(args[0].input.Message ?? '') as { to: Record<string, string>; text: string },
      );

  it('notifies the borrower by telephone, and the department with the reason', async () => {
    const { number } = await loans.open({ locale: 'en' }, '13900000001');
    const event = last((await loans.load(number)).events);
    expect(await notify()(batch(event))).toEqual(done);
    expect(await notify()(again(batch(event)))).toEqual(done);
    expect(told().sort((a, b) => (a.text < b.text ? -1 : 1))).toEqual([
      expect.objectContaining({
        to: { kind: 'resident', number, phone: '13900000001' },
        text: 'We have your request',
      }),
      expect.objectContaining({
        to: expect.objectContaining({ kind: 'department', department: ask.department }),
        text: `有人借用：${ask.reason}`,
      }),
    ]);
  });

  it('notifies waiting borrowers, without text for others', async () => {
    const first = await lent({}, '13900000002');
    const { number } = await loans.open({ behind: first }, '13900000003');
    await joint()(batch(last((await loans.load(number)).events)));
    await notify()(batch(await returned(first, '少一级踏板')));
    const texts = new Map(told().map(({ to, text }) => [to['phone'], text]));
    expect(texts.get('13900000002')).toBe('谢谢 少一级踏板');
    expect(texts.get('13900000003')).toBe('工具已还 （已删除 Erased）');
  });

  it('puts a line into the department’s digest when a loan is late', async () => {
    const number = await lent();
    api.clock.now = days(7);
    const event = last((await loans.give(number, { type: 'fire-timers' })).events);
    expect(await notify()(batch(event))).toEqual(done);
    expect(await api.ledger.pendingLines()).toContainEqual(
      expect.objectContaining({
        recipient: `department#${ask.department}`,
        number,
        kind: 'breach',
        text: { zh: 'ladder未还', en: 'ladder is not back' },
      }),
    );
  });
});

describe('the others', () => {
  it('stats counts a loan once, next to reports', async () => {
    const stats = createStats({ kinds, city, figures: api.figures, parking: lot.parking, now });
    const number = await lent({ department: 'gas' });
    const { events } = await loans.load(number);
    await stats(batch(...events, await returned(number)));
    await stats(batch(...events));
    // None was late, which adds nothing.
    expect((await api.figures.day('department', '2026-11-20')).get('gas')).toEqual({
      loansAsked: 1,
      loansLent: 1,
      loansReturned: 1,
    });
  });

  it('deliver sends a department’s system its event, without the borrower’s text', async () => {
    const calls: string[] = [];
    const deliver = createDeliver({
      kinds,
      city,
      keys: () =>
        Promise.resolve(new Keys(parseSecret('a secret of more than thirty-two characters'), start)),
      parking: lot.parking,
      call: (_, { body }) => {
        calls.push(body);
        return Promise.resolve({ status: 200, body: '' });
      },
      now,
    });
    const number = await lent();
    await loans.give(number, { type: 'note', text: '上次还晚了' }, holder);
    expect(await deliver(batch(...(await loans.load(number)).events))).toEqual(done);
    const heard = calls.map((body) => JSON.parse(body) as AnyEvent);
    expect(heard.map(({ type }) => type)).toEqual(['loan-asked.v2', 'loan-lent.v1']);
    expect(calls.join()).not.toContain(ask.reason);
    expect(lot.reasons()).toEqual([]);
  });

  it('photos are cleaned, and deleted by an erasure', async () => {
    const number = await lent();
    const key = randomUUID();
    const photos = await api.upload(key, [await photo()]);
    const attached = await attachPhotos(api.s3, bucket, { keys: photos, idempotencyKey: key, number });
    if (!attached.ok) throw new Error(attached.reason);
    const back = { type: 'take-back', photos: attached.photos } as const;
    const event = last((await loans.give(number, back, holder)).events);
    const clean = createPhotos({
      city,
      store: loans.store,
      photos: { client: api.s3, bucket },
      parking: lot.parking,
      now,
    });
    expect(await clean(batch(event))).toEqual(done);
    expect((await loans.load(number)).record.photos).toEqual([
      expect.objectContaining({ status: 'ready', width: 60, purpose: 'result' }),
    ]);
    const erasure = last((await loans.give(number, { type: 'erase' })).events);
    expect(await clean(batch(erasure))).toEqual(done);
    expect((await loans.load(number)).record.photos).toEqual([]);
    expect(lot.reasons()).toEqual([]);
  });

  it('read an event of an earlier version, and ignore unknown kinds and types', async () => {
    const asked = last((await loans.load((await loans.open()).number)).events);
    const { days: _, ...data } = asked.data;
    const old = { ...asked, type: 'loan-asked.v1', data: { ...data, department: 'fire', weeks: 2 } };
    const stats = createStats({ kinds, city, figures: api.figures, parking: lot.parking, now });
    const strange = [
      { ...asked, type: 'loan-frobnicated.v1' },
      { ...asked, number: 'YT-Z261120-000014', id: 'YT-Z261120-000014#1' },
    ];
    expect(await stats(batch(old, ...strange))).toEqual(done);
    expect((await api.figures.day('department', '2026-11-20')).get('fire')).toEqual({ loansAsked: 1 });
    const broken = { ...old, data: { ...data, weeks: 'two' } };
    await stats(batch(broken));
    expect(lot.reasons()).toEqual([expect.stringContaining('days')]);
  });
});

import { randomUUID } from 'node:crypto';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHandler as createJoint } from '../../functions/joint/handler.ts';
import { erasedText } from '../../shared/kernel/erasure.ts';
import { formatNumber } from '../../shared/kernel/number.ts';
import type { StaffRole } from '../../shared/kernel/permissions.ts';
import { relatedKey, keyOf, type Private } from '../../shared/store/item.ts';
import { pack } from '../../shared/store/packed.ts';
import { startApi, type Api, type Reply } from '../support/api.ts';
import { city } from '../support/city.ts';
import { itemText } from '../support/item-text.ts';
import { loan } from '../support/loan/kind.ts';
import { ask, chief, days, lender, lending } from '../support/loan/lending.ts';
import { photo } from '../support/loan/photo.ts';
import { batch, parkingLot } from '../support/queue.ts';
import { start } from '../support/reports.ts';

/** A second kind, served by the functions as the product wires them: each registry has one more line. */
vi.mock('../../shared/records/kinds.ts', () => import('../support/loan/both.ts'));
vi.mock('../../shared/records/views.ts', () => import('../support/loan/both.ts'));

let api: Api;
let loans: ReturnType<typeof lending>;

beforeAll(async () => {
  api = await startApi();
  loans = lending(api);
});
afterAll(() => api.stop());
beforeEach(() => {
  api.clock.now = start;
});

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const read = (number: string, token: string): Promise<Reply> =>
  api.call(`GET /api/reports/${number}`, { headers: bearer(token) });
const asResident = (number: string, token: string, body: object, headers: object = {}): Promise<Reply> =>
  api.call(`POST /api/reports/${number}/commands`, { headers: { ...bearer(token), ...headers }, body });
type Staff = { username: string; role: string; departments?: string; areas?: string };
const asStaff = async (number: string, body: object, staff: Staff = lender): Promise<Reply> => {
  const { version } = (await loans.load(number)).record;
  return api.call(`POST /api/desk/reports/${number}/commands`, { body: { version, ...body }, staff });
};
const types = (body: Record<string, unknown>): string[] =>
  (body['timeline'] as { type: string }[]).map(({ type }) => type);

describe('a resident', () => {
  it('follows a loan by its link, as its kind shows it', async () => {
    const { number, token } = await loans.open();
    expect(number).toMatch(/^YT-T261120-[0-9A-Z]{6}$/);
    const { status, body } = await read(number.toLowerCase().replace('-', ' '), token);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      number,
      status: { code: 'asked', zh: '已申请' },
      tool: 'ladder',
      reason: ask.reason,
      commands: ['cancel', 'renew-link', 'erase'],
      photos: [],
    });
    expect((await read(number, 'wrong')).body['code']).toBe('report-not-found');
  });

  it('gives the commands of the kind that are for residents, and no others', async () => {
    const { number, token } = await loans.open();
    const lend = await asResident(number, token, { type: 'lend' });
    expect([lend.status, lend.body['code']]).toEqual([400, 'invalid-fields']);
    const cancelled = await asResident(number, token, { type: 'cancel' });
    expect(cancelled.body).toMatchObject({ status: { code: 'cancelled' } });
    expect((await asResident(number, token, { type: 'cancel' })).status).toBe(200);
    expect((await loans.load(number)).events).toHaveLength(2);
  });

  it('renews the link, and recovers it with the idempotency key', async () => {
    const { number, token, key } = await loans.open();
    const again = { 'idempotency-key': randomUUID() };
    const renewed = await asResident(number, token, { type: 'renew-link' }, again);
    expect((await read(number, token)).status).toBe(404);
    expect((await read(number, String(renewed.body['trackingToken']))).status).toBe(200);
    const link = await api.call(`POST /api/reports/${number}/link`, {
      headers: { 'idempotency-key': key },
      body: {},
    });
    expect(link.body['trackingToken']).toBe(renewed.body['trackingToken']);
  });

  it('is refused commands that the state does not allow', async () => {
    const { number, token } = await loans.open();
    await asStaff(number, { type: 'lend' });
    const { status, body } = await asResident(number, token, { type: 'cancel' });
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: 'wrong-state', state: 'lent', allowedStates: ['asked'] });
  });
});

describe('the holder of a loan’s link', () => {
  it('follows its report, in that kind’s view for followers', async () => {
    const { number, token } = await loans.open();
    await asStaff(number, { type: 'lend' });
    await asStaff(number, { type: 'take-back', damage: '少一级踏板' });
    const joint = createJoint({
      city,
      store: loans.store,
      parking: parkingLot().parking,
      now: () => api.clock.now,
    });
    await joint(batch((await loans.load(number)).events.at(-1)));
    expect((await read(number, token)).body).toMatchObject({
      number,
      follows: { number: expect.stringMatching(/^YT-\d{6}-/), status: { code: 'submitted' } },
    });
  });

  it('follows the loan that it waits for, without its borrower’s text', async () => {
    const first = await loans.open({ reason: '别人的理由' });
    const { number, token } = await loans.open({ behind: first.number });
    const { body } = await read(number, token);
    expect(body['follows']).toMatchObject({ number: first.number, status: { code: 'asked' } });
    expect(JSON.stringify(body)).not.toContain('别人的理由');
  });
});

describe('staff', () => {
  it('find loans and reports in the lists of their department', async () => {
    const { number } = await loans.open();
    const triage = await api.call('GET /api/desk/reports', { query: { view: 'triage' }, staff: lender });
    expect(triage.body['items']).toContainEqual(
      expect.objectContaining({ number, tool: 'ladder', state: 'asked', version: 1 }),
    );
    await asStaff(number, { type: 'lend', handover: '在保安室取' });
    const open = await api.call('GET /api/desk/reports', { staff: lender });
    expect(open.body['items']).toContainEqual(expect.objectContaining({ number, dueAt: days(7) }));
    api.clock.now = days(8);
    const overdue = await api.call('GET /api/desk/reports', { query: { view: 'overdue' }, staff: lender });
    expect(overdue.body['items']).toContainEqual(expect.objectContaining({ number }));
  });

  it('see all of it, with the contact masked and their own commands', async () => {
    const { number } = await loans.open();
    const { body } = await api.call(`GET /api/desk/reports/${number}`, { staff: chief });
    expect(body).toMatchObject({
      contact: { phone: '138****1234' },
      commands: ['lend', 'decline', 'note'],
      version: 1,
    });
    await asStaff(number, { type: 'note', text: '上次还晚了' });
    const after = await api.call(`GET /api/desk/reports/${number}`, { staff: lender });
    expect(after.body['timeline']).toContainEqual(
      expect.objectContaining({
        words: '上次还晚了',
        actor: { kind: 'staff', username: 'wang', role: 'handler' },
      }),
    );
  });

  it('see a late loan among the alerts, with its delay', async () => {
    const { number } = await loans.open();
    await asStaff(number, { type: 'lend' });
    api.clock.now = days(8);
    await loans.give(number, { type: 'fire-timers' });
    const { body } = await api.call('GET /api/desk/alerts', {
      staff: { username: 'grid', role: 'manager', departments: '', areas: 'qilu' },
    });
    expect(body['items']).toContainEqual(
      expect.objectContaining({
        number,
        alert: { kind: 'breach', at: days(7), dueAt: days(7), level: 'department', lateSeconds: 86_400 },
      }),
    );
  });

  it('find the loans of a person by telephone number', async () => {
    const { number } = await loans.open({}, '13911112222');
    const { body } = await api.call('POST /api/desk/search', {
      body: { phone: '139 1111 2222' },
      staff: { ...chief, areas: 'qilu' },
    });
    expect(body['items']).toEqual([expect.objectContaining({ number, tool: 'ladder' })]);
  });

  it('are told which field is wrong, and why', async () => {
    const { number } = await loans.open();
    const short = await asStaff(number, { type: 'decline', reason: ' ' });
    expect(short.body['errors']).toEqual([
      expect.objectContaining({ path: 'reason', code: 'blank-or-short', zh: '内容太短或为空' }),
    ]);
    const unknown = await asStaff(number, { type: 'lend', dueAt: start });
    expect(unknown.body['errors']).toEqual([
      expect.objectContaining({ path: 'dueAt', code: 'unknown-field' }),
    ]);
    const ofReports = await asStaff(number, { type: 'acknowledge' });
    expect(ofReports.body['code']).toBe('invalid-fields');
    await asStaff(number, { type: 'lend' });
    const long = await asStaff(number, { type: 'extend', days: 60 }, chief);
    expect(long.body).toMatchObject({ errors: [{ path: 'days', code: 'extension-too-long' }], left: 53 });
    const stale = await asStaff(number, { type: 'take-back', version: 1 });
    expect(stale.body).toMatchObject({ code: 'stale-version', currentVersion: 2 });
  });

  it('attach photos to a command of the kind', async () => {
    const { number, token } = await loans.open();
    await asStaff(number, { type: 'lend' });
    const key = randomUUID();
    const photos = await api.upload(key, [await photo()]);
    const { body } = await api.call(`POST /api/desk/reports/${number}/commands`, {
      headers: { 'idempotency-key': key },
      body: { type: 'take-back', damage: '少一级踏板', version: 2, photos },
      staff: lender,
    });
    expect(body['photos']).toEqual([expect.objectContaining({ purpose: 'result', status: 'processing' })]);
    expect((await read(number, token)).body['photos']).toHaveLength(1);
  });
});

describe('who may do what with a loan', () => {
  /** `+` allowed, `.` not; the columns are own, area, other. */
  const table: Record<string, Record<StaffRole, string>> = {
    lend: { handler: '+..', 'grid-worker': '+..', manager: '+..', admin: '+++' },
    decline: { handler: '+..', 'grid-worker': '+..', manager: '++.', admin: '+++' },
    extend: { handler: '...', 'grid-worker': '...', manager: '++.', admin: '+++' },
    'take-back': { handler: '+..', 'grid-worker': '+..', manager: '+..', admin: '+++' },
    note: { handler: '+..', 'grid-worker': '++.', manager: '++.', admin: '+++' },
    erase: { handler: '...', 'grid-worker': '...', manager: '...', admin: '+++' },
  };
  const fields: Record<string, object> = {
    decline: { reason: '已借出' },
    extend: { days: 1 },
    note: { text: '已联系' },
  };
  const relations = ['own', 'area', 'other'] as const;
  const mayOpen = { handler: '+..', 'grid-worker': '++.', manager: '++.', admin: '+++' };
  const person = (role: StaffRole, relation: (typeof relations)[number]): Staff => ({
    username: `${role}-${relation}`,
    role,
    departments: relation === 'own' ? 'property-kangning' : 'gas',
    areas: relation === 'area' ? 'qilu' : 'wangyu',
  });

  it('is tested for every staff command', () => {
    const forStaff = Object.entries(loan.commands).filter(
      ([, rule]) => !('opens' in rule) && rule.by.some((grant) => grant !== 'resident' && grant !== 'system'),
    );
    expect(Object.keys(table).sort()).toEqual(forStaff.map(([name]) => name).sort());
  });

  it.each(Object.keys(mayOpen) as StaffRole[])('is asked of a %s in every relation', async (role) => {
    const { number } = await loans.open();
    await asStaff(number, { type: 'lend' });
    for (const [at, relation] of relations.entries()) {
      const staff = person(role, relation);
      const seen = await api.call(`GET /api/desk/reports/${number}`, { staff });
      expect(seen.status, relation).toBe(mayOpen[role][at] === '+' ? 200 : 403);
      for (const [type, cells] of Object.entries(table)) {
        // On an old version: what is allowed is stale or done, and changes nothing from cell to cell.
        const { status } = await asStaff(number, { type, version: 1, ...fields[type] }, staff);
        expect(status === 403, `${role} ${relation} ${type}`).toBe(cells[role][at] === '.');
      }
    }
  });
});

describe('a number of another letter', () => {
  it('is not found by any route', async () => {
    const { token } = await loans.open();
    const strange = formatNumber('YT', '261120', 7, 'Z');
    const asked = [
      read(strange, token),
      asResident(strange, token, { type: 'cancel' }),
      api.call(`GET /api/desk/reports/${strange}`, { staff: lender }),
      api.call(`POST /api/desk/reports/${strange}/commands`, {
        body: { type: 'lend', version: 1 },
        staff: lender,
      }),
      api.call(`POST /api/reports/${strange}/link`, {
        headers: { 'idempotency-key': randomUUID() },
        body: {},
      }),
    ];
    for (const { status, body } of await Promise.all(asked))
      expect([status, body['code']]).toEqual([404, 'report-not-found']);
  });

  it('cannot be joined or merged into', async () => {
    const { number } = await loans.open();
    const body = { description: '楼道灯坏了', location: { area: ask.area }, joins: number };
    const joining = await api.call('POST /api/reports', {
      headers: { 'idempotency-key': randomUUID() },
      body,
    });
    expect(joining.body['errors']).toEqual([
      expect.objectContaining({ path: 'joins', code: 'report-not-found' }),
    ]);
    const filed = await api.call('POST /api/reports', {
      headers: { 'idempotency-key': randomUUID() },
      body: { ...body, joins: undefined },
    });
    const merging = await asStaff(
      String(filed.body['number']),
      { type: 'merge', into: number },
      { username: 'root', role: 'admin' },
    );
    expect([merging.status, merging.body['code']]).toEqual([404, 'report-not-found']);
  });

  it('is ignored by functions for reports only', async () => {
    await loans.open();
    const { status } = await api.call('POST /api/desk/policy', {
      body: { apply: true },
      staff: { username: 'root', role: 'admin' },
    });
    expect(status).toBe(200);
  });
});

describe('a related item of a loan', () => {
  it('is created once, read and replaced, with events in the loan’s history', async () => {
    const { number, token } = await loans.open();
    expect(await loans.say(number, 'message#1', '几点可以来取？')).toBe(true);
    expect(await loans.say(number, 'message#1', '另一句')).toBe(false);
    expect(await loans.store.loadRelated(number, 'message#1')).toEqual({ text: '几点可以来取？', at: start });
    expect(await loans.store.loadRelated(number, 'message#2')).toBeUndefined();
    const { body } = await read(number, token);
    expect(body['messages']).toEqual(['message#1']);
    expect(types(body)).toEqual(['loan-asked.v2', 'loan-messaged.v1']);
    expect(await loans.store.putRelated(number, 'message#1', { text: erasedText }, true)).toBe(true);
    expect(await loans.store.putRelated(number, 'message#2', { text: erasedText }, true)).toBe(false);
    expect(await loans.store.loadRelated(number, 'message#1')).toEqual({ text: erasedText });
  });

  it('is in no list, and has no number', async () => {
    const { number, token } = await loans.open();
    // What the indexes go by stays inside, whatever the item holds.
    await loans.store.putRelated(number, 'message#1', {
      timerShard: '0',
      timerAt: start,
      events: ['x'],
      version: 9,
    });
    const { Item } = await api.dynamodb.send(
      new GetItemCommand({ TableName: api.recordsTable, Key: relatedKey(number, 'message#1') }),
    );
    expect(Object.keys(Item ?? {}).sort()).toEqual(['beside', 'item', 'number']);
    const due: string[] = [];
    for await (const each of loans.store.due(days(1))) due.push(each);
    expect(due).not.toContain(number);
    for (const name of ['message#1', `${number}#message#1`, `${number}#1`]) {
      const path = encodeURIComponent(name);
      expect((await read(path, token)).status).toBe(404);
      expect((await api.call(`GET /api/desk/reports/${path}`, { staff: lender })).status).toBe(404);
    }
    // The record itself is as it was, under the very same number.
    expect((await loans.load(number)).record.version).toBe(1);
    expect(await loans.store.loadMany([number])).toHaveLength(1);
  });

  it('has an unambiguous name', async () => {
    const { number } = await loans.open();
    for (const name of [
      '',
      'A',
      '消息',
      '1',
      '-a',
      'message-1',
      'message#',
      'message#a#b',
      'message#一',
      '#1',
      'x'.repeat(40),
      `message#${'1'.repeat(61)}`,
      'record',
    ])
      await expect(loans.store.putRelated(number, name, {})).rejects.toThrow(RangeError);
    await expect(loans.store.loadRelated(number, '')).rejects.toThrow(RangeError);
  });
});

describe('personal data', () => {
  it('is removed from the item, its summary and all views', async () => {
    const { number, token } = await loans.open();
    await asStaff(number, { type: 'note', text: '住三楼' });
    await asStaff(number, { type: 'decline', reason: '梯子坏了' });
    await asResident(number, token, { type: 'erase' });
    const { Item } = await api.dynamodb.send(
      new GetItemCommand({ TableName: api.recordsTable, Key: keyOf(number) }),
    );
    const text = itemText(Item ?? {});
    expect(text).toContain(erasedText);
    for (const word of [ask.reason, '住三楼', '梯子坏了', '1234', 'contactHash'])
      expect(text).not.toContain(word);
    const { body } = await read(number, token);
    expect(body['reason']).toBe(erasedText);
    const noted = await asStaff(number, { type: 'note', text: '再记一笔' });
    expect([noted.status, noted.body['code']]).toEqual([409, 'data-erased']);
  });

  it('is erased when its retention period ends', async () => {
    const { number } = await loans.open();
    api.clock.now = days(14);
    await loans.give(number, { type: 'fire-timers' });
    expect((await loans.load(number)).record.state).toBe('cancelled');
    api.clock.now = days(14 + 4000);
    await loans.give(number, { type: 'fire-timers' });
    const { record } = await loans.load(number);
    expect(Object.keys(record.erased ?? {}).sort()).toEqual(['contact', 'photos', 'text']);
  });
});

describe('an event of an earlier version', () => {
  const forms = {
    packed: (events: unknown[], { keyHash, ...secret }: Private) => ({
      history: pack(events),
      keyHash,
      private: pack(secret),
    }),
    'each a JSON text': (events: unknown[], secret: Private) => ({
      events: events.map((event) => JSON.stringify(event)),
      private: secret,
    }),
  };

  it.each(Object.entries(forms))(
    '%s, is read as it is today, and so written with the next change',
    async (_, form) => {
      const { number, token } = await loans.open();
      const { events, private: secret } = await loans.load(number);
      const { days: __, ...data } = events[0]?.data as { days: number } & Record<string, unknown>;
      const old = { ...events[0], type: 'loan-asked.v1', data: { ...data, weeks: 3 } };
      const item = { ...keyOf(number), ...marshall({ version: 1, ...form([old], secret) }) };
      await api.dynamodb.send(new PutItemCommand({ TableName: api.recordsTable, Item: item }));
      expect((await read(number, token)).status).toBe(200);
      expect((await loans.load(number)).private).toEqual(secret);
      expect((await loans.load(number)).record).toMatchObject({ days: 21, state: 'asked', version: 1 });
      await asStaff(number, { type: 'lend' });
      const { record, events: now } = await loans.load(number);
      expect(record).toMatchObject({ dueAt: days(21), version: 2 });
      expect(now.map(({ type }) => type)).toEqual(['loan-asked.v2', 'loan-lent.v1']);
    },
  );
});

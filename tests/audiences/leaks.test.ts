import { isDeepStrictEqual } from 'node:util';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { PublishBatchCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { DynamoDBRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHandler as createDeliver } from '../../functions/deliver/handler.ts';
import { createHandler as createDigest } from '../../functions/digest/handler.ts';
import { createHandler as createNotify } from '../../functions/notify/handler.ts';
import { createHandler as createRelay } from '../../functions/relay/handler.ts';
import { createHandler as createStats } from '../../functions/stats/handler.ts';
import { reportEvents } from '../../events/report.ts';
import type { City, Webhook } from '../../shared/config/city.ts';
import { sha256 } from '../../shared/http/credentials.ts';
import { audiences, type Audience } from '../../shared/kernel/audiences.ts';
import { redactedHistory } from '../../shared/kernel/fold.ts';
import { report as kind } from '../../shared/records/report/kind.ts';
import { keyOf, toStreamImage, type Private } from '../../shared/store/item.ts';
import { inboxViews } from '../../shared/store/schema.ts';
import { keys, startApi, type Api, type Call, type Reply } from '../support/api.ts';
import { city } from '../support/city.ts';
import { batch, parkingLot } from '../support/queue.ts';
import { registries } from '../support/registries.ts';
import { eventTypes, fold, type ReportEvent } from '../support/report-domain.ts';
import { cases, textsOf, type Case } from './histories.ts';
import { expectedOf, expectedRules, noticePlace, renderedOf, rulesOf, Seen, toldOf } from './seen.ts';
import { places, table, type Place } from './table.ts';

/**
 * Who finds which words, and who learns of which events: everything that goes out is searched for a word that stands
 * in one text of one event alone, and compared with the table written by hand. Topics and queues inside the product
 * carry whole events, so their bodies are not searched; attributes of their messages are.
 */

const now = '2026-11-20T02:40:00.000Z';
const phone = '13800001111';
const token = (number: string): string => keys.current.trackingToken(number, 'link');
const hook = (name: string): Webhook => ({ url: `https://${name}.example/hook` });
/** Every department has a system of its own and a robot for its head, every area a robot. */
const rules: City = {
  ...city,
  departments: city.departments.map((each) => ({
    ...each,
    webhook: hook(each.id),
    alerts: { webhook: hook(`head-${each.id}`) },
  })),
  areas: city.areas.map((each) => ({ ...each, alerts: { webhook: hook(`area-${each.id}`) } })),
};

type Staff = NonNullable<Call['staff']>;
const roles = ['handler', 'grid-worker', 'manager', 'admin'] as const;
/** How one stands to a report at Tinglan Court: power supports it, unless it is power's own part. */
const relations = ['own', 'support', 'area', 'other'] as const;
type Relation = (typeof relations)[number];
const staffOf = (relation: Relation, { events }: Case): Partial<Staff> =>
  ({
    own: { departments: fold(events).department ?? '' },
    support: { departments: 'power' },
    area: { departments: 'fire', areas: 'qilu' },
    other: { departments: 'fire', areas: 'wangyu' },
  })[relation];
/** Who may open a report, by hand. */
const mayOpen: Record<(typeof roles)[number], readonly Relation[]> = {
  handler: ['own', 'support'],
  'grid-worker': ['own', 'support', 'area'],
  manager: ['own', 'support', 'area'],
  admin: ['own', 'support', 'area', 'other'],
};
const administrator: Staff = { username: 'a', role: 'admin', areas: 'yunting' };
const manager: Staff = { username: 'm', role: 'manager', departments: 'grid-qilu', areas: 'qilu' };
const gridWorker: Staff = { username: 'g', role: 'grid-worker', departments: 'grid-liuan', areas: 'liuan' };
const handler: Staff = { username: 'h', role: 'handler', departments: 'property-kangning' };
const stranger: Staff = { username: 's', role: 'handler', departments: 'fire' };

let api: Api;
const lot = parkingLot();
const sns = mockClient(new SNSClient({ region: 'us-east-1' }));
/** By case: everything that was read of it. */
const seen = new Map(cases.map((each) => [each, new Seen()]));
const seenOf = (each: Case): Seen => seen.get(each) ?? expect.fail();
/** For what is about many reports at once. */
function addToAll(place: Place, value: unknown): void {
  for (const each of seen.values()) each.add(place, value);
}

beforeAll(async () => {
  api = await startApi(rules);
  api.clock.now = now;
  sns.on(PublishCommand).resolves({});
  sns.on(PublishBatchCommand).resolves({});
  await Promise.all(cases.map(store));
  await Promise.all(cases.map(readPages));
  for (const each of cases) await readMessages(each);
  await readLists();
});
afterAll(() => api.stop());

async function store({ number, events, follower }: Case): Promise<void> {
  const secret = (of: string): Private => ({ keyHash: of, requestHash: '', tokenHash: sha256(token(of)) });
  const contactHash = keys.current.contactHash(phone);
  // As the product opens a part: nobody has a link to it.
  const own = follower ? { ...secret(number), contactHash } : { ...secret(number), tokenHash: '' };
  await api.store.create(kind, events, own);
  if (follower) await api.store.create(kind, follower.events, secret(follower.number));
}

const bearer = (number: string): Call => ({ headers: { authorization: `Bearer ${token(number)}` } });

async function readPages(each: Case): Promise<void> {
  const { number, follower, position } = each;
  const own = seenOf(each);
  const opened = await api.call(`GET /api/reports/${number}`, bearer(number));
  if (follower) {
    expect(opened.status).toBe(200);
    own.add('party.page', opened.body);
    const followed = await api.call(`GET /api/reports/${follower.number}`, bearer(follower.number));
    expect(followed.body['follows']).toMatchObject({ number });
    own.add('follower.page', followed.body);
    const wrong = await api.call(`GET /api/reports/${number}`, bearer(follower.number));
    expect(wrong.status).toBe(404);
    own.add('refused.answer', wrong.body);
  } else {
    expect(opened.status).toBe(404);
    own.add('refused.answer', opened.body);
  }
  const near = { near: `${position.longitude},${position.latitude}`, crs: position.crs };
  own.add('public.nearby', (await api.call('GET /api/reports', { query: near })).body);
  for (const role of roles)
    for (const relation of relations) {
      const staff = { username: `${role}-${relation}`, role, ...staffOf(relation, each) };
      const page = await api.call(`GET /api/desk/reports/${number}`, { staff });
      const may = mayOpen[role].includes(relation);
      expect([role, relation, page.status]).toEqual([role, relation, may ? 200 : 403]);
      own.add(may ? 'staff.page' : 'refused.answer', page.body);
    }
}

/** What its events make the functions behind the queues send. */
async function readMessages(each: Case): Promise<void> {
  const { number, events } = each;
  const own = seenOf(each);
  const common = { ...registries, city: rules, parking: lot.parking, now: () => now };
  const topics = { sns: sns as never, topicArn: 'arn:topic' };
  const done = { batchItemFailures: [] };
  sns.resetHistory();

  const { Item } = await api.dynamodb.send(
    new GetItemCommand({ TableName: api.recordsTable, Key: keyOf(number) }),
  );
  const change: DynamoDBRecord = { eventName: 'INSERT', dynamodb: { NewImage: toStreamImage(Item ?? {}) } };
  expect(await createRelay({ ...registries, ...topics })({ Records: [change] })).toEqual(done);
  const entries = sns
    .commandCalls(PublishBatchCommand)
    .flatMap((call) => call.args[0].input.PublishBatchRequestEntries ?? []);
  expect(entries).toHaveLength(events.length);
  for (const { MessageAttributes } of entries) own.add('message.attributes', MessageAttributes);

  const call = (place: Place) => async (_: Webhook, message: { body: string }) => {
    own.add(place, JSON.parse(message.body) as unknown);
    return { status: 200, body: '' };
  };
  const deliver = createDeliver({
    ...common,
    keys: () => Promise.resolve(keys),
    call: call('webhook.body'),
  });
  expect(await deliver(batch(...events))).toEqual(done);

  const notify = createNotify({
    ...common,
    ...topics,
    store: api.store,
    ledger: api.ledger,
    contacts: api.kms.opener,
  });
  expect(await notify(batch(...events))).toEqual(done);
  const digest = createDigest({
    ...common,
    ...topics,
    ledger: api.ledger,
    call: call('staff.digest'),
  });
  await digest();
  for (const { args } of sns.commandCalls(PublishCommand)) {
    const { Message = '', MessageAttributes } = args[0].input;
    const message = JSON.parse(Message) as { id: string; to: { kind: string; number?: string } };
    own.add('message.attributes', MessageAttributes);
    own.add(message.id.startsWith('digest#') ? 'staff.digest' : noticePlace(message.to, number), message);
  }
  const stats = createStats({ ...common, figures: api.figures });
  expect(await stats(batch(...events))).toEqual(done);
}

/** The lists of all reports together. */
async function readLists(): Promise<void> {
  addToAll('public.city', (await api.call('GET /api/city')).body);
  addToAll('public.nearby', (await api.call('GET /api/reports', { query: { area: 'tinglan-court' } })).body);
  const holders = ['property-kangning', 'power', 'grid-liuan', 'grid-puwan', 'water'];
  for (const view of inboxViews) {
    for (const department of holders)
      await readAll('GET /api/desk/reports', { staff: administrator, query: { view, department } });
    await readAll('GET /api/desk/reports', { staff: handler, query: { view } });
    for (const area of ['yunting', 'qilu', 'tinglan-court'])
      await readAll('GET /api/desk/reports', { staff: administrator, query: { view, area } });
    await readAll('GET /api/desk/reports', { staff: manager, query: { view, area: 'qilu' } });
    const theirs = { view, department: 'property-kangning' };
    await readAll('GET /api/desk/reports', { staff: manager, query: theirs });
    await refused('GET /api/desk/reports', { staff: stranger, query: theirs });
    await refused('GET /api/desk/reports', { staff: handler, query: { view, area: 'qilu' } });
  }
  for (const staff of [administrator, manager, gridWorker]) {
    await readAll('GET /api/desk/alerts', { staff });
    await readAll('POST /api/desk/search', { staff, body: { phone } });
  }
  await refused('GET /api/desk/alerts', { staff: handler });
  await refused('GET /api/desk/alerts', { staff: manager, query: { area: 'wangyu' } });
  await refused('POST /api/desk/search', { staff: handler, body: { phone } });
  for (const department of holders)
    await readAll('GET /api/desk/counts', { staff: administrator, query: { department } });
  for (const by of ['department', 'area', 'category', 'priority', 'handler'])
    await readAll('GET /api/desk/counts', { staff: administrator, query: { by } });
  await refused('GET /api/desk/counts', { staff: stranger, query: { department: 'property-kangning' } });
  await refused('GET /api/desk/counts', { staff: handler, query: { by: 'area' } });
  for (const staff of [administrator, manager, gridWorker, handler, stranger])
    await readAll('GET /api/desk/me', { staff });
  for (const by of ['department', 'category', 'area', 'hour'])
    for (const staff of [administrator, handler])
      await readAll('GET /api/desk/stats', { staff, query: { by } });
  for (const by of ['department', 'area'])
    await readAll('GET /api/desk/league', { staff: administrator, query: { by } });
  await refused('GET /api/desk/league', { staff: handler });
  await readAll('POST /api/desk/policy', { staff: administrator, body: { apply: false } });
  await refused('POST /api/desk/policy', { staff: manager, body: { apply: false } });
}

/** All pages of a list. */
async function readAll(route: string, { body, query, ...call }: Call): Promise<void> {
  let cursor: string | undefined;
  do {
    const more = cursor === undefined ? {} : { cursor };
    const reply: Reply = await api.call(route, {
      ...call,
      ...(body === undefined ? { query: { ...query, ...more } } : { body: { ...(body as object), ...more } }),
    });
    expect([route, reply.status]).toEqual([route, 200]);
    addToAll('staff.list', reply.body);
    cursor = reply.body['cursor'] as string | undefined;
  } while (cursor !== undefined);
}

async function refused(route: string, call: Call): Promise<void> {
  const { status, body } = await api.call(route, call);
  expect([route, status]).toEqual([route, 403]);
  addToAll('refused.answer', body);
}

describe('the table', () => {
  it('has a row for every event of a report', () => {
    expect([...new Set(table.map(({ type }) => type))].sort()).toEqual([...eventTypes].sort());
  });

  it('covers every text of the contracts, each with a marker word', () => {
    const texts = eventTypes.flatMap((type) => textsOf(type).map((path) => `${type} ${path}`)).sort();
    const listed = table.flatMap(({ type, words = {} }) =>
      Object.keys(words).map((path) => `${type} ${path}`),
    );
    const held = cases.flatMap(({ row, words }) => Object.keys(words).map((path) => `${row.type} ${path}`));
    expect([...new Set(listed)].sort()).toEqual(texts);
    expect([...new Set(held)].sort()).toEqual(texts);
    expect(texts).toHaveLength(26);
    const words = cases.flatMap((each) => Object.values(each.words));
    expect(new Set(words).size).toBe(words.length);
  });

  it('has events as they may be stored', () => {
    for (const { event, words } of cases) {
      const contract = reportEvents[event.type];
      expect(contract.parse(event.data)).toEqual(event.data);
      for (const word of Object.values(words)) expect(JSON.stringify(event.data)).toContain(word);
    }
  });

  it.each(cases)('shows text of $name only to those who may read it', ({ row }) => {
    const readers = Object.values(row.words ?? {}).flatMap((where) => where.split(' ').filter(Boolean));
    const all = new Set(readers.map((place) => place.split('.')[0]));
    expect(
      [...all].filter((audience) => !(row.textVisibleTo ?? '').split(' ').includes(audience ?? '')),
    ).toEqual([]);
    const knowing = new Set(row.known.split(' ').map((place) => place.split('.')[0]));
    expect([...knowing].filter((audience) => !row.visibleTo.split(' ').includes(audience ?? ''))).toEqual([]);
  });
});

describe('all output', () => {
  it('has been collected', () => {
    for (const place of places)
      expect([...seen.values()].flatMap((each) => each.texts(place))).not.toEqual([]);
    const listed = cases.filter((each) =>
      seenOf(each).find(`"number":"${each.number}"`).includes('public.nearby'),
    );
    expect(listed.length).toBeGreaterThan(30);
    const inLists = cases.filter((each) => seenOf(each).find(each.number).includes('staff.list'));
    expect(inLists).toHaveLength(cases.length);
    expect(lot.reasons()).toEqual([]);
  });

  it.each(cases)('shows of $name what the table says', (each) => {
    expect(toldOf(each, seenOf(each))).toEqual(expectedOf(each));
  });

  it.each(cases)('is rendered the same by the functions for $name', (each) => {
    expect(toldOf(each, renderedOf(each))).toEqual(expectedOf(each));
  });

  it.each(cases)('follows the rule of $name', (each) => {
    expect(rulesOf(each)).toEqual(expectedRules(each));
  });

  it('contains no erased text, except the reasons for revealing contacts', () => {
    const left = cases.flatMap(({ name, number, events, words }) => {
      const erasure = {
        ...events[0],
        id: `${number}#${events.length + 1}`,
        sequence: events.length + 1,
        type: 'personal-data-erased.v1',
        data: { parts: ['text'], cause: 'request', photos: [] },
      } as ReportEvent;
      const text = JSON.stringify(redactedHistory(kind, [...events, erasure]));
      return Object.values(words).some((word) => text.includes(word)) ? [name] : [];
    });
    expect(left).toEqual(['contact-revealed.v1']);
  });
});

/** One membership of one audience in one list of a rule, turned round. */
type Flip = { each: Case; list: 'visibleTo' | 'textVisibleTo'; audience: Audience };
type Rule = Record<string, readonly Audience[] | ((event: ReportEvent) => readonly Audience[])>;

const flips: Flip[] = cases.flatMap((each) =>
  (each.row.textVisibleTo === undefined
    ? (['visibleTo'] as const)
    : (['visibleTo', 'textVisibleTo'] as const)
  ).flatMap((list) => audiences.map((audience) => ({ each, list, audience }))),
);

/** What `ask` answers while the rule is the other way round. */
function flipped<T>({ each, list, audience }: Flip, ask: () => T): T {
  const all = kind.events as unknown as Record<string, Rule>;
  const rule = all[each.row.type] ?? expect.fail();
  const given = rule[list] ?? [];
  const other = (event: ReportEvent): readonly Audience[] => {
    const now = typeof given === 'function' ? given(event) : given;
    return now.includes(audience) ? now.filter((one) => one !== audience) : [...now, audience];
  };
  all[each.row.type] = { ...rule, [list]: other };
  try {
    return ask();
  } finally {
    all[each.row.type] = rule;
  }
}

/** Whom no page, notice or webhook tells of the event, whatever its rule says: the rule alone is compared. */
const untold = [
  // Nobody has a link to a part.
  'report-submitted.v1, as a part: visibleTo follower',
  'report-submitted.v1, as a part: visibleTo party',
  // A follower's page leaves notes out, and these are told to the department or to nobody.
  'note-added.v1, by the reporter: visibleTo follower',
  'note-added.v1, by staff for staff: visibleTo follower',
];

describe('a rule with one audience added or removed', () => {
  const judged = flips.map((flip) =>
    flipped(flip, () => ({
      flip: `${flip.each.name}: ${flip.list} ${flip.audience}`,
      isSeen: !isDeepStrictEqual(toldOf(flip.each, renderedOf(flip.each)), expectedOf(flip.each)),
      isOther: !isDeepStrictEqual(rulesOf(flip.each), expectedRules(flip.each)),
    })),
  );
  const missed = judged.filter(({ isSeen }) => !isSeen).map(({ flip }) => flip);

  it('differs from the table, whichever it is', () => {
    expect(judged).toHaveLength(355);
    expect(judged.filter(({ isSeen, isOther }) => !isSeen && !isOther)).toEqual([]);
  });

  it('changes the output, if it is in visibleTo', () => {
    const known = missed.filter((flip) => flip.includes(': visibleTo '));
    // The product tells the public of no event.
    expect(known.filter((flip) => !flip.endsWith(' public'))).toEqual(untold);
    expect(known.filter((flip) => flip.endsWith(' public'))).toHaveLength(cases.length);
  });

  it('changes the output, if it removes text from a page, notice or webhook', () => {
    const taken = flips.filter(
      ({ each: { row, name }, list, audience }) =>
        list === 'textVisibleTo' &&
        Object.values(row.words ?? {}).some((where) => where.includes(`${audience}.`)) &&
        missed.includes(`${name}: textVisibleTo ${audience}`),
    );
    // These are fields of the record as well, which its pages show whatever the rule says: the table alone guards them.
    expect(taken.map(({ each: { name }, audience }) => `${name}: ${audience}`)).toEqual([
      'report-submitted.v1: party',
      'report-submitted.v1: staff',
      'report-submitted.v1, as a part: staff',
      'report-resolved.v1: staff',
      'report-rated.v1: party',
      'report-suspended.v1: staff',
    ]);
  });

  it('leaves the rules unchanged afterwards', () => {
    expect(cases.map(rulesOf)).toEqual(cases.map(expectedRules));
  });
});

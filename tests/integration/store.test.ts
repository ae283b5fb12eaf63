import { countsOf } from '../../shared/records/report/figures.ts';
import { report, type ReportKind } from '../../shared/records/report/kind.ts';
import { reportStore } from '../support/report-domain.ts';
import { GetItemCommand, PutItemCommand, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatNumber } from '../../shared/kernel/number.ts';
import { Figures } from '../../shared/store/figures.ts';
import { Ledger } from '../../shared/store/ledger.ts';
import { addedEvents, keyOf, type Private } from '../../shared/store/item.ts';
import { pack } from '../../shared/store/packed.ts';
import { InvalidCursor } from '../../shared/store/cursor.ts';
import { RecordStore } from '../../shared/store/records.ts';
import type { Summary } from '../../shared/records/report/model.ts';
import { timerShards } from '../../shared/store/schema.ts';
import { city } from '../support/city.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { admin, after, assigned, leak, resident, Story, submit, system } from '../support/reports.ts';

let engine: Engine;
let store: RecordStore<ReportKind>;
let ledger: Ledger;
let figures: Figures;
let entropy = 1000;

beforeAll(async () => {
  engine = await startEngine();
  store = reportStore(engine.client, engine.reports);
  ledger = new Ledger(engine.client, engine.ledger, () => Promise.resolve());
  figures = new Figures(engine.client, engine.ledger, () => Promise.resolve());
});
afterAll(() => {
  engine.stop();
});

const secret: Private = { keyHash: 'k', requestHash: 'r', tokenHash: 't' };

/** A new report in the table, classified and assigned to property-kangning. */
async function stored(minutes = 0, more: Partial<Private> = {}): Promise<string> {
  const number = formatNumber('YT', '261120', (entropy += 1));
  const story = new Story();
  story.give({ ...submit, number }, resident, minutes);
  story.give(leak, system('classify'), minutes);
  const result = await store.create(report, story.events, { ...secret, ...more });
  expect(result.created).toBe(true);
  return number;
}

const asAdmin = (minutes: number, expectedVersion?: number) => ({
  now: after(minutes),
  actor: admin,
  city,
  expectedVersion,
});

const kangning = { of: 'department', department: 'property-kangning' } as const;
const water = { of: 'department', department: 'water' } as const;

async function all(view: 'triage' | 'open' | 'overdue' | 'done', now = after(0)): Promise<Summary[]> {
  const items: Summary[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.inbox(kangning, view, { now, cursor, limit: 3 });
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return items;
}

describe('the report store', () => {
  it('loads what it stored, in any script', async () => {
    const number = formatNumber('YT', '261120', 7);
    const story = new Story();
    const description = 'שלום 漏水了 👨‍👩‍👧‍👦 مرحبا\n\t“quoted” \u200f end ';
    story.give({ ...submit, number, description }, resident, 0);
    const made = await store.create(report, story.events, secret);
    const read = await store.load(number);
    expect(read?.record).toEqual({ ...story.report, storedBytes: pack(story.events).length });
    expect(made).toEqual({ created: true, stored: read });
    expect(read?.record.description).toBe(description);
    expect(read?.events).toEqual(story.events);
    expect(read?.private).toEqual(secret);
  });

  it('creates one report for a request written concurrently under two numbers', async () => {
    for (let round = 0; round < 30; round += 1) {
      const places = ['261120', '261121'].map((date) => ({
        number: formatNumber('YT', date, (entropy += 1)),
        keyHash: `${date} of round ${round}`,
      }));
      const results = await Promise.all(
        places.map(({ number, keyHash }) => {
          const story = new Story();
          story.give({ ...submit, number }, resident, 0);
          const rivals = places.filter((place) => place.number !== number);
          return store.create(report, story.events, { ...secret, keyHash }, rivals);
        }),
      );
      const made = await store.loadMany(places.map(({ number }) => number));
      expect(made).toHaveLength(1);
      expect(results.filter(({ created }) => created)).toHaveLength(1);
      for (const result of results)
        expect(result.created ? result.stored.record.number : result.existing.record.number).toBe(
          made[0]?.record.number,
        );
    }
  });

  it('creates a report when a rival number belongs to another request', async () => {
    const [theirs, ours] = [await stored(), formatNumber('YT', '261121', (entropy += 1))];
    const story = new Story();
    story.give({ ...submit, number: ours }, resident, 0);
    const rivals = [{ number: theirs, keyHash: 'ours' }];
    expect(await store.create(report, story.events, { ...secret, keyHash: 'ours' }, rivals)).toMatchObject({
      created: true,
    });
    expect(await store.create(report, story.events, { ...secret, keyHash: 'another' }, rivals)).toMatchObject(
      {
        created: false,
        existing: { record: { number: ours } },
      },
    );
  });

  it('returns the existing report when a number is taken', async () => {
    const number = await stored();
    const other = new Story();
    other.give({ ...submit, number, description: '另一份' }, resident, 1);
    const result = await store.create(report, other.events, { ...secret, keyHash: 'other' });
    expect(result).toMatchObject({ created: false, existing: { private: { keyHash: 'k' } } });
    expect((await store.load(number))?.record.description).toBe(submit.description);
  });

  it('decides again after a concurrent write', async () => {
    const number = await stored();
    const notes = Array.from({ length: 6 }, (_, i) =>
      store.execute(number, { type: 'note', text: `第${i}条`, photos: [], audience: 'everyone' }, asAdmin(i)),
    );
    expect((await Promise.all(notes)).every((result) => result.ok)).toBe(true);
    const read = await store.load(number);
    const texts = read?.events.flatMap((event) => (event.type === 'note-added.v1' ? [event.data.text] : []));
    expect(texts?.sort()).toEqual(['第0条', '第1条', '第2条', '第3条', '第4条', '第5条']);
    expect(read?.events.map((event) => event.sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('accepts one of two concurrent commands on the same version', async () => {
    const number = await stored();
    const results = await Promise.all([
      store.execute(number, { type: 'start' }, asAdmin(1, 3)),
      store.execute(number, { type: 'return', reason: '不是我们' }, asAdmin(1, 3)),
    ]);
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    expect(results.find((result) => !result.ok)).toMatchObject({ refusal: { kind: 'stale-version' } });
  });

  it('executes a command once for one idempotency key', async () => {
    const number = await stored();
    const note = { type: 'note', text: '一次', photos: [], audience: 'everyone' } as const;
    await store.execute(number, note, asAdmin(1), { key: 'same', request: 'a' });
    await store.execute(number, note, asAdmin(2), { key: 'same', request: 'a' });
    await store.execute(number, note, asAdmin(3), { key: 'another', request: 'a' });
    expect(await store.execute(number, note, asAdmin(4), { key: 'same', request: 'b' })).toEqual({
      ok: false,
      refusal: { kind: 'key-reused' },
    });
    const read = await store.load(number);
    expect(read?.events.filter((event) => event.type === 'note-added.v1')).toHaveLength(2);
  });

  it('recognises its own write when the response was lost', async () => {
    const number = await stored();
    const send = engine.client.send.bind(engine.client);
    const twice = {
      send: async (command: object) => {
        const result = await send(command as never);
        // The SDK repeats a put after a connection reset.
        return command instanceof PutItemCommand ? send(command) : result;
      },
    };
    const unlucky = reportStore(twice as never, engine.reports);
    const note = { type: 'note', text: '一次', photos: [], audience: 'everyone' } as const;
    expect((await unlucky.execute(number, note, asAdmin(1))).ok).toBe(true);
    expect((await unlucky.execute(number, { type: 'start' }, asAdmin(2, 4))).ok).toBe(true);
    const read = await store.load(number);
    expect(read?.events.filter((event) => event.type === 'note-added.v1')).toHaveLength(1);
    expect(read?.record.state).toBe('in-progress');
  });

  it('retries a write after a transaction conflict', async () => {
    const number = await stored();
    const send = engine.client.send.bind(engine.client);
    let puts = 0;
    const contended = {
      send: (command: object) => {
        if (!(command instanceof PutItemCommand) || (puts += 1) > 3) return send(command as never);
        throw new TransactionConflictException({ message: 'conflict', $metadata: {} });
      },
    };
    const note = { type: 'note', text: '一次', photos: [], audience: 'everyone' } as const;
    const busy = reportStore(contended as never, engine.reports);
    expect((await busy.execute(number, note, asAdmin(1))).ok).toBe(true);
    expect(puts).toBe(4);
    expect((await store.load(number))?.record.version).toBe(4);
  });

  it('refuses commands on a report that does not exist', async () => {
    const result = await store.execute(formatNumber('YT', '261120', 1), { type: 'start' }, asAdmin(1));
    expect(result).toEqual({ ok: false, refusal: { kind: 'not-found' } });
  });

  it('lists a department’s reports by due time, in pages, and moves them between views', async () => {
    const numbers = [await stored(30), await stored(10), await stored(20), await stored(40)];
    const listed = (await all('open'))
      .map((item) => item.number)
      .filter((number) => numbers.includes(number));
    expect(listed).toEqual([numbers[1], numbers[2], numbers[0], numbers[3]]);
    await store.execute(numbers[1] ?? '', { type: 'resolve', text: '好了', photos: [] }, asAdmin(50));
    await store.execute(numbers[2] ?? '', { type: 'withdraw' }, { ...asAdmin(51), actor: resident });
    const open = (await all('open')).map((item) => item.number);
    expect(open).not.toContain(numbers[1]);
    expect(open).not.toContain(numbers[2]);
    expect((await all('done')).map((item) => item.number)).toContain(numbers[1]);
    const overdue = (await all('overdue', after(60 * 24 * 40))).map((item) => item.number);
    expect(overdue).toContain(numbers[0]);
    expect(await all('overdue', after(0))).toEqual([]);
  });

  it('refuses an invalid cursor, and one of another list', async () => {
    const page = await store.inbox(kangning, 'open', { now: after(0), limit: 1 });
    await expect(store.inbox(water, 'open', { now: after(0), cursor: page.cursor })).rejects.toThrow(
      InvalidCursor,
    );
    await expect(store.inbox(water, 'open', { now: after(0), cursor: 'x' })).rejects.toThrow(InvalidCursor);
    await expect(
      store.inbox(water, 'open', {
        now: after(0),
        cursor: Buffer.from('{"__proto__":"x"}').toString('base64url'),
      }),
    ).rejects.toThrow(InvalidCursor);
    const strange = Buffer.from(
      JSON.stringify({ departmentView: 'water#open', x: '1', y: '2', z: '3' }),
    ).toString('base64url');
    await expect(store.inbox(water, 'open', { now: after(0), cursor: strange })).rejects.toThrow(
      InvalidCursor,
    );
  });

  it('finds reports by the hash of the telephone number', async () => {
    const [one, two] = [
      await stored(1, { contactHash: 'hash-a' }),
      await stored(2, { contactHash: 'hash-a' }),
    ];
    await stored(3, { contactHash: 'hash-b' });
    const page = await store.byContact(['hash-a']);
    expect(page.items).toEqual([two, one]);
  });

  it('lists as due exactly the reports with a due timer, without ended ones', async () => {
    const [soon, late, ended] = [await stored(0), await stored(100_000), await stored(0)];
    await store.execute(ended, { type: 'reject', reason: '不在范围' }, asAdmin(1));
    const due: string[] = [];
    for await (const number of store.due(after(50_000))) due.push(number);
    expect(due).toContain(soon);
    expect(due).not.toContain(late);
    expect(due).not.toContain(ended);
    expect(new Set(due).size).toBe(due.length);
  });

  it('lists all due reports, on any number of pages', async () => {
    const soon = await Promise.all(Array.from({ length: 30 }, () => stored(0)));
    const { middlewareStack } = engine.client;
    let pages = 0;
    middlewareStack.add(
      (next) => (args) => {
        pages += 1;
        return next({ ...args, input: { ...args.input, Limit: 2 } });
      },
      { name: 'smallPages' },
    );
    const due: string[] = [];
    for await (const number of store.due(after(50_000))) due.push(number);
    middlewareStack.remove('smallPages');
    expect(due).toEqual(expect.arrayContaining(soon));
    expect(new Set(due).size).toBe(due.length);
    expect(pages).toBeGreaterThan(timerShards);
  });

  it('derives the added events from two stream images', async () => {
    const number = await stored();
    const read = async () =>
      (await engine.client.send(new GetItemCommand({ TableName: engine.reports, Key: keyOf(number) })))
        .Item ?? {};
    const before = await read();
    await store.execute(number, { type: 'start' }, asAdmin(1));
    const added = addedEvents(report, before, await read());
    expect(added.map((event) => event.type)).toEqual(['assignment-acknowledged.v1', 'work-started.v1']);
    expect(addedEvents(report, undefined, before)).toHaveLength(3);
  });

  it('keeps a full history below the maximum item size', async () => {
    const number = await stored();
    // Random, as the size after compression counts.
    const long = (): string =>
      Array.from({ length: 2000 }, () =>
        String.fromCharCode(0x4e00 + Math.floor(Math.random() * 20_000)),
      ).join('');
    let result;
    for (let i = 0; i < 200; i += 1) {
      result = await store.execute(
        number,
        { type: 'note', text: long(), photos: [], audience: 'staff' },
        asAdmin(i),
      );
      if (!result.ok) break;
    }
    expect(result).toMatchObject({ ok: false, refusal: { kind: 'history-full' } });
    const done = await store.execute(number, { type: 'resolve', text: long(), photos: [] }, asAdmin(300));
    expect(done.ok).toBe(true);
    // The returned size equals the stored size, so no command is offered that would be refused.
    expect(done.ok && done.stored).toEqual(await store.load(number));
  });
});

describe('the ledger', () => {
  it('counts an event once, whatever the repetition and order of delivery', async () => {
    const story = assigned();
    story.give({ type: 'acknowledge' }, admin, 5);
    story.give({ type: 'resolve', text: '好了', photos: [] }, admin, 65);
    const events = [...story.events, ...story.events.toReversed(), ...story.events].map((event) => ({
      number: event.number,
      sequence: event.sequence,
      day: '2026-11-20',
      counts: countsOf(event, '09'),
    }));
    await Promise.all(events.map((event) => figures.count([event], '2026-11-20', after(100))));
    const rows = await figures.day('department', '2026-11-20');
    expect(rows.get('property-kangning')).toEqual({
      assigned: 1,
      routed: 1,
      acknowledged: 1,
      acknowledgedOnTime: 1,
      resolved: 1,
      resolvedOnTime: 1,
      secondsToResolve: 3900,
      took44: 1,
    });
    expect((await figures.day('area', '2026-11-20')).get('tinglan-court')).toMatchObject({
      received: 1,
      resolved: 1,
    });
    expect((await figures.day('category', '2026-11-20')).get('building.leak')).toMatchObject({
      resolved: 1,
    });
    expect(await figures.day('department', '2026-11-21')).toEqual(new Map());
  });

  it('grants a claim to one holder, again after it lapses, and never after completion', async () => {
    const claim = (what: string, holder: string, minutes: number) =>
      ledger.claim(what, { holder, now: after(minutes), holdSeconds: 60 });
    const mine = { done: new Set() };
    expect(await claim('x', 'a', 0)).toEqual(mine);
    expect(await claim('x', 'b', 0)).toBe('taken');
    expect(await claim('x', 'a', 0)).toEqual(mine);
    expect(await claim('x', 'b', 2)).toEqual(mine);
    await ledger.complete('x');
    expect(await claim('x', 'a', 900)).toBe('done');
    expect(await claim('x', 'b', 900)).toBe('done');
    expect(await claim('y', 'a', 0)).toEqual(mine);
    await ledger.release('y', new Set(['one']), after(0));
    expect(await claim('y', 'b', 0)).toEqual({ done: new Set(['one']) });
  });
});

describe('the DynamoDB engine', () => {
  it('checks conditions as DynamoDB does', async () => {
    const put = (condition: string) =>
      engine.client.send(
        new PutItemCommand({
          TableName: engine.ledger,
          Item: { pk: { S: 'c' }, sk: { S: 'c' } },
          ConditionExpression: condition,
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
    await put('attribute_not_exists(pk)');
    await expect(put('attribute_not_exists(pk)')).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      Item: { pk: { S: 'c' } },
    });
  });
});

import { report, type ReportKind } from '../../shared/records/report/kind.ts';
import { registries } from '../support/registries.ts';
import { reportStore } from '../support/report-domain.ts';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHandler as createDigest } from '../../functions/digest/handler.ts';
import { createHandler as createNotify } from '../../functions/notify/handler.ts';
import { createHandler as createSweep } from '../../functions/sweep/handler.ts';
import type { City, Webhook } from '../../shared/config/city.ts';
import { formatNumber } from '../../shared/kernel/number.ts';
import { Ledger } from '../../shared/store/ledger.ts';
import { RecordStore } from '../../shared/store/records.ts';
import { webhookCaller } from '../../shared/webhook/call.ts';
import { city } from '../support/city.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { startKms } from '../support/kms.ts';
import { batch, parkingLot } from '../support/queue.ts';
import { after, leak, resident, start, Story, submit, system } from '../support/reports.ts';

const kms = await startKms();
afterAll(() => kms.stop());
let engine: Engine;
let store: RecordStore<ReportKind>;
let ledger: Ledger;
let entropy = 5000;
const lot = parkingLot();
const clock = { now: start };
const now = (): string => clock.now;
const sns = mockClient(new SNSClient({ region: 'us-east-1' }));

/** Each test has its own tables, because a digest sends all pending lines. */
beforeEach(async () => {
  engine = await startEngine();
  store = reportStore(engine.client, engine.reports);
  ledger = new Ledger(engine.client, engine.ledger, () => Promise.resolve());
  sns.reset();
  sns.on(PublishCommand).resolves({});
  clock.now = start;
  return () => {
    engine.stop();
  };
});

async function open(): Promise<string> {
  const number = formatNumber('YT', '261120', (entropy += 1));
  const story = new Story();
  story.give({ ...submit, number, photos: [] }, resident, 0);
  story.give(leak, system('classify'), 0);
  await store.create(report, story.events, { keyHash: 'k', requestHash: 'r', tokenHash: 't' });
  return number;
}

const notify = (rules: City = city) =>
  createNotify({
    ...registries,
    city: rules,
    store,
    ledger,
    contacts: kms.opener,
    sns: sns as never,
    topicArn: 'arn:notices',
    parking: lot.parking,
    now,
  });
const digest = (rules: City = city, book: Ledger = ledger) =>
  createDigest({
    city: rules,
    ledger: book,
    sns: sns as never,
    topicArn: 'arn:notices',
    call: webhookCaller(),
    now,
  });

/** Advances the clocks of these reports, and delivers their clock events to notify `times` times. */
async function breach(
  numbers: readonly string[],
  { minutes = 31, times = 1, rules = city } = {},
): Promise<void> {
  clock.now = after(minutes);
  await createSweep({ city: rules, store, random: () => 0, now })();
  const said = (await Promise.all(numbers.map((number) => store.load(number)))).flatMap((stored) =>
    (stored?.events ?? []).filter(({ type }) => type.startsWith('clock-')),
  );
  for (let time = 0; time < times; time += 1)
    for (let at = 0; at < said.length; at += 10)
      expect(await notify(rules)(batch(...said.slice(at, at + 10)))).toEqual({ batchItemFailures: [] });
}

type Told = {
  id: string;
  to: { kind: string; email?: string };
  subject: string;
  text: string;
  numbers: string[];
};
const told = (): Record<string, Told[]> =>
  Object.groupBy(
    sns.commandCalls(PublishCommand).map((call) => JSON.parse(call.args[0].input.Message ?? '') as Told),
    ({ to }) => to.kind,
  ) as Record<string, Told[]>;

describe('a digest', () => {
  it('is one message for each recipient when three hundred clocks breach in a minute', async () => {
    const numbers = await Promise.all(Array.from({ length: 300 }, open));
    await breach(numbers);
    expect(sns.commandCalls(PublishCommand)).toHaveLength(0);
    expect(await digest()()).toEqual({ told: 2, lines: 600 });
    const { department = [], head = [] } = told();
    expect([department.length, head.length]).toEqual([1, 1]);
    for (const message of [...department, ...head]) {
      expect(message.subject).toBe('提醒 300 件：超时 300');
      expect(message.numbers.toSorted()).toEqual(numbers.toSorted());
      expect(message.text.split('\n')).toHaveLength(31);
      expect(message.text).toContain('另有 270 件');
    }
    expect(await digest()()).toEqual({ told: 0, lines: 0 });
  });

  it('has each line once, however often its event is delivered', async () => {
    const number = await open();
    await breach([number], { times: 3 });
    expect(await digest()()).toEqual({ told: 2, lines: 2 });
    // Redelivery after the digest was sent adds nothing either.
    await breach([number], { times: 2 });
    expect(await digest()()).toEqual({ told: 0, lines: 0 });
  });

  it('is sent to the area’s alert address when a clock is escalated', async () => {
    const areas = city.areas.map((area) =>
      area.id === 'liuan' ? { ...area, alerts: { email: 'liuan@example.org' } } : area,
    );
    const rules = { ...city, areas };
    const number = await open();
    await breach([number], { minutes: 61, rules });
    await digest(rules)();
    const [area] = told()['area'] ?? [];
    expect(area).toMatchObject({ to: { area: 'liuan', email: 'liuan@example.org' }, numbers: [number] });
    expect(area?.subject).toBe('提醒 1 件：提级 1');
  });

  it('leaves out reports that are resolved before it is sent', async () => {
    const number = await open();
    clock.now = after(31);
    await createSweep({ city, store, random: () => 0, now })();
    const admin = { kind: 'staff', username: 'a', role: 'admin', departments: [], areas: [] } as const;
    await store.execute(
      number,
      { type: 'resolve', text: '好了', photos: [] },
      { now: after(31), actor: admin, city },
    );
    await breach([number], { minutes: 32 });
    expect(await digest()()).toEqual({ told: 0, lines: 0 });
  });

  it('is sent again when a run dies after sending and before deleting its lines', async () => {
    await breach([await open()]);
    const dying = new Proxy(ledger, {
      get: (target, name) =>
        name === 'deleteSent'
          ? () => Promise.reject(new Error('the process ended'))
          : (Reflect.get(target, name) as (...args: unknown[]) => unknown).bind(target),
    });
    await expect(digest(city, dying)()).rejects.toThrow('2 of 2 digests');
    expect(await digest()()).toEqual({ told: 2, lines: 2 });
    expect(sns.commandCalls(PublishCommand)).toHaveLength(4);
  });
});

describe('a group robot', () => {
  let server: Server;
  let address: string;
  const calls: { contentType: string | undefined; body: unknown }[] = [];
  const answers: { status: number; body: string }[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      void read(request).then((text) => {
        calls.push({ contentType: request.headers['content-type'], body: JSON.parse(text) as unknown });
        const { status, body } = answers.shift() ?? { status: 200, body: '{"errcode":0,"errmsg":"ok"}' };
        response.writeHead(status, { 'content-type': 'application/json', location: '/elsewhere' }).end(body);
      });
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cgi-bin/webhook/send?key=k`;
  });
  afterAll(() => server.close());
  beforeEach(() => {
    calls.length = 0;
    answers.length = 0;
  });

  async function read(request: IncomingMessage): Promise<string> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    return text;
  }

  /** The city in which this robot receives the alerts of kangning's head. */
  const withRobot = (webhook: Webhook = { url: address, intranet: true }): City => ({
    ...city,
    departments: city.departments.map((department) =>
      department.id === 'property-kangning' ? { ...department, alerts: { webhook } } : department,
    ),
  });

  it('receives text in the format and length limit of 企业微信', async () => {
    const numbers = await Promise.all(Array.from({ length: 60 }, open));
    await breach(numbers, { rules: withRobot() });
    await digest(withRobot())();
    expect(calls).toHaveLength(1);
    const [{ contentType, body } = expect.fail()] = calls;
    expect(contentType).toBe('application/json');
    expect(body).toEqual({ msgtype: 'text', text: { content: expect.any(String) as string } });
    const { content } = (body as { text: { content: string } }).text;
    expect(content).toMatch(/^提醒 60 件：超时 60\nYT-/);
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(2048);
  });

  it.each([
    ['fails', { status: 500, body: '' }],
    ['sends away', { status: 302, body: '' }],
    ['takes no more', { status: 200, body: '{"errcode":45009,"errmsg":"api freq out of limit"}' }],
    ['is gone', { status: 200, body: '{"errcode": 93000, "errmsg": "invalid webhook url"}' }],
  ])('that %s is retried, and other recipients are not delayed', async (_, answer) => {
    answers.push(answer);
    await breach([await open()], { rules: withRobot() });
    await expect(digest(withRobot())()).rejects.toThrow('1 of 2 digests');
    expect(Object.keys(told())).toEqual(['department']);
    expect(await digest(withRobot())()).toEqual({ told: 1, lines: 1 });
    expect(calls).toHaveLength(2);
    expect(told()['head']).toHaveLength(1);
    expect(told()['department']).toHaveLength(1);
  });

  it('at a forbidden address is not called, and the failure is logged', async () => {
    const logged = vi.spyOn(console, 'error').mockReturnValue(undefined);
    const rules = withRobot({ url: address.replace('http:', 'https:') });
    await breach([await open()], { rules });
    await expect(digest(rules)()).rejects.toThrow('1 of 2 digests');
    expect(calls).toEqual([]);
    expect(JSON.stringify(logged.mock.calls)).toMatch(/digest-failed.*127\.0\.0\.1 is no public address/);
    logged.mockRestore();
  });
});

import { kinds } from '../../shared/records/kinds.ts';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createHmac } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHandler as createDeliver } from '../../functions/deliver/handler.ts';
import type { Webhook } from '../../shared/config/city.ts';
import { parseSecret, withNewKey } from '../../shared/config/secret.ts';
import { Keys } from '../../shared/http/credentials.ts';
import { consumer, Unprocessable } from '../../shared/queue/consume.ts';
import { webhookCaller } from '../../shared/webhook/call.ts';
import { city } from '../support/city.ts';
import { batch, parkingLot } from '../support/queue.ts';
import { after, assigned, start } from '../support/reports.ts';

const [submitted, , assignedEvent] = assigned().events;

describe('a queue consumer', () => {
  const lot = parkingLot();
  beforeEach(() => {
    lot.mock.resetHistory();
  });

  it('returns only failed messages', async () => {
    let calls = 0;
    const handle = consumer(kinds, lot.parking, () => {
      calls += 1;
      return calls === 2 ? Promise.reject(new Error('later')) : Promise.resolve();
    });
    expect(await handle(batch(submitted, submitted, submitted))).toEqual({
      batchItemFailures: [{ itemIdentifier: '1' }],
    });
    expect(lot.reasons()).toEqual([]);
  });

  it('parks and acknowledges a message that can never succeed, with its reason', async () => {
    const handle = consumer(kinds, lot.parking, () =>
      Promise.reject(new Unprocessable('no such department')),
    );
    expect(await handle(batch(submitted, 'not json', { id: 1 }))).toEqual({ batchItemFailures: [] });
    const reasons = lot.reasons();
    expect(reasons).toContain('no such department');
    expect(reasons).toContain('the message is not JSON');
    expect(reasons).toHaveLength(3);
  });

  it('parks it whatever characters the reason has', async () => {
    const reason = `${'x'.repeat(999)}🚰\0`;
    const handle = consumer(kinds, lot.parking, () => Promise.reject(new Unprocessable(reason)));
    await handle(batch(submitted));
    expect(lot.reasons()).toEqual([`${'x'.repeat(999)}\uFFFD`]);
  });

  it('retries a message that it cannot park', async () => {
    lot.mock.on(SendMessageCommand).rejectsOnce(new Error('no queue'));
    const handle = consumer(kinds, lot.parking, () => Promise.reject(new Unprocessable('never')));
    expect(await handle(batch(submitted))).toEqual({ batchItemFailures: [{ itemIdentifier: '0' }] });
  });

  it('ignores unknown event types', async () => {
    const handle = consumer(kinds, lot.parking, () => Promise.reject(new Error('not reached')));
    expect(await handle(batch({ ...submitted, type: 'report-painted.v1' }))).toEqual({
      batchItemFailures: [],
    });
    expect(lot.reasons()).toEqual([]);
  });
});

describe('delivery to a department', () => {
  const lot = parkingLot();
  const keys = new Keys(parseSecret('a secret of more than thirty-two characters'), start);
  let server: Server;
  let answers: number[] = [];
  const received: { headers: IncomingMessage['headers']; body: string }[] = [];
  let address: string;
  let deliver: ReturnType<typeof createDeliver>;

  const deliverTo = (webhook: Webhook, signed?: { keys: Keys; now: string }) =>
    createDeliver({
      kinds,
      city: {
        ...city,
        departments: city.departments.map((department) =>
          department.id === 'property-kangning' ? { ...department, webhook } : department,
        ),
      },
      keys: () => Promise.resolve(signed?.keys ?? keys),
      parking: lot.parking,
      call: webhookCaller(),
      now: () => signed?.now ?? start,
    });

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        received.push({ headers: request.headers, body });
        response.writeHead(answers.shift() ?? 200, { location: '/elsewhere' }).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    deliver = deliverTo({ url: address, intranet: true });
  });
  afterAll(() => {
    server.close();
  });
  beforeEach(() => {
    lot.mock.resetHistory();
    received.length = 0;
    answers = [];
  });

  it('calls its webhook with the event, signed', async () => {
    expect(await deliver(batch(assignedEvent))).toEqual({ batchItemFailures: [] });
    const [call] = received;
    expect(JSON.parse(call?.body ?? '')).toEqual(assignedEvent);
    const timestamp = String(call?.headers['x-suishoubao-timestamp']);
    expect(timestamp).toBe(String(Date.parse(start) / 1000));
    const expected = createHmac('sha256', keys.current.webhookSecret('property-kangning'))
      .update(`${timestamp}.${call?.body ?? ''}`)
      .digest('hex');
    expect(call?.headers['x-suishoubao-signature']).toBe(`sha256=${expected}`);
  });

  it('signs with the former key too, until departments have the new one', async () => {
    const rotated = withNewKey(
      parseSecret('a secret of more than thirty-two characters'),
      'another secret of more than thirty-two characters',
      start,
      6,
    );
    const signaturesAt = async (instant: string): Promise<string[]> => {
      received.length = 0;
      const signed = { keys: new Keys(rotated, instant), now: instant };
      await deliverTo({ url: address, intranet: true }, signed)(batch(assignedEvent));
      return String(received[0]?.headers['x-suishoubao-signature']).split(', ');
    };
    const day = 1440;
    const [announced, inGrace, afterGrace] = [
      await signaturesAt(after(1)),
      await signaturesAt(after(29 * day)),
      await signaturesAt(after(31 * day)),
    ];
    expect(announced).toHaveLength(1);
    expect(afterGrace).toHaveLength(1);
    expect(inGrace).toHaveLength(2);
    const sign = (secret: string, instant: string, body: string): string =>
      `sha256=${createHmac('sha256', secret)
        .update(`${String(Date.parse(instant) / 1000)}.${body}`)
        .digest('hex')}`;
    const body = received[0]?.body ?? '';
    const [newer, older] = new Keys(rotated, start).all.map((key) => key.webhookSecret('property-kangning'));
    expect(announced).toEqual([sign(older ?? '', after(1), body)]);
    expect(inGrace).toEqual([newer, older].map((secret) => sign(secret ?? '', after(29 * day), body)));
    expect(afterGrace).toEqual([sign(newer ?? '', after(31 * day), body)]);
  });

  it.each([500, 503, 429, 408, 302])('retries after %d', async (status) => {
    answers = [status];
    expect(await deliver(batch(assignedEvent))).toEqual({ batchItemFailures: [{ itemIdentifier: '0' }] });
    expect(lot.reasons()).toEqual([]);
  });

  it.each([400, 404, 410])('parks it after %d', async (status) => {
    answers = [status];
    expect(await deliver(batch(assignedEvent))).toEqual({ batchItemFailures: [] });
    expect(lot.reasons()).toEqual([`webhook answered ${status}`]);
  });

  it('parks it without a call when the address is forbidden', async () => {
    expect(await deliverTo({ url: address })(batch(assignedEvent))).toEqual({ batchItemFailures: [] });
    const secure = address.replace('http:', 'https:');
    expect(await deliverTo({ url: secure })(batch(assignedEvent))).toEqual({ batchItemFailures: [] });
    expect(lot.reasons()).toEqual([
      'webhook refused: http: is not https',
      'webhook refused: 127.0.0.1 is no public address',
    ]);
    expect(received).toEqual([]);
  });

  it('does nothing for a department without a webhook', async () => {
    const event = { ...assignedEvent, data: { ...assignedEvent?.data, department: 'water' } };
    expect(await deliver(batch(event))).toEqual({ batchItemFailures: [] });
    expect(received).toEqual([]);
  });

  it('parks messages for unknown departments', async () => {
    const event = { ...assignedEvent, data: { ...assignedEvent?.data, department: 'gone' } };
    await deliver(batch(event));
    expect(lot.reasons()).toEqual(['no department "gone" in this city']);
  });
});

import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { batch, parkingLot } from '../support/queue.ts';
import { consumer, createRelay, eventTypes, Unprocessable } from './subject.ts';

/** What the functions send and print: message attributes, ids, bodies, metrics and warnings. */

const number = 'YT-261120-000017';
const part = `${number}-1`;
const photo = { id: 'p1', contentType: 'image/jpeg', size: 1000 };
const about = { department: 'police', category: 'building.leak', area: 'tinglan-court' };
const yes = { photos: 'yes' };
const joint = { joint: 'yes' };
const police = { department: 'police' };

/**
 * A row each event type: its data as far as the relay looks, and the attributes beside `type` that the message of a
 * report and of a part have. A type with two rows has them for two kinds of data.
 */
type Attributes = Record<string, string>;
const rows: [type: string, data: object, ofReport: Attributes, ofPart: Attributes][] = [
  ['report-submitted.v1', { photos: [photo] }, yes, yes],
  ['report-submitted.v1', { photos: [] }, {}, {}],
  ['report-classified.v1', { category: 'building.leak' }, {}, {}],
  ['report-triaged.v1', about, {}, joint],
  ['report-assigned.v1', { ...about, photos: ['p1'] }, police, { ...police, ...joint }],
  [
    'report-assigned.v1',
    { ...about, department: 'water', photos: [] },
    { department: 'water' },
    { department: 'water', ...joint },
  ],
  ['assignment-acknowledged.v1', about, {}, joint],
  ['work-started.v1', about, {}, {}],
  ['assignment-returned.v1', about, {}, {}],
  ['assignment-transferred.v1', { ...about, to: 'water' }, {}, {}],
  ['report-resolved.v1', { ...about, photos: [photo] }, yes, { ...yes, ...joint }],
  ['report-resolved.v1', { ...about, photos: [] }, {}, joint],
  ['note-added.v1', { text: '补充', photos: [photo], audience: 'staff' }, yes, yes],
  ['note-added.v1', { text: '补充', photos: [], audience: 'everyone' }, {}, {}],
  ['photos-processed.v1', { photos: [{ id: 'p1', status: 'ready' }] }, {}, {}],
  ['photo-blurred.v1', { photo: 'p1', regions: [] }, yes, yes],
  ['report-rated.v1', { ...about, score: 1, followUp: true }, {}, {}],
  ['report-reopened.v1', about, {}, {}],
  ['report-withdrawn.v1', about, {}, joint],
  ['report-rejected.v1', about, {}, joint],
  ['report-merged.v1', { ...about, into: 'YT-261120-00002E' }, {}, {}],
  ['duplicate-joined.v1', { number: 'YT-261120-00002E' }, {}, {}],
  ['contact-revealed.v1', { reason: '上门' }, {}, {}],
  ['link-renewed.v1', {}, {}, {}],
  ['link-revoked.v1', { reason: '泄露' }, {}, {}],
  ['personal-data-erased.v1', { parts: ['text'], cause: 'request', photos: [] }, joint, {}],
  [
    'personal-data-erased.v1',
    { parts: ['photos'], cause: 'retention', photos: ['p1'] },
    { ...yes, ...joint },
    yes,
  ],
  ['report-supervised.v1', about, {}, {}],
  ['alert-taken.v1', about, {}, {}],
  ['clock-warned.v1', about, {}, {}],
  ['clock-breached.v1', about, {}, {}],
  ['clock-escalated.v1', about, {}, {}],
  ['alert-reminded.v1', about, {}, {}],
  ['report-suspended.v1', about, {}, {}],
  ['report-resumed.v1', about, {}, {}],
  ['extension-requested.v1', about, {}, {}],
  ['extension-granted.v1', about, {}, {}],
  ['extension-declined.v1', about, {}, {}],
  ['priority-changed.v1', about, {}, {}],
  ['policy-applied.v1', about, {}, {}],
  ['report-closed.v1', about, {}, {}],
  ['follow-up-recorded.v1', about, {}, {}],
  ['support-requested.v1', { ...about, parts: [{ number: part, department: 'police' }] }, joint, joint],
  ['support-acknowledged.v1', { ...about, part, supporter: 'police' }, {}, {}],
  ['support-transferred.v1', { ...about, part, supporter: 'police' }, {}, {}],
  ['support-answered.v1', { ...about, part, supporter: 'police' }, {}, {}],
  ['support-cancelled.v1', { ...about, parts: [part], reason: '不再等待' }, joint, joint],
];

const eventOf = (of: string, sequence: number, type: string, data: object) => ({
  id: `${of}#${sequence}`,
  type,
  number: of,
  sequence,
  occurredAt: '2026-11-20T01:00:00.000Z',
  actor: { kind: 'system', name: 'test' },
  data,
});

describe('the relay', () => {
  const sns = mockClient(SNSClient);
  afterAll(() => {
    sns.restore();
  });
  const relay = createRelay({ sns: new SNSClient({ region: 'us-east-1' }), topicArn: 'arn:topic' });
  beforeEach(() => {
    sns.reset();
    sns.on(PublishBatchCommand).resolves({ Successful: [], Failed: [] });
  });

  const image = (events: object[]) =>
    marshall({ number, events: events.map((event) => JSON.stringify(event)) }) as never;
  const sent = () => sns.commandCalls(PublishBatchCommand).map((call) => call.args[0].input);

  it('knows exactly the types in the table', () => {
    expect([...new Set(rows.map(([type]) => type))].sort()).toEqual([...eventTypes].sort());
    expect(eventTypes).toHaveLength(42);
  });

  it.each(
    rows.flatMap(([type, data, ofReport, ofPart]) => [
      { type, of: number, data, attributes: ofReport },
      { type, of: part, data, attributes: ofPart },
    ]),
  )('sends $type of $of with $attributes', async ({ type, of, data, attributes }) => {
    const earlier = eventOf(of, 1, 'report-submitted.v1', { photos: [] });
    const event = eventOf(of, 2, type, data);
    const Records: DynamoDBRecord[] = [
      {
        eventName: 'MODIFY',
        dynamodb: { SequenceNumber: '7', OldImage: image([earlier]), NewImage: image([earlier, event]) },
      },
    ];
    expect(await relay({ Records })).toEqual({ batchItemFailures: [] });
    expect(sent()).toEqual([
      {
        TopicArn: 'arn:topic',
        PublishBatchRequestEntries: [
          {
            Id: '2',
            Message: JSON.stringify(event),
            MessageAttributes: Object.fromEntries(
              Object.entries({ type, kind: 'report', ...attributes }).map(([name, value]) => [
                name,
                { DataType: 'String', StringValue: value },
              ]),
            ),
          },
        ],
      },
    ]);
  });

  it('sends the stored bytes unchanged', async () => {
    const event = eventOf(number, 1, 'link-renewed.v1', {});
    await relay({ Records: [{ eventName: 'INSERT', dynamodb: { NewImage: image([event]) } }] });
    expect(sent()[0]?.PublishBatchRequestEntries?.[0]?.Message).toBe(
      '{"id":"YT-261120-000017#1","type":"link-renewed.v1","number":"YT-261120-000017","sequence":1,' +
        '"occurredAt":"2026-11-20T01:00:00.000Z","actor":{"kind":"system","name":"test"},"data":{}}',
    );
  });
});

describe('a message that is parked', () => {
  const lot = parkingLot();
  const printed: string[] = [];
  const warned: unknown[][] = [];
  const failed: unknown[][] = [];
  beforeEach(() => {
    lot.mock.resetHistory();
    vi.useFakeTimers({ now: Date.parse('2026-11-20T01:00:00.000Z'), toFake: ['Date'] });
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
    vi.spyOn(console, 'warn').mockImplementation((...words: unknown[]) => warned.push(words));
    vi.spyOn(console, 'error').mockImplementation((...words: unknown[]) => failed.push(words));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
    for (const list of [printed, warned, failed]) list.length = 0;
  });
  const event = eventOf(number, 1, 'link-renewed.v1', {});
  const metric =
    '{"_aws":{"Timestamp":1795136400000,"CloudWatchMetrics":[{"Namespace":"Suishoubao","Dimensions":[["source"]],' +
    '"Metrics":[{"Name":"Parked","Unit":"Count"}]}]},"source":"test-queue","Parked":1}\n';

  it.each([
    { what: 'is refused', body: JSON.stringify(event), reason: 'refused: {"kind":"not-found"}' },
    { what: 'is not JSON', body: 'not json', reason: 'the message is not JSON' },
  ])('because it $what: one metric, one warning, one message', async ({ body, reason }) => {
    const handle = consumer(lot.parking, () => Promise.reject(new Unprocessable(reason)));
    expect(await handle(batch(body))).toEqual({ batchItemFailures: [] });
    expect(printed).toEqual([metric]);
    expect(warned).toEqual([
      [{ code: 'message-parked', correlationId: '0', messageId: '0', source: 'test-queue', reason }],
    ]);
    expect(failed).toEqual([]);
    expect(lot.mock.commandCalls(SendMessageCommand).map((call) => call.args[0].input)).toEqual([
      {
        QueueUrl: 'https://queue/parked',
        MessageBody: body,
        MessageAttributes: {
          reason: { DataType: 'String', StringValue: reason },
          source: { DataType: 'String', StringValue: 'test-queue' },
        },
      },
    ]);
  });

  it('has its reason cut at 1000 characters only in the message', async () => {
    const handle = consumer(lot.parking, () => Promise.reject(new Unprocessable('x'.repeat(1001))));
    await handle(batch(event));
    expect(lot.reasons()).toEqual(['x'.repeat(1000)]);
    expect(warned[0]?.[0]).toMatchObject({ reason: 'x'.repeat(1001) });
  });

  it('differs from a retried one, which logs an error without a metric', async () => {
    const handle = consumer(lot.parking, () => Promise.reject(new Error('later')));
    expect(await handle(batch(event))).toEqual({ batchItemFailures: [{ itemIdentifier: '0' }] });
    expect([printed, warned, lot.reasons()]).toEqual([[], [], []]);
    expect(failed).toEqual([
      [
        {
          code: 'message-failed',
          correlationId: '0',
          messageId: '0',
          source: 'arn:aws:sqs:us-east-1:000000000000:test-queue',
          error: expect.stringMatching(/^Error: later\n/) as unknown,
        },
      ],
    ]);
  });
});

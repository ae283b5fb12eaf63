import { kinds } from '../../shared/records/kinds.ts';
import { report } from '../../shared/records/report/kind.ts';
import { relatedKey, toItem, toStreamImage, type StreamImage } from '../../shared/store/item.ts';
import { fold } from '../support/report-domain.ts';
import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import type { DynamoDBRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReportEvent } from '../../events/report.ts';
import { correlationIdIn } from '../../events/envelope.ts';
import { createHandler } from '../../functions/relay/handler.ts';
import { publish } from '../../functions/relay/publish.ts';
import { admin, assigned } from '../support/reports.ts';

const sns = mockClient(SNSClient);
afterAll(() => {
  sns.restore();
});
const topic = { sns: new SNSClient({ region: 'us-east-1' }), topicArn: 'arn:topic' };
const relay = createHandler({ kinds, ...topic });

beforeEach(() => {
  sns.reset();
  sns.on(PublishBatchCommand).resolves({ Successful: [], Failed: [] });
});

function image(events: readonly ReportEvent[]): StreamImage {
  const secret = { keyHash: 'key', requestHash: 'request', tokenHash: 'token' };
  return toStreamImage(toItem({ kind: report, record: fold(events), events: [...events], private: secret }));
}

function record(
  sequence: string,
  old: readonly ReportEvent[] | undefined,
  now: readonly ReportEvent[],
): DynamoDBRecord {
  return {
    eventName: old ? 'MODIFY' : 'INSERT',
    dynamodb: { SequenceNumber: sequence, NewImage: image(now), ...(old && { OldImage: image(old) }) },
  };
}

function published(): { id: string; attributes: Record<string, string | undefined> }[] {
  return sns.commandCalls(PublishBatchCommand).flatMap((call) =>
    (call.args[0].input.PublishBatchRequestEntries ?? []).map((entry) => ({
      id: (JSON.parse(entry.Message ?? '') as ReportEvent).id,
      attributes: Object.fromEntries(
        Object.entries(entry.MessageAttributes ?? {}).map(([name, value]) => [name, value.StringValue]),
      ),
    })),
  );
}

/** The backlog entry of a leak that was just assigned. */
const open = {
  view: 'open',
  department: 'property-kangning',
  area: 'tinglan-court',
  category: 'building.leak',
  priority: 'urgent',
};

describe('the relay', () => {
  it('publishes the events of each version once and in order, with filter attributes', async () => {
    const story = assigned();
    const first = story.events.slice(0, 1);
    const answer = await relay({
      Records: [record('1', undefined, first), record('2', first, story.events)],
    });
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(published()).toEqual([
      {
        id: `${story.report.number}#1`,
        attributes: { kind: 'report', type: 'report-submitted.v1', photos: 'yes' },
      },
      { id: `${story.report.number}#2`, attributes: { kind: 'report', type: 'report-classified.v1' } },
      {
        id: `${story.report.number}#3`,
        attributes: {
          kind: 'report',
          type: 'report-assigned.v1',
          department: 'property-kangning',
          backlog: JSON.stringify({ to: open }),
        },
      },
    ]);
  });

  it('attaches the backlog move to the last event of a change', async () => {
    const story = assigned();
    const before = story.events;
    story.give({ type: 'acknowledge' }, admin, 1);
    const acknowledged = story.events;
    story.give({ type: 'resolve', text: '已修好', photos: [] }, admin, 2);
    await relay({ Records: [record('1', before, acknowledged), record('2', acknowledged, story.events)] });
    expect(published().map(({ attributes }) => attributes['backlog'])).toEqual([
      undefined,
      JSON.stringify({ from: open }),
    ]);
  });

  it('leaves the backlog out where no move is given, as for events that are published again', async () => {
    await publish(topic, { kind: report, events: assigned().events });
    expect(published().map(({ attributes }) => attributes['backlog'])).toEqual(Array(3).fill(undefined));
  });

  it('publishes the correlation id of the write', async () => {
    const { dynamodb, ...change } = record('1', undefined, assigned().events);
    const NewImage = { ...dynamodb?.NewImage, correlationId: { S: 'request-1' } };
    await relay({ Records: [{ ...change, eventID: 'stream-1', dynamodb: { ...dynamodb, NewImage } }] });
    const ids = sns
      .commandCalls(PublishBatchCommand)
      .flatMap((call) => call.args[0].input.PublishBatchRequestEntries ?? [])
      .map(({ Message = '' }) => correlationIdIn(JSON.parse(Message)));
    expect(ids).toEqual(Array(3).fill('request-1'));
  });

  it("publishes the stream record's id where the write has no correlation id", async () => {
    await relay({ Records: [{ ...record('1', undefined, assigned().events), eventID: 'stream-1' }] });
    const [entry] = sns.commandCalls(PublishBatchCommand)[0]?.args[0].input.PublishBatchRequestEntries ?? [];
    expect(correlationIdIn(JSON.parse(entry?.Message ?? ''))).toBe('stream-1');
  });

  it('ignores related items', async () => {
    const beside = toStreamImage({ ...relatedKey('YT-261120-000017', 'message#1'), beside: { M: {} } });
    const change = { eventName: 'INSERT', dynamodb: { SequenceNumber: '1', NewImage: beside } } as const;
    expect(await relay({ Records: [change] })).toEqual({ batchItemFailures: [] });
    expect(published()).toEqual([]);
  });

  it('publishes nothing for a version without a new event, nor for a removal', async () => {
    const { events } = assigned();
    await relay({
      Records: [record('1', events, events), { eventName: 'REMOVE', dynamodb: { OldImage: image(events) } }],
    });
    expect(published()).toEqual([]);
  });

  it('splits many events into SNS batches', async () => {
    const story = assigned();
    for (let i = 0; i < 30; i += 1)
      story.give({ type: 'note', text: `第${i}条`, photos: [], audience: 'staff' }, admin, i);
    await relay({ Records: [record('1', undefined, story.events)] });
    const calls = sns
      .commandCalls(PublishBatchCommand)
      .map((call) => call.args[0].input.PublishBatchRequestEntries);
    expect(calls.map((entries) => entries?.length)).toEqual([10, 10, 10, 3]);
    expect(published().map(({ id }) => id)).toEqual(story.events.map(({ id }) => id));
  });

  it('returns the failed record and all after it', async () => {
    const { events } = assigned();
    sns.reset();
    sns
      .on(PublishBatchCommand)
      .resolvesOnce({ Successful: [], Failed: [] })
      .resolvesOnce({ Failed: [{ Id: '1', Code: 'Throttled', SenderFault: false }], Successful: [] })
      .resolves({ Successful: [], Failed: [] });
    const answer = await relay({
      Records: ['1', '2', '3'].map((sequence) => record(sequence, undefined, events)),
    });
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
    expect(sns.commandCalls(PublishBatchCommand)).toHaveLength(2);
  });

  it('returns the record when SNS does not answer', async () => {
    sns.reset();
    sns.on(PublishBatchCommand).rejects(new Error('timeout'));
    const answer = await relay({ Records: [record('7', undefined, assigned().events)] });
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '7' }] });
  });
});

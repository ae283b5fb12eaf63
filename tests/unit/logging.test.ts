import type { Context, SQSEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Problem } from '../../shared/http/problems.ts';
import { endpoint } from '../../shared/http/endpoint.ts';
import { currentCorrelationId } from '../../shared/logging/correlation.ts';
import { logInfo } from '../../shared/logging/log.ts';
import { scheduledRun } from '../../shared/logging/scheduled-run.ts';
import { batchConsumer, consumer, Unprocessable } from '../../shared/queue/consume.ts';
import { kinds } from '../../shared/records/kinds.ts';
import { batch, parkingLot } from '../support/queue.ts';

type Line = Record<string, unknown> & { code: string; correlationId?: string };
const lines: Line[] = [];
beforeEach(() => {
  lines.length = 0;
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line: Line) => lines.push(line));
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const number = 'YT-261129-JCTMV4';
const event = (sequence: number, correlationId?: string) => ({
  id: `${number}#${sequence}`,
  type: 'link-renewed.v1',
  number,
  sequence,
  occurredAt: '2026-11-20T01:00:00.000Z',
  actor: { kind: 'system', name: 'test' },
  data: {},
  correlationId,
});
const codes = (): string[] => lines.map(({ code }) => code);

describe('a request', () => {
  const call = async (route: () => Promise<never>): Promise<number | undefined> => {
    const handler = endpoint({ 'POST /x/{number}': route });
    const request = {
      routeKey: 'POST /x/{number}',
      pathParameters: { number: number.toLowerCase() },
      headers: {},
      requestContext: { requestId: 'request-1' },
    };
    return (await handler(request as never, {} as Context)).statusCode;
  };

  it('is logged when it comes and when it is answered, a refusal too', async () => {
    await call(() => Promise.reject(new Problem('not-permitted')));
    const about = { correlationId: 'request-1', route: 'POST /x/{number}', number };
    expect(lines).toEqual([
      { code: 'request-received', ...about },
      { code: 'request-answered', ...about, status: 403, milliseconds: expect.any(Number) as number },
    ]);
  });

  it('is logged as failed with the error, and answered without it', async () => {
    expect(await call(() => Promise.reject(new Error('of the table')))).toBe(500);
    expect(codes()).toEqual(['request-received', 'request-failed', 'request-answered']);
    expect(lines[1]).toMatchObject({ error: expect.stringContaining('of the table') as string });
  });

  it.each(['13800001234', '../etc', 'YT-261120-00001', ''])(
    'names no number for the path %s',
    async (typed) => {
      const handler = endpoint({});
      await handler(
        { routeKey: 'GET /x', pathParameters: { number: typed }, headers: {}, requestContext: {} } as never,
        {} as Context,
      );
      expect(JSON.stringify(lines)).not.toContain('"number"');
    },
  );
});

describe.each([
  ['one by one', (handle: () => Promise<void>) => consumer(kinds, parkingLot().parking, handle)],
  [
    'as a batch',
    (handle: () => Promise<void>) =>
      batchConsumer(kinds, parkingLot().parking, async (messages) => {
        for (const _ of messages) await handle();
        return new Set();
      }),
  ],
] as const)('messages that are handled %s', (_, build) => {
  const run = (handle: () => Promise<void>, messages: SQSEvent) => build(handle)(messages);

  it('are logged each with its own correlation id, or its message id', async () => {
    await run(() => Promise.resolve(), batch(event(1, 'request-1'), event(2, 'request-2'), event(3)));
    const idsOf = (code: string) =>
      lines.filter((line) => line.code === code).map(({ correlationId }) => correlationId);
    expect(idsOf('message-received')).toEqual(['request-1', 'request-2', '2']);
    expect(idsOf('message-handled')).toEqual(['request-1', 'request-2', '2']);
    expect(lines[0]).toMatchObject({ number, events: ['link-renewed.v1'], messageId: '0' });
  });

  it('are logged as failed, and come back', async () => {
    const failing = () => Promise.reject(new Error('later'));
    expect(await run(failing, batch(event(1, 'request-1')))).toEqual({
      batchItemFailures: [{ itemIdentifier: '0' }],
    });
    expect(codes()).toEqual(['message-received', 'message-failed']);
  });

  it('are logged as skipped or parked where they cannot be read', async () => {
    const unknown = { ...event(1, 'request-1'), type: 'unheard-of.v1' };
    await run(() => Promise.resolve(), batch(unknown, 'tel 13800001234'));
    expect(lines.map(({ code, correlationId }) => [code, correlationId])).toEqual([
      ['message-skipped', 'request-1'],
      ['message-parked', '1'],
    ]);
    expect(JSON.stringify(lines)).not.toContain('13800001234');
  });
});

describe('a message that can never succeed', () => {
  it('is parked under its correlation id', async () => {
    const handle = consumer(kinds, parkingLot().parking, () => Promise.reject(new Unprocessable('refused')));
    await handle(batch(event(1, 'request-1')));
    expect(lines.map(({ code, correlationId }) => [code, correlationId])).toEqual([
      ['message-received', 'request-1'],
      ['message-parked', 'request-1'],
    ]);
  });
});

describe('a message that fails within its batch', () => {
  it('comes back alone', async () => {
    const handle = batchConsumer(kinds, parkingLot().parking, (messages) =>
      Promise.resolve(new Set(messages.filter(({ event: { sequence } }) => sequence === 2))),
    );
    expect(await handle(batch(event(1), event(2), event(3)))).toEqual({
      batchItemFailures: [{ itemIdentifier: '1' }],
    });
    expect(codes().toSorted()).toEqual([
      'message-failed',
      'message-handled',
      'message-handled',
      'message-received',
      'message-received',
      'message-received',
    ]);
  });
});

describe('a scheduled run', () => {
  it('is logged when it starts and ends, under the id of the invocation', async () => {
    const run = scheduledRun(() => {
      logInfo('timer-fired', { number });
      return Promise.resolve({ fired: 1 });
    });
    expect(await run({}, { awsRequestId: 'run-1' })).toEqual({ fired: 1 });
    expect(codes()).toEqual(['run-started', 'timer-fired', 'run-ended']);
    expect(lines.map(({ correlationId }) => correlationId)).toEqual(['run-1', 'run-1', 'run-1']);
    expect(currentCorrelationId()).toBeUndefined();
  });

  it('is logged as failed and fails', async () => {
    await expect(scheduledRun(() => Promise.reject(new Error('no')))()).rejects.toThrow('no');
    expect(codes()).toEqual(['run-started', 'run-failed']);
  });
});
